//! Revision 2026-07-28: no hand-shake; every request says which revision it speaks and what its client can do.

use crate::fake::customers;
use crate::wire::{Face, STATELESS, stateless};
use http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn discovery_tells_revisions_capabilities_and_who_serves() {
    let reply = Face::new().ask_stateless("server/discover", json!({})).await;
    let result = reply.result();
    assert_eq!(result["supportedVersions"], json!(["2025-06-18", "2025-11-25", "2026-07-28"]));
    assert_eq!(result["capabilities"], json!({"tools": {}}));
    assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "ncgate");
    assert_eq!(result["resultType"], "complete");
    assert!(result["ttlMs"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn the_list_says_how_long_it_is_good_and_that_it_is_the_caller_s_own() {
    let face = Face::new();
    let reply = face.ask_stateless("tools/list", json!({})).await;
    let result = reply.result();
    assert_eq!(result["resultType"], "complete");
    assert_eq!(result["cacheScope"], "private");
    assert_eq!(result["ttlMs"], 60_000);
    assert_eq!(result["tools"].as_array().unwrap().len(), 4);
    assert_eq!(face.ask_stateless("tools/list", json!({})).await.answer(), reply.answer());
}

#[tokio::test]
async fn a_call_needs_no_hand_shake_and_names_its_client() {
    let face = Face::new();
    let params = json!({"name": "n_central-list-customers", "arguments": {}});
    let reply = face.ask_stateless("tools/call", params).await;
    assert_eq!(reply.result()["structuredContent"], customers());
    assert_eq!(reply.result()["resultType"], "complete");
    assert_eq!(face.fake.last_call().client.as_deref(), Some("probe 3"));
}

#[tokio::test]
async fn an_unknown_revision_is_told_the_known_ones() {
    let request = stateless("2031-01-01", "tools/list", json!({}));
    let reply = Face::new().send(request).await;
    assert_eq!((reply.status, reply.error_code()), (StatusCode::BAD_REQUEST, -32022));
    let data = &reply.answer()["error"]["data"];
    assert_eq!(data["supported"], json!(["2025-06-18", "2025-11-25", "2026-07-28"]));
    assert_eq!(data["requested"], "2031-01-01");
}

#[tokio::test]
async fn headers_that_contradict_the_body_are_refused() {
    let face = Face::new();
    let call = || stateless(STATELESS, "tools/call", json!({"name": "n_central-list-customers"}));
    for (header, value) in [
        ("mcp-method", Some("tools/list")),
        ("mcp-method", None),
        ("mcp-name", Some("n_central-create-site")),
        ("mcp-name", None),
        ("mcp-protocol-version", Some("2025-11-25")),
    ] {
        let mut request = call();
        match value {
            Some(value) => request.headers_mut().insert(header, value.parse().unwrap()),
            None => request.headers_mut().remove(header),
        };
        let reply = face.send(request).await;
        assert_eq!(
            (reply.status, reply.error_code()),
            (StatusCode::BAD_REQUEST, -32020),
            "{header} {value:?}"
        );
    }
    assert!(face.fake.met.lock().unwrap().calls.is_empty());
}

#[tokio::test]
async fn an_unknown_method_is_not_found() {
    let face = Face::new();
    let removed = ["initialize", "ping", "subscriptions/listen"];
    for method in ["prompts/list", "resources/list", "tools/enable"].into_iter().chain(removed) {
        let reply = face.ask_stateless(method, json!({"notifications": {}})).await;
        assert_eq!((reply.status, reply.error_code()), (StatusCode::NOT_FOUND, -32601), "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn progress_goes_to_the_request_that_asked_for_it() {
    let params = json!({"name": "n_central-list-active-issues", "_meta": {"progressToken": "p"}});
    let reply = Face::new().ask_stateless("tools/call", params).await;
    assert_eq!(reply.messages.len(), 4, "{reply:?}");
    assert_eq!(reply.messages[0]["params"]["progressToken"], "p");
    assert_eq!(reply.result()["structuredContent"]["returned"], 0);
}
