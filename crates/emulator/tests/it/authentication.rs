//! Tokens: what trades for what, what ends them, and what each refusal looks like.

use std::time::Duration;

use emulator::Expire;
use serde_json::Value;

use crate::support::Server;

async fn with_token(server: &Server, token: &str) -> u16 {
    server.send("GET", "/api/server-info", Some(token), None).await.0
}

async fn trade(server: &Server, jwt: &str) -> (u16, String, String) {
    let (status, body) = server.send("POST", "/api/auth/authenticate", Some(jwt), None).await;
    let token = |kind: &str| body["tokens"][kind]["token"].as_str().unwrap_or_default().to_owned();
    (status, token("access"), token("refresh"))
}

async fn renew(server: &Server, refresh: &str, kind: &str) -> (u16, Value) {
    server.send("POST", "/api/auth/refresh", None, Some((kind, refresh.to_owned()))).await
}

#[tokio::test]
async fn directories_and_health_need_no_token_and_all_else_does() {
    let server = Server::start().await;
    for path in ["/api", "/api/auth", "/api/health"] {
        assert_eq!(server.send("GET", path, None, None).await.0, 200, "{path}");
    }
    let (status, body) = server.send("GET", "/api/server-info", None, None).await;
    assert_eq!(status, 401);
    let message = body["message"].as_str().unwrap();
    assert!(message.starts_with("[ID="), "{message}");
    assert!(
        message.ends_with("UNAUTHORIZED: UnauthorizedException: Missing authorization header bearer."),
        "{message}"
    );
}

#[tokio::test]
async fn each_token_works_only_in_its_own_place() {
    let server = Server::start().await;
    let jwt = server.emulator.jwt();
    let (_, access, refresh) = trade(&server, &jwt).await;
    assert_eq!(with_token(&server, &access).await, 200);
    assert_eq!(with_token(&server, &jwt).await, 401);
    assert_eq!(with_token(&server, &refresh).await, 401);
    assert_eq!(trade(&server, &access).await.0, 401);
    assert_eq!(renew(&server, &access, "text/plain").await.0, 401);
}

#[tokio::test]
async fn a_refresh_token_is_taken_as_plain_text_only() {
    let server = Server::with(emulator::Config { strict: false, ..crate::support::config() }).await;
    let (_, _, refresh) = trade(&server, &server.emulator.jwt()).await;
    assert_eq!(renew(&server, &refresh, "application/json").await.0, 415);
    let (status, body) = renew(&server, &refresh, "text/plain; charset=utf-8").await;
    assert_eq!(status, 200);
    assert_eq!(with_token(&server, body["tokens"]["access"]["token"].as_str().unwrap()).await, 200);
}

#[tokio::test]
async fn lifetimes_run_on_the_emulator_s_clock_and_overrides_only_shorten() {
    let server = Server::start().await;
    let (_, access, refresh) = trade(&server, &server.emulator.jwt()).await;
    server.emulator.advance(Duration::from_secs(3601));
    assert_eq!(with_token(&server, &access).await, 401);
    assert_eq!(renew(&server, &refresh, "text/plain").await.0, 200);
    server.emulator.advance(Duration::from_secs(90_000));
    assert_eq!(renew(&server, &refresh, "text/plain").await.0, 401);

    for (text, status, seconds) in
        [("120s", 200, 120), ("30m", 200, 1800), ("99h", 200, 3600), ("soon", 400, 0), ("12", 400, 0)]
    {
        let (got, body) = server.override_access(text).await;
        assert_eq!(got, status, "{text}");
        assert_eq!(body["tokens"]["access"]["expirySeconds"].as_i64().unwrap_or_default(), seconds, "{text}");
    }
}

#[tokio::test]
async fn logout_ends_both_tokens_of_the_pair_and_a_restart_ends_all() {
    let server = Server::start().await;
    let jwt = server.emulator.jwt();
    let (_, access, refresh) = trade(&server, &jwt).await;
    let (_, other, _) = trade(&server, &jwt).await;
    assert_eq!(server.send("POST", "/api/auth/logout", Some(&access), None).await.0, 200);
    assert_eq!(with_token(&server, &access).await, 401);
    assert_eq!(renew(&server, &refresh, "text/plain").await.0, 401);
    assert_eq!(with_token(&server, &other).await, 200);
    server.emulator.restart();
    assert_eq!(with_token(&server, &other).await, 401);
    assert_eq!(trade(&server, &jwt).await.0, 200);
}

#[tokio::test]
async fn a_new_jwt_kills_the_old_one() {
    let server = Server::start().await;
    let old = server.emulator.jwt();
    let (_, access, _) = trade(&server, &old).await;
    let new = server.emulator.expire(Expire::Jwt).unwrap();
    assert_eq!(trade(&server, &old).await.0, 401);
    assert_eq!(with_token(&server, &access).await, 401);
    assert_eq!(trade(&server, &new).await.0, 200);
}

#[tokio::test]
async fn an_expired_password_shows_as_500_everywhere_but_on_authenticate() {
    let server = Server::start().await;
    let old = server.emulator.jwt();
    let (_, access, refresh) = trade(&server, &old).await;
    let new = server.emulator.expire(Expire::Password).unwrap();
    assert_eq!(with_token(&server, &access).await, 500);
    assert_eq!(renew(&server, &refresh, "text/plain").await.0, 500);
    let (status, fresh, _) = trade(&server, &old).await;
    assert_eq!((status, with_token(&server, &fresh).await), (200, 500));
    let (_, healed, _) = trade(&server, &new).await;
    assert_eq!(with_token(&server, &healed).await, 200);
}

#[tokio::test]
async fn only_the_kind_that_is_expired_ends() {
    let server = Server::start().await;
    let (_, access, refresh) = trade(&server, &server.emulator.jwt()).await;
    assert_eq!(server.emulator.expire(Expire::Refresh), None);
    assert_eq!(
        (with_token(&server, &access).await, renew(&server, &refresh, "text/plain").await.0),
        (200, 401)
    );
    assert_eq!(server.emulator.expire(Expire::Access), None);
    assert_eq!(with_token(&server, &access).await, 401);
}
