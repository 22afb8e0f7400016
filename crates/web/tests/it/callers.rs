//! Keys, people, their passwords and sessions, one by one, over REST.

use crate::world::{PASSWORD, World};
use serde_json::{Value, json};

/// A key's id by its name.
async fn id_of(world: &World, name: &str) -> String {
    let keys = world.get("/api/v1/keys", &world.admin).await.expect(200);
    let key = keys["items"].as_array().unwrap().iter().find(|key| key["name"] == name).unwrap();
    key["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_is_looked_at_and_changed_and_what_is_left_out_stays() {
    let world = World::new().await;
    let secret = world.key("triage").await;
    let path = format!("/api/v1/keys/{}", id_of(&world, "triage").await);
    let before = world.get(&path, &world.approver).await.expect(200);
    assert_eq!(
        (&before["owner"], &before["active"], &before["state"]),
        (&json!("ada"), &json!(true), &json!("active"))
    );
    assert!(!before.to_string().contains(&secret));

    let change =
        json!({"tools": ["list_devices"], "customers": [101], "plan_only": true, "notes": "on trial"});
    let after = world.put(&path, &world.admin, change).await.expect(200);
    assert_eq!((&after["tools"], &after["customers"]), (&json!(["n_central-list-devices"]), &json!([101])));
    assert_eq!((&after["name"], &after["notes"]), (&json!("triage"), &json!("on trial")));
    let tools = world.get("/api/v1/tools", &secret).await.expect(200);
    assert_eq!(tools["tools"].as_array().unwrap().len(), 1, "it holds at once");

    // Null lifts, missing leaves.
    let lifted = world.put(&path, &world.admin, json!({"tools": null, "customers": null})).await.expect(200);
    assert_eq!(
        (&lifted["tools"], &lifted["customers"], &lifted["plan_only"]),
        (&Value::Null, &Value::Null, &json!(true))
    );

    for odd in [
        json!({"tools": []}),
        json!({"tools": ["no_such"]}),
        json!({"requests_per_minute": 0}),
        json!({"expires_at": "2020-01-01T00:00:00Z"}),
        json!({"kind": "workflow"}),
    ] {
        world.put(&path, &world.admin, odd).await.refused(422, "invalid-arguments");
    }
    world.put(&path, &world.approver, json!({"plan_only": false})).await.refused(403, "forbidden");
    world.put("/api/v1/keys/nobody", &world.admin, json!({})).await.refused(404, "not-found");
    world.get("/api/v1/keys/nobody", &world.admin).await.refused(404, "not-found");
    world.delete(&path, &world.admin).await.expect(204);
    world.put(&path, &world.admin, json!({"notes": "x"})).await.refused(409, "conflict");
    assert_eq!(world.get(&path, &world.admin).await.expect(200)["state"], "revoked");
}

#[tokio::test]
async fn a_key_says_why_it_is_not_let_in() {
    let world = World::new().await;
    let key = json!({"name": "short", "kind": "agent", "expires_at": "2026-11-22T09:00:00Z"});
    let secret =
        world.admin_post("/api/v1/keys", key).await.expect(201)["secret"].as_str().unwrap().to_owned();
    world.get("/api/v1/tools", &secret).await.expect(200);
    world.pass(std::time::Duration::from_secs(2 * 3600));
    let path = format!("/api/v1/keys/{}", id_of(&world, "short").await);
    assert_eq!(world.get(&path, &world.admin).await.expect(200)["state"], "expired");
    world.get("/api/v1/tools", &secret).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_person_gets_another_role_and_comes_and_goes() {
    let world = World::new().await;
    let people = world.get("/api/v1/people", &world.approver).await.expect(200);
    let ben = people["items"].as_array().unwrap().iter().find(|person| person["name"] == "ben").unwrap();
    assert_eq!((&ben["role"], &ben["created_by"]), (&json!("approver"), &json!("ada")));
    world
        .put("/api/v1/people/ben", &world.approver, json!({"role": "admin"}))
        .await
        .refused(403, "forbidden");
    let viewer = world.put("/api/v1/people/BEN", &world.admin, json!({"role": "viewer"})).await.expect(200);
    assert_eq!(viewer["role"], "viewer");
    let stop = json!({"on": true});
    world.post("/api/v1/stop", &world.approver, stop).await.refused(403, "forbidden");
    let gone = world.put("/api/v1/people/ben", &world.admin, json!({"disabled": true})).await.expect(200);
    assert!(gone["disabled_at"].is_string());
    world.get("/api/v1/calls", &world.approver).await.refused(401, "unauthenticated");
    let back = world.put("/api/v1/people/ben", &world.admin, json!({"disabled": false})).await.expect(200);
    assert!(back["disabled_at"].is_null());
    world.get("/api/v1/calls", &world.approver).await.refused(401, "unauthenticated");
    let again = world.sign_in("ben").await;
    world.get("/api/v1/calls", &again).await.expect(200);
    for change in [json!({"role": "viewer"}), json!({"disabled": true})] {
        world.put("/api/v1/people/ada", &world.admin, change).await.refused(409, "conflict");
    }
    world.put("/api/v1/people/nobody", &world.admin, json!({})).await.refused(404, "not-found");
    world
        .put("/api/v1/people/ben", &world.admin, json!({"role": "king"}))
        .await
        .refused(422, "invalid-arguments");
}

#[tokio::test]
async fn another_password_takes_the_old_one_or_an_administrator() {
    let world = World::new().await;
    let path = "/api/v1/people/ben/password";
    let new = "an even better sentence";
    let other_window = world.sign_in("ben").await;
    world.put(path, &world.approver, json!({"password": new})).await.refused(403, "fresh-proof-required");
    let wrong = json!({"password": new, "old_password": "wrong horse"});
    world.put(path, &world.approver, wrong).await.refused(403, "fresh-proof-required");
    let short =
        world.put(path, &world.approver, json!({"password": "short", "old_password": PASSWORD})).await;
    short.refused(422, "invalid-arguments");
    assert!(!short.body.to_string().contains(PASSWORD));
    world.get("/api/v1/calls", &other_window).await.expect(200);
    world.put(path, &world.approver, json!({"password": new, "old_password": PASSWORD})).await.expect(204);
    world.get("/api/v1/calls", &world.approver).await.expect(200);
    world.get("/api/v1/calls", &other_window).await.refused(401, "unauthenticated");
    let proof = json!({"name": "ben", "password": new});
    world.post("/api/v1/sessions", "", proof).await.expect(201);

    // An administrator needs no old one, and whoever may not is not told who is there.
    world.put(path, &world.admin, json!({"password": PASSWORD})).await.expect(204);
    world.get("/api/v1/calls", &world.approver).await.refused(401, "unauthenticated");
    let ben = world.sign_in("ben").await;
    for name in ["ada", "nobody"] {
        let path = format!("/api/v1/people/{name}/password");
        world.put(&path, &ben, json!({"password": new})).await.refused(403, "forbidden");
    }
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_or_an_administrator() {
    let world = World::new().await;
    let other = world.sign_in("ben").await;
    let own = world.get("/api/v1/sessions", &world.approver).await.expect(200);
    let own = own["items"].as_array().unwrap();
    assert!(own.len() == 2 && own.iter().all(|session| session["person"] == "ben"), "{own:?}");
    assert_eq!(own.iter().filter(|session| session["current"] == true).count(), 1);
    assert!(!serde_json::to_string(own).unwrap().contains("ncs_"), "no token");
    let all = world.get("/api/v1/sessions", &world.admin).await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
    let page = world.get("/api/v1/sessions?limit=2", &world.admin).await.expect(200);
    assert!(page["items"].as_array().unwrap().len() == 2 && page["next"].is_string());

    let path = |session: &Value| format!("/api/v1/sessions/{}", session["id"].as_str().unwrap());
    let adas = all["items"].as_array().unwrap().iter().find(|session| session["person"] == "ada").unwrap();
    world.delete(&path(adas), &world.approver).await.refused(404, "not-found");
    let others = own.iter().find(|session| session["current"] == false).unwrap();
    world.delete(&path(others), &world.approver).await.expect(204);
    world.get("/api/v1/calls", &other).await.refused(401, "unauthenticated");
    world.delete(&path(others), &world.approver).await.expect(204);
    let current = own.iter().find(|session| session["current"] == true).unwrap();
    world.delete(&path(current), &world.admin).await.expect(204);
    world.get("/api/v1/calls", &world.approver).await.refused(401, "unauthenticated");
    world.delete("/api/v1/sessions/0000000000000000", &world.admin).await.refused(404, "not-found");
    let key = world.key("triage").await;
    world.get("/api/v1/sessions", &key).await.refused(403, "forbidden");
}

#[tokio::test]
async fn a_key_beyond_its_rate_is_told_when_to_come_back() {
    let world = World::new().await;
    let key = json!({"name": "slow", "kind": "workflow", "requests_per_minute": 3});
    let secret =
        world.admin_post("/api/v1/keys", key).await.expect(201)["secret"].as_str().unwrap().to_owned();
    let mut refused = None;
    for _ in 0..10 {
        let reply = world.get("/api/v1/tools", &secret).await;
        if reply.status != 200 {
            refused = Some(reply);
            break;
        }
    }
    let refused = refused.expect("ten requests are more than three a minute");
    refused.refused(429, "too-many-requests");
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!((&refused.body["changed"], &refused.body["retryable"]), (&json!("no"), &json!(true)));
    world.get("/api/v1/tools", &world.admin).await.expect(200);
}
