//! The event stream: people follow everything, a key only what is its own, and it ends with the server.

use crate::world::{LIST_DEVICES, World, request};
use axum::body::Body;
use http::Method;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

struct Follower(Body);

impl Follower {
    async fn new(world: &World, token: &str) -> Self {
        let request = request(Method::GET, "/api/v1/events", token).body(Body::empty()).unwrap();
        let response = world.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self(response.into_body())
    }

    /// Reads on until something of this topic happens. What was done before the stream began is passed on a moment
    /// later and may come first.
    async fn until(&mut self, topic: &str) {
        while self.next().await.expect("the stream goes on").0 != topic {}
    }

    /// The next event's name and data; none at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        let frame = self.0.frame().await?.unwrap().into_data().unwrap();
        let text = String::from_utf8(frame.to_vec()).unwrap();
        let field =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
        Some((field("event:"), serde_json::from_str(&field("data:")).unwrap()))
    }
}

#[tokio::test]
async fn a_key_follows_its_own_calls_and_no_others() {
    let world = World::new().await;
    let (own, other) = (world.key("triage").await, world.key("reports").await);
    world.policy("n_central-list-devices", "approval_needed").await;
    let mut follower = Follower::new(&world, &own).await;
    world.post(LIST_DEVICES, &other, json!({"page_size": 3})).await.expect(202);
    world.key("third").await;
    let held = world.post(LIST_DEVICES, &own, json!({"page_size": 4})).await.expect(202);
    let (topic, data) = follower.next().await.unwrap();
    assert_eq!(data["topic"], topic);
    assert!([&held["call_id"], &held["approval_id"]].contains(&&data["id"]), "{data}");
}

#[tokio::test]
async fn a_person_follows_everything() {
    let world = World::new().await;
    let mut follower = Follower::new(&world, &world.approver).await;
    world.key("triage").await;
    follower.until("key").await;
}

#[tokio::test]
async fn a_stream_ends_with_the_server_and_with_its_key() {
    let world = World::new().await;
    let made = world.admin_post("/api/v1/keys", json!({"name": "triage", "kind": "agent"})).await.expect(201);
    let mut of_key = Follower::new(&world, made["secret"].as_str().unwrap()).await;
    let mut of_person = Follower::new(&world, &world.approver).await;
    world.delete(&format!("/api/v1/keys/{}", made["id"].as_str().unwrap()), &world.admin).await.expect(204);
    assert!(of_key.next().await.is_none());
    of_person.until("key").await;
    world.options.closing.cancel();
    assert!(of_person.next().await.is_none());
}
