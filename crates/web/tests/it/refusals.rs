//! Whatever is refused leaves in one shape, and what anyone may have is served.

use crate::world::{LIST_DEVICES, Reply, World, post, request};
use axum::body::Body;
use http::{Method, header};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

#[track_caller]
fn has_the_shape_of_a_problem(reply: &Reply) {
    assert_eq!(reply.header("content-type"), "application/problem+json");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert!(!reply.header("x-request-id").is_empty());
    assert_eq!(reply.body["status"], reply.status.as_u16());
    assert_eq!(reply.body["detail"], reply.body["message"]);
    assert_eq!((&reply.body["changed"], &reply.body["retryable"]), (&json!("no"), &json!(false)));
    for member in ["type", "title", "kind", "message"] {
        assert!(reply.body[member].is_string(), "{member} in {}", reply.body);
    }
}

#[tokio::test]
async fn every_refusal_is_a_problem_of_its_kind() {
    let world = World::new().await;
    let admin = world.admin.as_str();
    let get = |path: &str| request(Method::GET, path, admin);
    let sent = |body: &str| Body::from(body.to_owned());
    let decision = "/api/v1/approvals/none/decision";
    let no_body = Body::empty;
    let cases = [
        (request(Method::GET, "/api/v1/calls", "").body(no_body()), 401, "unauthenticated"),
        (request(Method::GET, "/api/v1/calls", "ncg_no_such").body(no_body()), 401, "unauthenticated"),
        (request(Method::GET, "/api/v1/calls", "nonsense").body(no_body()), 401, "unauthenticated"),
        (get("/api/v1/nothing").body(no_body()), 404, "not-found"),
        (get("/api/v1/calls/none").body(no_body()), 404, "not-found"),
        (get("/api/v1/calls?state=odd").body(no_body()), 422, "invalid-arguments"),
        (get("/api/v1/calls?limit=many").body(no_body()), 422, "invalid-arguments"),
        (get("/api/v1/calls?size=3").body(no_body()), 422, "invalid-arguments"),
        (get("/api/v1/calls/%ff").body(no_body()), 400, "bad-request"),
        (request(Method::PATCH, "/api/v1/calls", admin).body(no_body()), 405, "bad-request"),
        (post(LIST_DEVICES, admin).body(sent("{\"page_size\":")), 400, "bad-request"),
        (post(LIST_DEVICES, admin).body(sent("[]")), 422, "invalid-arguments"),
        (post(LIST_DEVICES, admin).body(sent("{\"page_sise\":3}")), 422, "invalid-arguments"),
        (request(Method::POST, LIST_DEVICES, admin).body(sent("{}")), 415, "bad-request"),
        (post(LIST_DEVICES, admin).body(sent(&" ".repeat((1 << 20) + 1))), 413, "too-large"),
        (post(decision, admin).body(no_body()), 400, "bad-request"),
        (post(decision, admin).body(sent("{\"decision\":\"perhaps\"}")), 422, "invalid-arguments"),
        (
            post("/api/v1/keys", admin).body(sent("{\"name\":\"k\",\"kind\":\"agent\",\"x\":1}")),
            422,
            "invalid-arguments",
        ),
    ];
    for (request, status, kind) in cases {
        let request = request.unwrap();
        let what = format!("{} {}", request.method(), request.uri());
        let reply = world.ask(request).await;
        assert_eq!(reply.status, status, "{what}: {}", reply.body);
        assert_eq!(reply.body["kind"], kind, "{what}: {}", reply.body);
        has_the_shape_of_a_problem(&reply);
    }
}

#[tokio::test]
async fn a_refusal_tells_how_to_do_it_right() {
    let world = World::new().await;
    let anonymous = world.get("/api/v1/tools", "").await;
    assert_eq!(anonymous.header("www-authenticate"), "Bearer");
    let odd = world.ask(request(Method::PATCH, "/api/v1/calls", "").body(Body::empty()).unwrap()).await;
    assert!(odd.header("allow").contains("GET"), "{:?}", odd.headers);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let world = World::empty().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (mut server, router) = (JoinSet::new(), world.router.clone());
    server.spawn(async move { axum::serve(listener, router).await });
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/v1/sessions HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: 40\r\n\r\n{{\"name\":"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let waited = begun.elapsed().as_secs();
    assert!((30..40).contains(&waited), "{waited} s");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 408 Request Timeout"), "{head}");
    assert!(head.contains("content-type: application/problem+json"), "{head}");
    let problem: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!((&problem["kind"], &problem["changed"]), (&json!("bad-request"), &json!("no")));
}

#[tokio::test]
async fn other_names_and_other_pages_are_turned_away_before_the_bearer_is_looked_at() {
    let world = World::empty().await;
    let ask = |path: &str, name: header::HeaderName, value: &'static str| {
        let mut request = request(Method::GET, path, "").body(Body::empty()).unwrap();
        request.headers_mut().insert(name, header::HeaderValue::from_static(value));
        world.ask(request)
    };
    for reply in [
        ask("/api/v1/tools", header::HOST, "evil.example.com").await,
        ask("/api/v1/tools", header::ORIGIN, "https://evil.example.com").await,
        ask("/api/v1/nothing", header::HOST, "evil.example.com").await,
    ] {
        reply.refused(403, "forbidden");
        has_the_shape_of_a_problem(&reply);
    }
    let own = ask("/api/v1/tools", header::ORIGIN, "http://localhost:8080").await;
    own.refused(401, "unauthenticated");
    assert!(own.headers.keys().all(|name| !name.as_str().starts_with("access-control-")));
}

#[tokio::test]
async fn health_and_the_document_are_for_anyone() {
    let world = World::empty().await;
    let probe = |path: &str| {
        let mut request = request(Method::GET, path, "").body(Body::empty()).unwrap();
        request.headers_mut().insert(header::HOST, header::HeaderValue::from_static("10.1.2.3:8080"));
        world.ask(request)
    };
    assert_eq!(probe("/healthz").await.expect(200), json!({"status": "ok"}));
    assert_eq!(probe("/readyz").await.expect(200), json!({"status": "ready"}));
    let document = world.get("/api/openapi.json", "").await.expect(200);
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"][LIST_DEVICES]["post"].is_object());
    world.gate.shutdown().await;
    probe("/readyz").await.refused(503, "internal");
}
