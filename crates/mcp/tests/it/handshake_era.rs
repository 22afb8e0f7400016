//! Revisions 2025-06-18 and 2025-11-25: `initialize` first, served without a session all the same.

use crate::fake::{KEY, ambiguous, customers, held};
use crate::wire::{Face, message, post};
use axum::body::Body;
use http::{StatusCode, header};
use serde_json::{Value, json};
use std::time::Duration;

fn hello(version: &str) -> Value {
    json!({"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "probe", "version": "3"}})
}

#[tokio::test]
async fn the_hand_shake_declares_tools_and_nothing_else() {
    let reply = Face::new().ask("initialize", hello("2025-06-18")).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(!reply.headers.contains_key("mcp-session-id"));
    let result = reply.result();
    assert_eq!(result["capabilities"], json!({"tools": {}}));
    assert_eq!(result["serverInfo"], json!({"name": "ncgate", "version": env!("CARGO_PKG_VERSION")}));
    assert!(result["instructions"].as_str().unwrap().contains("n_central-get-approval"));
}

#[tokio::test]
async fn a_revision_that_is_not_served_is_answered_with_one_that_is() {
    let face = Face::new();
    for (asked, served) in [
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2024-11-05", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("2031-01-01", "2025-11-25"),
    ] {
        let reply = face.ask("initialize", hello(asked)).await;
        assert_eq!(reply.result()["protocolVersion"], served, "asked for {asked}");
    }
}

#[tokio::test]
async fn notifications_are_accepted_without_an_answer() {
    let face = Face::new();
    let reply = face
        .send(post(
            "/mcp",
            Some("2025-06-18"),
            &json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        ))
        .await;
    assert_eq!(reply.status, StatusCode::ACCEPTED);
    assert!(reply.messages.is_empty());
}

#[tokio::test]
async fn a_listed_tool_costs_no_word_more_than_needed() {
    let reply = Face::new().ask("tools/list", json!({})).await;
    let result = reply.result();
    assert_eq!(result.as_object().unwrap().keys().collect::<Vec<_>>(), ["tools"]);
    assert_eq!(
        result["tools"][0],
        json!({
            "name": "n_central-list-customers",
            "description": "An invented tool.",
            "inputSchema": {
                "type": "object",
                "properties": {"customer": {"type": "string"}},
                "additionalProperties": false,
            },
            "annotations": {"readOnlyHint": true},
        })
    );
}

#[tokio::test]
async fn annotations_agree_with_the_effect() {
    let reply = Face::new().ask("tools/list", json!({})).await;
    let hints: Vec<&Value> =
        reply.result()["tools"].as_array().unwrap().iter().map(|tool| &tool["annotations"]).collect();
    let reads = json!({"readOnlyHint": true});
    let writes = json!({"destructiveHint": true});
    assert_eq!(hints, [&reads, &reads, &writes, &writes]);
}

#[tokio::test]
async fn the_address_chooses_the_names_and_the_connection() {
    let face = Face::new();
    let list = message("tools/list", json!({}));
    let reply = face.send(post("/mcp?names=alias", Some("2025-11-25"), &list)).await;
    assert_eq!(reply.result()["tools"][0]["name"], "list_customers");

    let call = message("tools/call", json!({"name": "list_customers"}));
    face.send(post("/mcp?connection=north&x=1", Some("2025-11-25"), &call)).await.result();
    assert_eq!(face.fake.last_call().view.connection.as_deref(), Some("north"));
}

#[tokio::test]
async fn output_schemas_are_listed_only_where_the_address_asks_for_them() {
    let face = Face::new();
    let list = message("tools/list", json!({}));
    for (address, wanted) in [("/mcp", false), ("/mcp?output_schemas=1", true)] {
        let reply = face.send(post(address, Some("2025-11-25"), &list)).await;
        for tool in reply.result()["tools"].as_array().unwrap() {
            assert_eq!(tool.get("outputSchema").is_some(), wanted, "{address}: {tool}");
            assert!(wanted == (tool["outputSchema"]["type"] == "object"));
        }
    }
}

#[tokio::test]
async fn a_success_says_the_same_as_structure_and_as_compact_text() {
    let face = Face::new();
    let arguments = json!({"customer": "Acme"});
    let reply =
        face.ask("tools/call", json!({"name": "n_central-list-customers", "arguments": arguments})).await;
    let result = reply.result();
    assert_eq!(result["structuredContent"], customers());
    assert_eq!(result["content"], json!([{"type": "text", "text": customers().to_string()}]));
    assert_eq!(result["isError"], false);
    assert_eq!(result.get("resultType"), None);
    let seen = face.fake.last_call();
    assert_eq!((seen.tool.as_str(), seen.arguments), ("n_central-list-customers", arguments));
    assert_eq!(seen.client.as_deref(), Some("curl/8.9"));
}

#[tokio::test]
async fn a_failure_is_text_alone() {
    let reply = Face::new().ask("tools/call", json!({"name": "n_central-get-device", "arguments": {}})).await;
    let result = reply.result();
    assert_eq!(result["isError"], true);
    assert_eq!(result.get("structuredContent"), None);
    let text = result["content"][0]["text"].as_str().unwrap();
    assert_eq!(text, serde_json::to_string(&ambiguous()).unwrap());
    let said: Value = serde_json::from_str(text).unwrap();
    assert_eq!(said["kind"], "ambiguous-name");
    assert_eq!(said["changed"], "no");
    assert_eq!(said["retryable"], false);
    assert_eq!(said["candidates"][1]["id"], 8);
}

#[tokio::test]
async fn a_tool_that_the_caller_does_not_have_is_invalid_params() {
    let reply = Face::new().ask("tools/call", json!({"name": "n_central-format-disk"})).await;
    assert_eq!(reply.error_code(), -32602);
    assert_eq!(reply.answer()["error"]["data"]["kind"], "unknown-tool");
}

#[tokio::test(start_paused = true)]
async fn a_held_call_is_a_success_and_comes_at_once() {
    let face = Face::new();
    let began = tokio::time::Instant::now();
    let reply = face.ask("tools/call", json!({"name": "n_central-create-site"})).await;
    assert_eq!(reply.result()["structuredContent"], held());
    assert_eq!(reply.result()["isError"], false);
    assert_eq!(face.fake.last_call().hold, Duration::ZERO);
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_follows_is_held_for_twenty_seconds_and_kept_informed() {
    let face = Face::new();
    let params = json!({"name": "n_central-create-site", "_meta": {"progressToken": "t-1"}});
    let reply = face.ask("tools/call", params).await;
    assert_eq!(face.fake.last_call().hold, Duration::from_secs(20));
    assert_eq!(reply.result()["structuredContent"], held());
    let progress = progress(&reply.messages);
    assert!((4..=6).contains(&progress.len()), "{progress:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_is_kept_informed_where_nobody_tells_any_steps() {
    let params = json!({"name": "n_central-run-direct-task", "_meta": {"progressToken": "t-2"}});
    let reply = Face::new().ask("tools/call", params).await;
    assert_eq!(reply.result()["structuredContent"], held());
    let progress = progress(&reply.messages);
    assert!((4..=6).contains(&progress.len()), "{progress:?}");
}

#[tokio::test(start_paused = true)]
async fn the_tool_s_own_steps_are_passed_on_and_always_grow() {
    let params = json!({"name": "n_central-list-active-issues", "_meta": {"progressToken": 7}});
    let reply = Face::new().ask("tools/call", params).await;
    let said: Vec<_> = reply.messages.iter().filter(|m| m["method"] == "notifications/progress").collect();
    assert!(said.iter().all(|m| m["params"]["progressToken"] == 7));
    let messages: Vec<_> = said.iter().map(|m| m["params"]["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["Acme", "Globex", "Initech"]);
    assert_eq!(said[1]["params"]["total"], 3.0);
    assert_eq!(progress(&reply.messages), [1.0, 2.0, 2.5]);
}

/// The numbers of the progress notifications, which must grow.
fn progress(messages: &[Value]) -> Vec<f64> {
    let said: Vec<f64> = messages.iter().filter_map(|m| m["params"]["progress"].as_f64()).collect();
    assert!(said.is_sorted_by(|a, b| a < b), "{said:?}");
    said
}

#[tokio::test]
async fn what_is_not_declared_is_no_method() {
    let face = Face::new();
    for method in
        ["prompts/list", "prompts/get", "resources/list", "resources/templates/list", "resources/read", "x/y"]
    {
        let reply = face.ask(method, json!({"name": "a", "uri": "a:b"})).await;
        assert_eq!(reply.error_code(), -32601, "{method}");
    }
    let completion = json!({
        "ref": {"type": "ref/prompt", "name": "a"},
        "argument": {"name": "b", "value": "c"},
    });
    assert_eq!(face.ask("completion/complete", completion).await.error_code(), -32601);
}

#[tokio::test]
async fn requests_of_the_wrong_shape_say_so() {
    let face = Face::new();
    let call = json!({"name": "n_central-list-customers", "arguments": "all"});
    assert_eq!(face.ask("tools/call", call).await.error_code(), -32602);
    assert_eq!(face.ask("tools/list", json!({"cursor": "2"})).await.error_code(), -32602);
    assert_eq!(face.ask("initialize", json!({"protocolVersion": 3})).await.error_code(), -32602);

    let mut broken = post("/mcp", None, &Value::Null);
    *broken.body_mut() = Body::from("{\"jsonrpc\":");
    let reply = face.send(broken).await;
    assert_eq!((reply.status, reply.error_code()), (StatusCode::BAD_REQUEST, -32700));
    assert_eq!(reply.answer()["id"], Value::Null);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let mut large = post("/mcp", None, &Value::Null);
    *large.body_mut() = Body::from(vec![b' '; 2 * 1024 * 1024]);
    assert_eq!(Face::new().send(large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_stream_to_listen_on_is_not_offered() {
    let mut request = post("/mcp", Some("2025-06-18"), &Value::Null);
    *request.method_mut() = http::Method::GET;
    let reply = Face::new().send(request).await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(reply.headers[header::ALLOW], "POST");
    assert!(!format!("{reply:?}").contains(KEY));
}
