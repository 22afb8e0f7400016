//! A strict emulator without a socket, signed in, with a clock that starts at a fixed moment.

use axum::body::Body;
use emulator::{Config, Emulator};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

/// 2026-03-04T14:05:09Z
pub(crate) const START: i64 = 1_772_633_109_000;

pub(crate) struct Server {
    pub(crate) emulator: Emulator,
    token: String,
}

pub(crate) fn config() -> Config {
    Config { strict: true, start: Some(START), ..Config::default() }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(config()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let mut server = Self { emulator: Emulator::new(config), token: String::new() };
        server.sign_in().await;
        server
    }

    pub(crate) async fn sign_in(&mut self) {
        let jwt = self.emulator.jwt();
        let (status, body) = self.send("POST", "/api/auth/authenticate", Some(&jwt), None).await;
        assert_eq!(status, 200, "{body}");
        self.token = body["tokens"]["access"]["token"].as_str().unwrap().to_owned();
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<(&str, String)>,
    ) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let body = match body {
            Some((kind, text)) => {
                request = request.header("Content-Type", kind);
                Body::from(text)
            }
            None => Body::empty(),
        };
        self.exchange(request.body(body).unwrap()).await
    }

    async fn exchange(&self, request: Request<Body>) -> (u16, Value) {
        let response = self.emulator.router().oneshot(request).await.unwrap();
        let status: StatusCode = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status.as_u16(), serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// Authenticates with an override of the access token's lifetime.
    pub(crate) async fn override_access(&self, lifetime: &str) -> (u16, Value) {
        let request = Request::builder()
            .method("POST")
            .uri("/api/auth/authenticate")
            .header("Authorization", format!("Bearer {}", self.emulator.jwt()))
            .header("X-ACCESS-EXPIRY-OVERRIDE", lifetime);
        self.exchange(request.body(Body::empty()).unwrap()).await
    }

    /// A call with the access token; `Value::Null` sends no body.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = (!body.is_null()).then(|| ("application/json", body.to_string()));
        self.send(method, path, Some(&self.token), body).await
    }

    /// A read that must succeed.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The device of that name.
    pub(crate) async fn device(&self, name: &str) -> Value {
        let list = self.get(&format!("/api/devices?select=longName=={name}")).await;
        assert_eq!(list["totalItems"], 1, "{name}: {list}");
        list["data"][0].clone()
    }

    pub(crate) async fn customer(&self, name: &str) -> String {
        let list = self.get(&format!("/api/customers?select=customerName=={name}")).await;
        list["data"][0]["customerId"].as_str().unwrap().to_owned()
    }
}
