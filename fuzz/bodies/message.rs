//! Messages of MCP over HTTP: whatever a client sends is answered by the protocol, and what reaches the gateway is a call
//! with an object of arguments. The first byte chooses the revision that the client says it speaks.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use futures::future::BoxFuture;
use http_body_util::BodyExt;
use mcp::{Call, Doorway, Entrance, Schema, Tool, View, Visitor};
use model::{Effect, Kind, Problem};
use serde_json::{Map, Value, json};
use std::sync::{Arc, OnceLock};
use tokio::runtime::Runtime;
use tower::ServiceExt;

const REVISIONS: [Option<&str>; 5] =
    [None, Some("2025-06-18"), Some("2025-11-25"), Some("2026-07-28"), Some("odd")];

/// A gateway with one tool, which answers its arguments.
struct Mirror;

impl Entrance for Mirror {
    fn admit(&self, _: Visitor) -> BoxFuture<'_, Result<Arc<dyn Doorway>, Problem>> {
        Box::pin(async { Ok(Arc::new(Mirror) as Arc<dyn Doorway>) })
    }
}

impl Doorway for Mirror {
    fn tools<'a>(&'a self, _: &'a View) -> BoxFuture<'a, Result<Vec<Tool>, Problem>> {
        let schema: Schema = Arc::new(Map::new());
        let tool = Tool {
            name: "mirror".into(),
            summary: "Mirrors.".into(),
            effect: Effect::Read,
            input_schema: schema,
        };
        Box::pin(async { Ok(vec![tool]) })
    }

    fn call<'a>(&'a self, _: &'a View, call: Call) -> BoxFuture<'a, Result<Value, Problem>> {
        Box::pin(async move {
            match call.tool.as_str() {
                "mirror" => Ok(json!({"arguments": call.arguments})),
                other => Err(Problem::new(Kind::UnknownTool, format!("no tool {other}"))),
            }
        })
    }
}

fn endpoint() -> &'static (Runtime, Router) {
    static ENDPOINT: OnceLock<(Runtime, Router)> = OnceLock::new();
    ENDPOINT.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let router = {
            let _inside = runtime.enter();
            mcp::routes(Mirror, mcp::Options::default())
        };
        (runtime, router)
    })
}

pub(crate) fn check(bytes: &[u8]) {
    let [choice, body @ ..] = bytes else { return };
    let (runtime, router) = endpoint();
    let mut request = Request::post("/mcp")
        .header("host", "localhost")
        .header("authorization", "Bearer key")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    if let Some(revision) = REVISIONS[usize::from(*choice) % REVISIONS.len()] {
        request = request.header("mcp-protocol-version", revision);
    }
    let request = request.body(Body::from(body.to_vec())).expect("a request");
    let (status, answer) = runtime.block_on(async {
        let response = router.clone().oneshot(request).await.expect("a router answers");
        let status = response.status().as_u16();
        (status, response.into_body().collect().await.expect("a whole body").to_bytes())
    });
    assert!(status < 500, "{status}: {}", String::from_utf8_lossy(&answer));
    let text = std::str::from_utf8(&answer).expect("answers are text");
    if status == 200 && text.trim_start().starts_with('{') {
        let answer: Value = serde_json::from_str(text).expect("an answer is JSON");
        assert_eq!(answer["jsonrpc"], "2.0", "{answer}");
        assert!(answer.get("result").is_some() != answer.get("error").is_some(), "{answer}");
    }
}
