//! Who may do what, over the whole table of routes: a route that is added is covered, or fails here.

use crate::world::{World, json_body, request};
use http::header;
use model::Role;
use serde_json::{Value, json};
use web::{Access, Route};

/// A body that is good enough to get as far as the question who asks.
fn body_for(path: &str) -> Value {
    match path.rsplit('/').next().unwrap_or_default() {
        "sessions" => json!({"name": "ada", "password": "wrong horse battery"}),
        "settle" => json!({"outcome": "done", "reason": "looked"}),
        "decision" => json!({"decision": "approve"}),
        "connections" => json!({"url": "https://n-central.example.com", "jwt": "none"}),
        "scripts" => json!({"name": "s", "item_id": 2001, "task_type": "Script"}),
        "keys" => json!({"name": "k", "kind": "agent"}),
        "people" => json!({"name": "eve", "role": "admin", "password": "correct horse battery"}),
        "stop" => json!({"on": true}),
        "webhooks" => json!({"name": "w", "url": "https://hooks.example.com/"}),
        _ => json!({}),
    }
}

async fn kind(world: &World, route: &Route, token: &str) -> Value {
    let path = route
        .path
        .replace("{id}", "main")
        .replace("{script}", "none")
        .replace("{name}", "none")
        .replace("{delivery}", "none");
    let request =
        request(route.method.clone(), &path, token).header(header::CONTENT_TYPE, "application/json");
    world.ask(request.body(json_body(&body_for(route.path))).unwrap()).await.body["kind"].take()
}

/// The event stream has no end, so it is not asked here; `events` does.
fn asked() -> impl Iterator<Item = Route> {
    web::routes().into_iter().filter(|route| route.path != "/api/v1/events")
}

#[tokio::test]
async fn nobody_gets_in_without_a_bearer() {
    let world = World::new().await;
    for route in web::routes().into_iter().filter(|route| route.access != Access::Anyone) {
        assert_eq!(kind(&world, &route, "").await, "unauthenticated", "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn a_key_does_nothing_that_is_for_people() {
    let world = World::new().await;
    let key = world.key("triage").await;
    for route in asked() {
        let kind = kind(&world, &route, &key).await;
        let refused = kind == "not-a-person" || kind == "forbidden";
        let is_for_people = matches!(route.access, Access::Person(_));
        assert_eq!(refused, is_for_people, "{} {}: {kind}", route.method, route.path);
    }
}

#[tokio::test]
async fn every_role_ends_where_the_table_says() {
    let world = World::new().await;
    for (name, role) in [("vic", Role::Viewer), ("may", Role::Approver)] {
        world.person(name, role.as_str()).await;
        let token = world.sign_in(name).await;
        // Signing out comes last, whatever its place in the table.
        let (last, first): (Vec<_>, Vec<_>) = asked().partition(|route| route.path == "/api/v1/sessions");
        for route in first.iter().chain(&last) {
            let kind = kind(&world, route, &token).await;
            let is_beyond = matches!(route.access, Access::Person(needed) if needed > role);
            assert_eq!(
                kind == "forbidden",
                is_beyond,
                "{} {} {}: {kind}",
                role.as_str(),
                route.method,
                route.path
            );
        }
    }
}
