//! Who is let in over HTTP, and what the others are told.

use crate::fake::{Fake, KEY};
use crate::wire::{Face, message, post};
use axum::body::Body;
use http::{Request, StatusCode, header};
use mcp::{LocalAgent, Options, routes};
use serde_json::json;

fn list() -> Request<Body> {
    post("/mcp", Some("2025-06-18"), &message("tools/list", json!({})))
}

#[tokio::test]
async fn without_a_token_the_answer_says_where_to_read_on() {
    let mut request = list();
    request.headers_mut().remove(header::AUTHORIZATION);
    let reply = Face::new().send(request).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        reply.headers[header::WWW_AUTHENTICATE],
        "Bearer resource_metadata=\"http://localhost:8080/.well-known/oauth-protected-resource/mcp\""
    );
    assert_eq!(reply.headers[header::CONTENT_TYPE], "application/problem+json");
    assert_eq!(reply.answer()["kind"], "unauthenticated");
}

#[tokio::test]
async fn a_wrong_token_is_called_invalid_and_not_repeated() {
    for wrong in ["Bearer ncg_other_9", "Basic abc", "Bearer "] {
        let mut request = list();
        request.headers_mut().insert(header::AUTHORIZATION, wrong.parse().unwrap());
        let reply = Face::new().send(request).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{wrong}");
        let challenge = reply.headers[header::WWW_AUTHENTICATE].to_str().unwrap();
        assert_eq!(challenge.contains("invalid_token"), wrong.contains("ncg_"), "{challenge}");
        assert!(!format!("{reply:?}").contains("ncg_other"));
    }
}

#[tokio::test]
async fn a_token_in_the_query_counts_for_nothing() {
    let mut request =
        post(&format!("/mcp?token={KEY}&access_token={KEY}"), None, &message("tools/list", json!({})));
    request.headers_mut().remove(header::AUTHORIZATION);
    assert_eq!(Face::new().send(request).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn of_two_tokens_none_counts() {
    let mut request = post("/mcp", None, &message("tools/list", json!({})));
    let other = http::HeaderValue::from_static("Bearer another");
    request.headers_mut().append(header::AUTHORIZATION, other);
    assert_eq!(Face::new().send(request).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_resource_describes_itself_to_anyone() {
    let path = "/.well-known/oauth-protected-resource/mcp";
    let get = || Request::get(path).header(header::HOST, "localhost:8080").body(Body::empty()).unwrap();
    let reply = Face::new().send(get()).await;
    assert_eq!(reply.answer()["resource"], "http://localhost:8080/mcp");
    assert_eq!(reply.answer()["bearer_methods_supported"], json!(["header"]));

    let public_url = Some("https://gate.example.com/".to_owned());
    let router = routes(Fake::default(), Options { public_url, ..Options::default() });
    let reply = Face { fake: Fake::default(), router }.send(get()).await;
    assert_eq!(reply.answer()["resource"], "https://gate.example.com/mcp");
}

#[tokio::test]
async fn pages_of_other_origins_and_unknown_hosts_are_refused() {
    let face = Face::new();
    for (name, value, status) in [
        ("origin", "https://evil.example", StatusCode::FORBIDDEN),
        ("origin", "null", StatusCode::FORBIDDEN),
        ("origin", "http://localhost:6274", StatusCode::OK),
        ("host", "evil.example", StatusCode::FORBIDDEN),
        ("host", "[::1]:9", StatusCode::OK),
    ] {
        let mut request = list();
        request.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(face.send(request).await.status, status, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_told_so() {
    let reply = face_with("/mcp?names=latin").await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(reply.answer()["kind"], "bad-request");
    assert!(reply.answer()["hint"].as_str().unwrap().contains("canonical"));
}

async fn face_with(path: &str) -> crate::wire::Reply {
    Face::new().send(post(path, Some("2025-06-18"), &message("tools/list", json!({})))).await
}

#[tokio::test]
async fn a_local_command_comes_as_the_local_agent() {
    let face = Face::new();
    let mut request = list();
    request.headers_mut().insert(header::AUTHORIZATION, "Bearer nco_owner".parse().unwrap());
    request.headers_mut().insert("ncgate-local-agent", "1".parse().unwrap());
    request.headers_mut().insert("ncgate-connection", "north".parse().unwrap());
    assert_eq!(face.send(request).await.status, StatusCode::OK);
    let met = face.fake.met.lock().unwrap();
    let agent = LocalAgent { connection: Some("north".to_owned()) };
    assert_eq!(met.local_agents, [(agent, Some("curl/8.9".to_owned()))]);
}
