//! Decisions over REST: only a person's, only once, only on the plan that was looked at.

use crate::world::{LIST_DEVICES, World, json_body, post};
use serde_json::{Value, json};

/// A world in which a key's call waits, with the key and the held answer.
async fn held() -> (World, String, Value) {
    let world = World::new().await;
    let key = world.key("triage").await;
    world.policy("n_central-list-devices", "approval_needed").await;
    let held = world.post(LIST_DEVICES, &key, json!({"page_size": 3})).await.expect(202);
    (world, key, held)
}

fn place(held: &Value, what: &str) -> String {
    format!("/api/v1/approvals/{}/{what}", held["approval_id"].as_str().unwrap())
}

#[tokio::test]
async fn an_approved_call_runs_and_its_caller_gets_the_result() {
    let (world, key, held) = held().await;
    let approve = json!({"decision": "approve", "plan_digest": held["plan_digest"]});
    let decided = world.post(&place(&held, "decision"), &world.approver, approve).await.expect(200);
    assert_eq!((&decided["state"], &decided["decided_by"]), (&json!("approved"), &json!("ben")));
    let reply = world.post(LIST_DEVICES, &key, json!({"page_size": 3})).await;
    assert_eq!(reply.header("ncgate-call-id"), held["call_id"].as_str().unwrap());
    assert_eq!(reply.expect(200)["rows"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_caller_may_wait_for_the_decision() {
    let (world, key, held) = held().await;
    let waiting =
        post(LIST_DEVICES, &key).header("prefer", "wait=45").body(json_body(&json!({"page_size": 3})));
    let place = place(&held, "decision");
    let approve = world.post(&place, &world.approver, json!({"decision": "approve"}));
    let (answer, decided) = tokio::join!(world.ask(waiting.unwrap()), approve);
    decided.expect(200);
    assert_eq!(answer.header("preference-applied"), "wait=45");
    assert!(answer.expect(200)["rows"].is_array());
}

#[tokio::test]
async fn a_denial_goes_back_with_its_reason() {
    let (world, key, held) = held().await;
    let deny = json!({"decision": "deny", "reason": "ask me tomorrow"});
    world.post(&place(&held, "decision"), &world.approver, deny).await.expect(200);
    let told = world.post(LIST_DEVICES, &key, json!({"page_size": 3})).await;
    told.refused(403, "denied");
    assert!(told.body.to_string().contains("ask me tomorrow"), "{}", told.body);
    let call = format!("/api/v1/calls/{}", held["call_id"].as_str().unwrap());
    let call = world.get(&call, &key).await.expect(200);
    assert_eq!((&call["state"], &call["error"]["kind"]), (&json!("refused"), &json!("denied")));
    // Its caller was told, so asking once more is a new call.
    let anew = world.post(LIST_DEVICES, &key, json!({"page_size": 3})).await.expect(202);
    assert_ne!(anew["call_id"], held["call_id"]);
}

#[tokio::test]
async fn a_key_never_decides() {
    let (world, key, held) = held().await;
    for verdict in ["approve", "deny"] {
        let decision = json!({"decision": verdict});
        world.post(&place(&held, "decision"), &key, decision).await.refused(403, "not-a-person");
    }
    let approval = world.get(place(&held, "").trim_end_matches('/'), &key).await.expect(200);
    assert_eq!(approval["state"], "pending");
}

#[tokio::test]
async fn the_keys_owner_does_not_decide() {
    let (world, _, held) = held().await;
    let approve = json!({"decision": "approve"});
    world.post(&place(&held, "decision"), &world.admin, approve).await.refused(403, "self-approval");
}

#[tokio::test]
async fn a_decision_is_made_once_and_on_this_plan() {
    let (world, _, held) = held().await;
    let place = place(&held, "decision");
    let other = json!({"decision": "approve", "plan_digest": "0".repeat(64)});
    world.post(&place, &world.approver, other).await.refused(409, "digest-mismatch");
    world.post(&place, &world.approver, json!({"decision": "deny"})).await.expect(200);
    world.post(&place, &world.approver, json!({"decision": "approve"})).await.refused(409, "already-decided");
}

#[tokio::test]
async fn no_get_decides() {
    let (world, key, held) = held().await;
    for token in [&key, &world.approver] {
        for what in ["decision", "decision?decision=approve", "withdraw"] {
            world.get(&place(&held, what), token).await.refused(405, "bad-request");
        }
    }
    let pending = world.get("/api/v1/approvals?state=pending", &world.approver).await.expect(200);
    assert_eq!(pending["items"][0]["id"], held["approval_id"]);
}

#[tokio::test]
async fn its_caller_takes_it_back_and_another_key_can_not() {
    let (world, key, held) = held().await;
    let other = world.key("reports").await;
    let withdraw = place(&held, "withdraw");
    world.post(&withdraw, &other, json!({})).await.refused(404, "not-found");
    assert_eq!(world.post(&withdraw, &key, json!({})).await.expect(200)["state"], "withdrawn");
    let approve = json!({"decision": "approve"});
    world.post(&place(&held, "decision"), &world.approver, approve).await.refused(409, "already-decided");
}
