//! Asking for tools: results, held calls, idempotency, and what a key is not told.

use crate::world::{LIST_DEVICES, World, json_body, post};
use serde_json::{Value, json};

const TOOL: &str = "n_central-list-devices";

#[tokio::test]
async fn a_lookup_answers_its_result_and_names_the_call() {
    let world = World::new().await;
    let key = world.key("triage").await;
    let reply = world.post(LIST_DEVICES, &key, json!({"page_size": 5})).await;
    assert!(!reply.header("ncgate-call-id").is_empty());
    let table = reply.expect(200);
    assert_eq!(table["rows"].as_array().unwrap().len(), 5);
    let by_alias = world.post("/api/v1/tools/list_devices", &key, json!({"page_size": 5})).await.expect(200);
    assert_eq!(by_alias, table);
    let bare = post(LIST_DEVICES, &key).body(axum::body::Body::empty()).unwrap();
    assert!(world.ask(bare).await.expect(200)["rows"].is_array());
}

#[tokio::test]
async fn the_list_of_tools_has_names_policies_and_schemas() {
    let world = World::new().await;
    let key = world.key("triage").await;
    let find = |list: &Value, name: &str| {
        list["tools"]
            .as_array()
            .unwrap()
            .iter()
            .find(|tool| tool["name"] == name)
            .cloned()
            .unwrap_or_default()
    };
    let tool = find(&world.get("/api/v1/tools", &key).await.expect(200), TOOL);
    assert_eq!((&tool["alias"], &tool["effect"]), (&json!("list_devices"), &json!("read")));
    assert_eq!((&tool["policy"], &tool["input_schema"]["type"]), (&json!("auto"), &json!("object")));
    let by_alias = world.get("/api/v1/tools?names=alias", &key).await.expect(200);
    assert!(find(&by_alias, "list_devices")["summary"].is_string());
    assert!(find(&by_alias, TOOL).is_null());
}

#[tokio::test]
async fn a_key_is_not_told_that_a_disabled_tool_exists() {
    let world = World::new().await;
    let key = world.key("triage").await;
    world.policy(TOOL, "disabled").await;
    let disabled = world.post(LIST_DEVICES, &key, json!({})).await;
    disabled.refused(404, "unknown-tool");
    let unknown = world.post("/api/v1/tools/n_central-list-devises", &key, json!({})).await;
    unknown.refused(404, "unknown-tool");
    assert_eq!(disabled.body["hint"], unknown.body["hint"]);
    assert!(!world.get("/api/v1/tools", &key).await.expect(200).to_string().contains(TOOL));
    world.post(LIST_DEVICES, &world.approver, json!({})).await.refused(403, "tool-disabled");
}

#[tokio::test]
async fn a_held_call_is_a_success_with_its_place() {
    let world = World::new().await;
    let key = world.key("triage").await;
    world.policy(TOOL, "approval_needed").await;
    let held = world.post(LIST_DEVICES, &key, json!({"page_size": 3})).await;
    let place = held.header("location").to_owned();
    assert_eq!(place, format!("/api/v1/calls/{}", held.header("ncgate-call-id")));
    let held = held.expect(202);
    assert_eq!(held["status"], "approval_required");
    assert_eq!(place, format!("/api/v1/calls/{}", held["call_id"].as_str().unwrap()));
    let call = world.get(&place, &key).await.expect(200);
    assert_eq!((&call["state"], &call["approval_id"]), (&json!("pending"), &held["approval_id"]));
    let again = world.post(LIST_DEVICES, &key, json!({"page_size": 3})).await.expect(202);
    assert_eq!(again["call_id"], held["call_id"]);
}

#[tokio::test]
async fn a_key_sees_only_its_own_calls() {
    let world = World::new().await;
    let (own, other) = (world.key("triage").await, world.key("reports").await);
    world.policy(TOOL, "approval_needed").await;
    let held = world.post(LIST_DEVICES, &own, json!({})).await.expect(202);
    let call = format!("/api/v1/calls/{}", held["call_id"].as_str().unwrap());
    let approval = format!("/api/v1/approvals/{}", held["approval_id"].as_str().unwrap());
    for place in [&call, &approval] {
        world.get(place, &own).await.expect(200);
        world.get(place, &other).await.refused(404, "not-found");
    }
    for list in ["/api/v1/calls", "/api/v1/approvals"] {
        assert_eq!(world.get(list, &own).await.expect(200)["items"].as_array().unwrap().len(), 1);
        assert_eq!(world.get(list, &other).await.expect(200), json!({"items": [], "next": null}));
    }
}

#[tokio::test]
async fn one_idempotency_key_is_one_call() {
    let world = World::new().await;
    let key = world.key("flow").await;
    world.policy(TOOL, "approval_needed").await;
    let ask = async |body: Value| {
        let request = post(LIST_DEVICES, &key).header("idempotency-key", "ticket-7");
        world.ask(request.body(json_body(&body)).unwrap()).await
    };
    let first = ask(json!({"page_size": 3})).await;
    let call = first.header("ncgate-call-id").to_owned();
    let approval = first.expect(202)["approval_id"].as_str().unwrap().to_owned();
    assert_eq!(ask(json!({"page_size": 3})).await.header("ncgate-call-id"), call);
    ask(json!({"page_size": 4})).await.refused(409, "idempotency-conflict");
    let place = format!("/api/v1/approvals/{approval}/decision");
    let deny = json!({"decision": "deny", "reason": "not now"});
    world.post(&place, &world.approver, deny).await.expect(200);
    let told = ask(json!({"page_size": 3})).await;
    told.refused(403, "denied");
    assert_eq!(ask(json!({"page_size": 3})).await.body, told.body);
}
