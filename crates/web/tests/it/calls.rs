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

#[tokio::test]
async fn two_lookups_with_one_key_at_once_are_read_once() {
    let world = World::new().await;
    let key = world.key("flow").await;
    let ask = || {
        let request = post(LIST_DEVICES, &key).header("idempotency-key", "look-1");
        world.ask(request.body(json_body(&json!({"page_size": 3}))).unwrap())
    };
    let asked = || world.emulator.emulator.requests().operations["listDevices"].count;
    let (one, two) = tokio::join!(ask(), ask());
    let once = asked();
    assert_eq!(one.header("ncgate-call-id"), two.header("ncgate-call-id"));
    assert_eq!(one.expect(200), two.expect(200));
    let again = ask().await;
    assert_eq!(asked(), once, "what was answered is replayed");
    again.expect(200);
    world.pass(std::time::Duration::from_secs(25 * 3600));
    ask().await.expect(200);
    assert!(asked() > once, "a day later it is a new call");
}

#[tokio::test]
async fn a_lookup_that_failed_may_be_asked_again_under_its_key() {
    let world = World::new().await;
    let key = world.key("flow").await;
    let ask = || {
        let request = post("/api/v1/tools/get_customer", &key).header("idempotency-key", "look-2");
        world.ask(request.body(json_body(&json!({"customer": "Nobody at all"}))).unwrap())
    };
    let (first, second) = (ask().await, ask().await);
    assert!(first.status.is_client_error());
    assert_eq!(first.body["kind"], second.body["kind"]);
    assert_eq!(first.header("ncgate-call-id"), second.header("ncgate-call-id"));
}

#[tokio::test]
async fn an_idempotency_key_is_one_callers_and_not_too_long() {
    let world = World::new().await;
    let (mine, other) = (world.key("flow").await, world.key("other").await);
    let ask = |key: &str, name: String, size: u32| {
        let request = post(LIST_DEVICES, key).header("idempotency-key", name);
        world.ask(request.body(json_body(&json!({"page_size": size}))).unwrap())
    };
    ask(&mine, "k".to_owned(), 3).await.expect(200);
    ask(&other, "k".to_owned(), 4).await.expect(200);
    ask(&mine, "k".to_owned(), 4).await.refused(409, "idempotency-conflict");
    ask(&mine, "k".repeat(200), 3).await.expect(200);
    ask(&mine, "k".repeat(201), 3).await.refused(422, "invalid-arguments");
}

#[tokio::test]
async fn calls_are_found_by_what_they_are() {
    let world = World::new().await;
    let (own, other) = (world.key("triage").await, world.key("reports").await);
    world.policy(TOOL, "approval_needed").await;
    for (key, size) in [(&own, 1), (&own, 2), (&other, 3)] {
        world.post(LIST_DEVICES, key, json!({"page_size": size})).await.expect(202);
    }
    let count = async |query: &str| {
        let list = world.get(&format!("/api/v1/calls?{query}"), &world.admin).await.expect(200);
        list["items"].as_array().unwrap().len()
    };
    assert_eq!(count("caller=triage").await, 2);
    assert_eq!(count("caller=reports&tool=list_devices&connection=main&state=pending").await, 1);
    assert_eq!((count("outcome=done").await, count("state=finished").await), (0, 0));
    assert_eq!((count("from=2026-11-22T08:00:00Z").await, count("to=2026-11-22T08:00:00Z").await), (3, 3));
    assert_eq!((count("from=2026-11-22T08:00:01Z").await, count("to=2026-11-22T07:59:59Z").await), (0, 0));
    let list = world.get("/api/v1/approvals?tool=list_devices&caller=triage", &world.admin).await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 2);

    // A key that asks for another's gets its own; a list goes on where it stopped, whatever was added meanwhile.
    let first = world.get("/api/v1/calls?caller=reports&limit=1", &own).await.expect(200);
    world.post(LIST_DEVICES, &own, json!({"page_size": 9})).await.expect(202);
    let next = first["next"].as_str().unwrap();
    let second = world.get(&format!("/api/v1/calls?limit=1&cursor={next}"), &own).await.expect(200);
    assert_ne!(first["items"][0]["id"], second["items"][0]["id"]);
    assert_eq!(
        (&first["items"][0]["caller"], &second["items"][0]["caller"]),
        (&json!("triage"), &json!("triage"))
    );
    assert!(second["next"].is_null());
    for odd in
        ["cursor=nonsense", "cursor=YWZ0ZXI6eA", "limit=0", "limit=-1", "from=soon", "caller=a&caller=b"]
    {
        for list in ["calls", "approvals"] {
            let reply = world.get(&format!("/api/v1/{list}?{odd}"), &world.admin).await;
            reply.refused(422, "invalid-arguments");
        }
    }
    let backwards = "/api/v1/calls?from=2026-11-22T08:00:01Z&to=2026-11-22T08:00:00Z";
    world.get(backwards, &world.admin).await.refused(422, "invalid-arguments");
}
