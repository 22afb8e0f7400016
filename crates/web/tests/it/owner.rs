//! What the owner token of a state directory is good for: the first administrator, and the built-in agent.

use crate::world::{PASSWORD, World, request};
use axum::body::Body;
use gate::{Boundary, Found, Home};
use http::Method;
use secrecy::ExposeSecret;
use serde_json::json;
use tempfile::TempDir;

/// A gateway over a new state directory, and the directory's owner token.
async fn owned() -> (TempDir, World, String) {
    let parent = tempfile::tempdir().unwrap();
    let Found::Free(owner) = Boundary::find(&parent.path().join("state")).unwrap() else {
        panic!("a new state is free")
    };
    let token = owner.token().expose_secret().to_owned();
    (parent, World::at(Home::State(owner)).await, token)
}

#[tokio::test]
async fn the_owner_makes_the_first_administrator_and_nobody_after() {
    let (_state, world, owner) = owned().await;
    let account = |name: &str, role: &str| json!({"name": name, "role": role, "password": PASSWORD});
    world.post("/api/v1/people", &owner, account("ada", "viewer")).await.refused(422, "invalid-arguments");
    let made = world.post("/api/v1/people", &owner, account("ada", "admin")).await.expect(201);
    assert_eq!((&made["name"], &made["role"]), (&json!("ada"), &json!("admin")));
    world.post("/api/v1/people", &owner, account("eve", "admin")).await.refused(401, "unauthenticated");
    world.get("/api/v1/connections", &owner).await.refused(401, "unauthenticated");
    world.sign_in("ada").await;
    world.gate.shutdown().await;
}

#[tokio::test]
async fn the_local_agent_is_never_a_person() {
    let (_state, world, owner) = owned().await;
    let as_agent = async |token: &str, method: Method, path: &str| {
        let request = request(method, path, token).header("ncgate-local-agent", "1");
        world.ask(request.body(Body::empty()).unwrap()).await
    };
    // Without the header it administers, because nobody else can yet.
    world.get("/api/v1/people", &owner).await.expect(200);
    as_agent(&owner, Method::GET, "/api/v1/calls").await.expect(200);
    as_agent(&owner, Method::GET, "/api/v1/people").await.refused(403, "forbidden");
    as_agent("nco_guessed", Method::GET, "/api/v1/calls").await.refused(401, "unauthenticated");
    world.gate.shutdown().await;
}
