//! A small client of its own, so that what is tested is bytes and not what the SDK makes of them.

use crate::fake::{Fake, KEY};
use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use mcp::{Options, routes};
use serde_json::{Value, json};
use tower::ServiceExt;

/// The current revision.
pub(crate) const STATELESS: &str = "2026-07-28";

/// What came back: the status, the headers, every JSON-RPC message in the body.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) messages: Vec<Value>,
}

impl Reply {
    /// The last message, which answers the request.
    pub(crate) fn answer(&self) -> &Value {
        self.messages.last().expect("an answer came")
    }

    pub(crate) fn result(&self) -> &Value {
        let answer = self.answer();
        assert!(answer.get("error").is_none(), "{answer}");
        &answer["result"]
    }

    pub(crate) fn error_code(&self) -> i64 {
        self.answer()["error"]["code"].as_i64().unwrap_or_else(|| panic!("no error: {self:?}"))
    }
}

/// The HTTP face before a fake gateway.
pub(crate) struct Face {
    pub(crate) fake: Fake,
    pub(crate) router: Router,
}

impl Face {
    pub(crate) fn new() -> Self {
        let fake = Fake::default();
        Self { router: routes(fake.clone(), Options::default()), fake }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        send(&self.router, request).await
    }

    /// As a client of the revisions with a hand-shake sends it.
    pub(crate) async fn ask(&self, method: &str, params: Value) -> Reply {
        let version = if method == "initialize" { None } else { Some("2025-06-18") };
        self.send(post("/mcp", version, &message(method, params))).await
    }

    /// As a client of the revision without sessions sends it: everything in every request.
    pub(crate) async fn ask_stateless(&self, method: &str, params: Value) -> Reply {
        self.send(stateless(STATELESS, method, params)).await
    }
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Reply {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    let streamed = parts
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.to_str().unwrap().starts_with("text/event-stream"));
    let messages = match streamed {
        true => text
            .lines()
            .filter_map(|line| line.strip_prefix("data:"))
            .filter_map(|data| serde_json::from_str(data).ok())
            .collect(),
        false => serde_json::from_str(&text).into_iter().collect(),
    };
    Reply { status: parts.status, headers: parts.headers, messages }
}

pub(crate) fn message(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

pub(crate) fn post(path: &str, version: Option<&str>, message: &Value) -> Request<Body> {
    let mut request = Request::post(path)
        .header(header::HOST, "localhost:8080")
        .header(header::AUTHORIZATION, format!("Bearer {KEY}"))
        .header(header::USER_AGENT, "curl/8.9")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream");
    if let Some(version) = version {
        request = request.header("MCP-Protocol-Version", version);
    }
    request.body(Body::from(message.to_string())).unwrap()
}

/// The metadata that the current revision wants in every request.
pub(crate) fn with_meta(version: &str, mut params: Value) -> Value {
    let meta = &mut params["_meta"];
    meta["io.modelcontextprotocol/protocolVersion"] = json!(version);
    meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
    meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "probe", "version": "3"});
    params
}

pub(crate) fn stateless(version: &str, method: &str, params: Value) -> Request<Body> {
    let name = params["name"].as_str().map(str::to_owned);
    let mut request = post("/mcp", Some(version), &message(method, with_meta(version, params)));
    request.headers_mut().insert("mcp-method", method.parse().unwrap());
    if let Some(name) = name {
        request.headers_mut().insert("mcp-name", name.parse().unwrap());
    }
    request
}
