//! Signing in and out, and the first administrator.

use crate::world::{PASSWORD, World, person};
use model::{Role, Source};
use serde_json::json;

#[tokio::test]
async fn a_session_lasts_until_it_is_ended() {
    let world = World::empty().await;
    world.gate.first_administrator(person("ada", Role::Admin), Source::default()).await.unwrap();
    let session =
        world.post("/api/v1/sessions", "", json!({"name": "ada", "password": PASSWORD})).await.expect(201);
    assert_eq!((&session["person"]["name"], &session["person"]["role"]), (&json!("ada"), &json!("admin")));
    assert!(session["expires_at"].is_string());
    let token = session["token"].as_str().unwrap();
    world.get("/api/v1/people", token).await.expect(200);
    world.delete("/api/v1/sessions", token).await.expect(204);
    world.get("/api/v1/people", token).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_name_are_one_and_the_same() {
    let world = World::empty().await;
    world.gate.first_administrator(person("ada", Role::Admin), Source::default()).await.unwrap();
    let wrong = json!({"name": "ada", "password": "wrong horse battery"});
    let wrong = world.post("/api/v1/sessions", "", wrong).await;
    let nobody = json!({"name": "bob", "password": "wrong horse battery"});
    let nobody = world.post("/api/v1/sessions", "", nobody).await;
    wrong.refused(401, "unauthenticated");
    assert_eq!(wrong.body, nobody.body);
}

#[tokio::test]
async fn a_refused_sign_in_does_not_repeat_the_password() {
    let world = World::empty().await;
    for odd in [json!({"name": "ada", "password": ["hunter2"]}), json!({"name": "ada", "hunter2": 1})] {
        let reply = world.post("/api/v1/sessions", "", odd).await;
        reply.refused(422, "invalid-arguments");
    }
    let quoted = json!({"name": 1, "password": "hunter2"});
    assert!(!world.post("/api/v1/sessions", "", quoted).await.body.to_string().contains("hunter2"));
}

#[tokio::test]
async fn a_key_has_no_session_to_end() {
    let world = World::new().await;
    let key = world.key("triage").await;
    world.delete("/api/v1/sessions", &key).await.refused(403, "not-a-person");
    world.get("/api/v1/calls", &key).await.expect(200);
}

#[tokio::test]
async fn a_disabled_person_is_out_at_once() {
    let world = World::new().await;
    world.delete("/api/v1/people/ben", &world.admin).await.expect(204);
    world.get("/api/v1/calls", &world.approver).await.refused(401, "unauthenticated");
}
