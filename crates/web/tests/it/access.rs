//! Who may do what: every route of the table, asked by everybody there is. A route that is added needs a request
//! below, or it fails here.

use crate::world::{PASSWORD, World, json_body, request};
use axum::extract::ConnectInfo;
use gate::{Boundary, Found, Home};
use http::{StatusCode, header};
use http_body_util::BodyExt;
use model::Role;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tower::ServiceExt;
use web::{Access, Route};

/// A body that gets as far as the question who asks.
fn body_for(route: &Route) -> Value {
    match (route.method.as_str(), route.path) {
        ("GET" | "DELETE", _) => Value::Null,
        ("POST", "/api/v1/sessions") => json!({"name": "ada", "password": PASSWORD}),
        ("POST", "/api/v1/tools/{name}") => json!({}),
        ("POST", "/api/v1/calls/{id}/settle") => json!({"outcome": "done", "reason": "looked"}),
        ("POST", "/api/v1/approvals/{id}/decision") => json!({"decision": "approve"}),
        ("POST", "/api/v1/approvals/{id}/withdraw") => Value::Null,
        ("POST", "/api/v1/connections") => json!({"url": "ftp://n-central.example.com", "jwt": "none"}),
        ("PUT", "/api/v1/connections/{id}") => json!({}),
        ("PUT", "/api/v1/connections/{id}/policies") => json!({}),
        ("POST", "/api/v1/connections/{id}/scripts") => {
            json!({"name": "s", "item_id": 2001, "task_type": "Script"})
        }
        ("PUT", "/api/v1/connections/{id}/scripts/{script}") => json!({}),
        ("POST", "/api/v1/connections/{id}/disconnect") => Value::Null,
        ("POST", "/api/v1/keys") => json!({"name": "k", "kind": "agent"}),
        ("POST", "/api/v1/people") => json!({"name": "eve", "role": "viewer", "password": PASSWORD}),
        ("POST", "/api/v1/stop") => json!({"on": true}),
        ("POST", "/api/v1/webhooks") => json!({"name": "w", "url": "https://hooks.example.com/"}),
        ("PUT", "/api/v1/people/{id}/password") => json!({"password": PASSWORD}),
        ("PUT", "/api/v1/webhooks/{id}" | "/api/v1/keys/{id}" | "/api/v1/people/{id}") => json!({}),
        (
            "POST",
            "/api/v1/webhooks/{id}/test"
            | "/api/v1/webhooks/{id}/rotate"
            | "/api/v1/webhooks/{id}/deliveries/{delivery}/redeliver"
            | "/api/v1/master-key/rotate",
        ) => Value::Null,
        (method, path) => panic!("{method} {path} is not asked here; say with what"),
    }
}

/// What somebody is, as far as the table of routes goes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Standing {
    Nobody,
    Key,
    Person(Role),
}

impl Standing {
    /// Whether the route is for somebody like this.
    fn may(self, access: Access) -> bool {
        match (access, self) {
            (Access::Anyone, _) => true,
            (_, Standing::Nobody) => false,
            (Access::Caller, _) => true,
            // Nobody here comes from a program on this machine.
            (Access::Watcher, Standing::Person(_)) => true,
            (Access::Person(_) | Access::Watcher, Standing::Key) => false,
            (Access::Person(needed), Standing::Person(own)) => own >= needed,
        }
    }
}

/// Everybody, over a state with an owner: who they are, what they bring, where they stand.
async fn everybody(world: &World, owner: &str) -> Vec<(&'static str, String, Standing)> {
    let key = async |body: Value| {
        let made = world.admin_post("/api/v1/keys", body).await.expect(201);
        (made["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
    };
    let until = model::time::from_millis(crate::world::NOW) + Duration::from_secs(60);
    let (_, agent) = key(json!({"name": "agent", "kind": "agent"})).await;
    let (_, workflow) = key(json!({"name": "workflow", "kind": "workflow"})).await;
    let (_, planner) = key(json!({"name": "planner", "kind": "agent", "plan_only": true})).await;
    let (id, revoked) = key(json!({"name": "revoked", "kind": "agent"})).await;
    world.delete(&format!("/api/v1/keys/{id}"), &world.admin).await.expect(204);
    let (_, expired) = key(json!({"name": "expired", "kind": "agent", "expires_at": until})).await;
    world.pass(Duration::from_secs(120));
    for (name, role) in [("vic", "viewer"), ("gone", "admin"), ("left", "admin")] {
        world.person(name, role).await;
    }
    let (viewer, ended, disabled) =
        (world.sign_in("vic").await, world.sign_in("gone").await, world.sign_in("left").await);
    world.delete("/api/v1/sessions", &ended).await.expect(204);
    world.delete("/api/v1/people/left", &world.admin).await.expect(204);
    vec![
        ("anonymous", String::new(), Standing::Nobody),
        ("somebody with a guess", "ncg_guess_guess".to_owned(), Standing::Nobody),
        ("the owner, while there is an administrator", owner.to_owned(), Standing::Nobody),
        ("a revoked key", revoked, Standing::Nobody),
        ("an expired key", expired, Standing::Nobody),
        ("an ended session", ended, Standing::Nobody),
        ("a disabled person", disabled, Standing::Nobody),
        ("an agent", agent, Standing::Key),
        ("a workflow", workflow, Standing::Key),
        ("a key that may only plan", planner, Standing::Key),
        ("a viewer", viewer, Standing::Person(Role::Viewer)),
        ("an approver", world.approver.clone(), Standing::Person(Role::Approver)),
        ("an administrator", world.admin.clone(), Standing::Person(Role::Admin)),
    ]
}

/// The status and the kind of the answer; the body of a success is left alone, because events have no end.
async fn answer(world: &World, route: &Route, token: &str) -> (StatusCode, Value) {
    let path = route.path.split('/').map(|segment| match segment.starts_with('{') {
        true if segment == "{id}" && route.path.starts_with("/api/v1/connections") => "main",
        true => "none",
        false => segment,
    });
    let path = path.collect::<Vec<_>>().join("/");
    let body = body_for(route);
    let request =
        request(route.method.clone(), &path, token).header(header::CONTENT_TYPE, "application/json");
    let body = if body.is_null() { axum::body::Body::empty() } else { json_body(&body) };
    let response = world.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    if response.status().is_success() {
        return (response.status(), Value::Null);
    }
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let problem: Value = serde_json::from_slice(&bytes).unwrap();
    (status, problem["kind"].clone())
}

/// Signs out somebody of this standing, by a session of its own: the others' tokens are still needed.
async fn signs_out(world: &World, standing: &Standing) {
    let name = match standing {
        Standing::Person(Role::Viewer) => "vic",
        Standing::Person(Role::Approver) => "ben",
        Standing::Person(Role::Admin) => "ada",
        Standing::Nobody | Standing::Key => panic!("only people sign out"),
    };
    let token = world.sign_in(name).await;
    world.delete("/api/v1/sessions", &token).await.expect(204);
    world.get("/api/v1/calls", &token).await.refused(401, "unauthenticated");
    world.delete("/api/v1/sessions", &token).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn everybody_gets_as_far_as_the_table_says_and_no_further() {
    let parent = tempfile::tempdir().unwrap();
    let Found::Free(owner) = Boundary::find(&parent.path().join("state")).unwrap() else {
        panic!("a new state is free")
    };
    let token = owner.token().expose_secret().to_owned();
    let world = World::furnished(World::at(Home::State(owner)).await).await;
    let everybody = everybody(&world, &token).await;
    // What ends or moves the ground under the others comes last.
    let (mut last, mut first): (Vec<Route>, Vec<Route>) = web::every_route().into_iter().partition(|route| {
        let takes_away = route.method == http::Method::DELETE || route.path.ends_with("/disconnect");
        takes_away && !route.path.starts_with("/api/v1/webhooks")
    });
    first.append(&mut last);
    for route in &first {
        for (who, token, standing) in &everybody {
            let what = format!("{who}: {} {}", route.method, route.path);
            let is_leaving = route.path == "/api/v1/sessions" && route.method == http::Method::DELETE;
            if is_leaving && standing.may(route.access) {
                signs_out(&world, standing).await;
                continue;
            }
            let (status, kind) = answer(&world, route, token).await;
            let refusal = match (standing.may(route.access), standing) {
                (true, _) => None,
                (false, Standing::Nobody) => Some((401, "unauthenticated")),
                (false, Standing::Key) if kind == "not-a-person" => Some((403, "not-a-person")),
                (false, _) => Some((403, "forbidden")),
            };
            match refusal {
                Some((expected, expected_kind)) => {
                    assert_eq!((status.as_u16(), kind.as_str()), (expected, Some(expected_kind)), "{what}");
                }
                // Everybody has a password of their own to change; the one asked for here is somebody else's, and
                // only an administrator learns that there is nobody of that name.
                None if route.path.ends_with("/password") => {
                    let expected = match standing {
                        Standing::Person(Role::Admin) => (404, Some("not-found")),
                        _ => (403, Some("forbidden")),
                    };
                    assert_eq!((status.as_u16(), kind.as_str()), expected, "{what}");
                }
                // Whoever knows a password may sign in, whatever else was brought.
                None if route.path == "/api/v1/sessions" && route.method == http::Method::POST => {
                    assert_eq!((status, kind), (StatusCode::CREATED, Value::Null), "{what}");
                }
                None => {
                    let turned_away = ["unauthenticated", "forbidden", "not-a-person"];
                    assert!(!turned_away.iter().any(|refusal| kind == *refusal), "{what}: {status} {kind}");
                    assert!(!status.is_server_error(), "{what}: {status} {kind}");
                }
            }
        }
    }
    world.gate.shutdown().await;
}

/// The numbers are for programs on this machine as well: those that ask for themselves, where nothing stands between.
#[tokio::test]
async fn a_program_on_this_machine_reads_the_numbers_without_a_bearer() {
    let world = World::new().await;
    let watching = web::every_route().into_iter().filter(|route| route.access == Access::Watcher);
    let paths: Vec<_> = watching.map(|route| route.path).collect();
    assert_eq!(paths, ["/metrics"]);
    let proxied =
        web::Options { public_url: Some("https://gate.example.com".into()), ..world.options.clone() };
    let proxied = web::router(world.gate.clone(), &proxied);
    let ask = async |router: &axum::Router, peer: &str, header: Option<&str>| {
        let mut request = request(http::Method::GET, "/metrics", "");
        if let Some(name) = header {
            request = request.header(name, "203.0.113.9");
        }
        let peer: SocketAddr = format!("{peer}:40000").parse().unwrap();
        let request = request.extension(ConnectInfo(peer)).body(axum::body::Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap().status()
    };
    for peer in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"] {
        assert_eq!(ask(&world.router, peer, None).await, 200, "{peer}");
        assert_eq!(ask(&proxied, peer, None).await, 401, "behind a proxy everybody comes from {peer}");
        for header in ["forwarded", "via", "x-forwarded-for", "x-real-ip"] {
            assert_eq!(ask(&world.router, peer, Some(header)).await, 401, "{peer} {header}");
        }
    }
    for peer in ["192.0.2.7", "[2001:db8::7]"] {
        assert_eq!(ask(&world.router, peer, None).await, 401, "{peer}");
    }
}
