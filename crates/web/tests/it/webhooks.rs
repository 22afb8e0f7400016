//! Webhooks over REST; where messages go and what becomes of them is the gate's story.

use crate::world::World;
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

#[tokio::test]
async fn a_webhook_is_made_changed_rotated_and_removed() {
    let world = World::new().await;
    let new = json!({"name": "jobs", "url": "https://hooks.example.com/in?token=s3cr3t", "events": ["call.finished"]});
    let made = world.admin_post("/api/v1/webhooks", new.clone()).await;
    let id = made.body["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), format!("/api/v1/webhooks/{id}"));
    let made = made.expect(201);
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(made["url"], "https://hooks.example.com/…");
    world.admin_post("/api/v1/webhooks", new).await.refused(409, "conflict");

    let list = world.get("/api/v1/webhooks", &world.approver).await.expect(200);
    assert_eq!(list["items"][0]["state"], "active");
    assert!(!list.to_string().contains("s3cr3t") && !list.to_string().contains("whsec_"));
    let one = format!("/api/v1/webhooks/{id}");
    let change = json!({"name": "nightly", "events": [], "enabled": false});
    let changed = world.put(&one, &world.admin, change).await.expect(200);
    assert_eq!(
        (&changed["name"], &changed["events"], &changed["state"]),
        (&json!("nightly"), &json!(null), &json!("disabled"))
    );
    assert_eq!(world.get("/api/v1/webhooks/NIGHTLY", &world.approver).await.expect(200)["id"], id);
    let rotated = world.admin_post(&format!("{one}/rotate"), json!({})).await.expect(200);
    assert_ne!(rotated["secret"], made["secret"]);
    assert!(rotated["old_secret_until"].is_string());
    world.delete(&one, &world.admin).await.expect(204);
    world.get(&one, &world.admin).await.refused(404, "not-found");
}

#[tokio::test]
async fn what_can_not_be_a_webhook_is_told_without_repeating_its_url() {
    let world = World::new().await;
    for url in [
        "http://hooks.example.com/s3cr3t",
        "https://10.0.0.1/s3cr3t",
        "https://me:s3cr3t@hooks.example.com/",
        "s3cr3t",
    ] {
        let refused = world.admin_post("/api/v1/webhooks", json!({"name": "jobs", "url": url})).await;
        refused.refused(422, "invalid-arguments");
        assert!(!refused.body.to_string().contains("s3cr3t"), "{}", refused.body);
    }
    let odd = json!({"name": "jobs", "url": "https://hooks.example.com/", "events": ["call.begun"]});
    world.admin_post("/api/v1/webhooks", odd).await.refused(422, "invalid-arguments");
}

#[tokio::test]
async fn a_test_tells_what_came_of_it_and_deliveries_are_listed() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let receiver = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 4096];
        let _ = stream.read(&mut head).unwrap();
        stream.write_all(b"HTTP/1.1 503 X\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbusy").unwrap();
    });
    let new = json!({"name": "jobs", "url": url, "allow_private": true});
    world.admin_post("/api/v1/webhooks", new).await.expect(201);
    let tested = world.admin_post("/api/v1/webhooks/jobs/test", json!({})).await.expect(200);
    assert_eq!((&tested["delivered"], &tested["status"]), (&json!(false), &json!(503)));
    assert_eq!(tested["error"], "the receiver answered 503: busy");
    receiver.join().unwrap();
    let path = "/api/v1/webhooks/jobs/deliveries";
    let list = world.get(&format!("{path}?state=failed&limit=5"), &world.approver).await.expect(200);
    assert_eq!(list["items"], json!([]), "a test is no delivery");
    world.get(&format!("{path}?state=odd"), &world.approver).await.refused(422, "invalid-arguments");
    world.admin_post(&format!("{path}/msg_1/redeliver"), json!({})).await.refused(404, "not-found");
}
