//! What arrives: signed, complete, once for each webhook that wants it, and after a restart too.

use super::receiver::Receiver;
use super::{deliveries, hook, house, new, options, record, until};
use crate::house::{House, another_key};
use gate::*;
use model::Clock;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn a_held_call_is_told_of_from_the_request_to_its_outcome() {
    let house = house().await;
    let mut receiver = Receiver::new().await;
    let made = hook(&house, "jobs", &receiver, &[]).await;
    let secret = made.secret.unwrap();
    let devices = house.workstations(2).await;
    let held = house.hold_cleanup(&devices).await;

    let message = receiver.next().await;
    assert_eq!(message.signed_with(&secret), 1);
    assert!(message.header("webhook-id").starts_with("msg_"));
    assert_eq!(message.header("content-type"), "application/json");
    let requested = message.json();
    assert_eq!(requested["type"], "approval.requested");
    assert_eq!(requested["timestamp"], house.clock.now().to_string());
    let data = &requested["data"];
    assert_eq!(data["call_id"], held.call_id.as_str());
    assert_eq!(data["approval_url"], format!("https://ncgate.example.com/approvals/{}", held.approval_id));
    assert_eq!((&data["connection"], &data["caller"]), (&json!("Main"), &json!("triage")));
    assert_eq!(
        (&data["tool"], &data["reason"]),
        (&json!("n_central-run-direct-task"), &json!("disk is full"))
    );
    assert_eq!(data["summary"], held.summary);
    let named: Vec<&str> =
        data["targets"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert_eq!(named, held.targets.iter().map(|target| target.name.as_str()).collect::<Vec<_>>());

    house.approve(&house.dana, held.approval_id.as_str()).await.unwrap();
    let decided = receiver.told("approval.decided").await;
    assert_eq!((&decided["approval_state"], &decided["decided_by"]), (&json!("approved"), &json!("dana")));
    let finished = receiver.told("call.finished").await;
    assert_eq!((&finished["outcome"], &finished["call_state"]), (&json!("done"), &json!("finished")));
    assert!(finished["targets"].as_array().unwrap().iter().all(|target| target["outcome"] == "done"));

    let view = until(&house, "jobs", |view| view.waiting == 0).await;
    assert_eq!(view.state, WebhookState::Active);
    let delivered = deliveries(&house, "jobs").await;
    let events: Vec<&str> = delivered.iter().rev().map(|delivery| delivery.event.as_str()).collect();
    assert_eq!(events, ["approval.requested", "approval.decided", "call.finished"]);
    assert!(delivered.iter().all(|d| d.state == DeliveryState::Delivered && d.status == Some(204)));
    house.shut().await;
}

#[tokio::test]
async fn denied_withdrawn_and_expired_calls_are_told_of() {
    let house = house().await;
    let mut receiver = Receiver::new().await;
    use WebhookEvent::{ApprovalDecided, ApprovalExpired, ApprovalWithdrawn};
    hook(&house, "ends", &receiver, &[ApprovalDecided, ApprovalExpired, ApprovalWithdrawn]).await;
    let devices = house.workstations(3).await;
    let denied = house.hold_cleanup(&devices[..1]).await;
    let no = Decision { reason: Some("not today".into()), ..crate::house::decision(Verdict::Deny) };
    house.gate.decide(&house.dana, denied.approval_id.as_str(), no).await.unwrap();
    let told = receiver.told("approval.decided").await;
    assert_eq!((&told["approval_state"], &told["decision_reason"]), (&json!("denied"), &json!("not today")));
    let withdrawn = house.hold_cleanup(&devices[1..2]).await;
    house.gate.withdraw(&house.agent, withdrawn.approval_id.as_str()).await.unwrap();
    assert_eq!(receiver.told("approval.withdrawn").await["withdrawn_by"], "triage");
    let expired = house.hold_cleanup(&devices[2..]).await;
    house.clock.advance(Duration::from_secs(3601));
    house.gate.nudge();
    let told = receiver.told("approval.expired").await;
    assert_eq!(
        (&told["approval_id"], &told["approval_state"]),
        (&json!(expired.approval_id), &json!("expired"))
    );
    house.shut().await;
}

#[tokio::test]
async fn a_connection_that_breaks_and_heals_is_told_of_and_on_the_record() {
    let house = house().await;
    let mut receiver = Receiver::new().await;
    hook(&house, "health", &receiver, &[WebhookEvent::ConnectionHealthChanged]).await;
    let jwt = house.emulator.expire(emulator::Expire::Jwt).unwrap();
    house.emulator.restart();
    house.ask(&house.admin, "n_central-list-service-orgs", json!({})).await.unwrap_err();
    let told = receiver.told("connection.health_changed").await;
    assert_eq!((&told["previous_state"], &told["state"]), (&json!("connected"), &json!("reconnect")));
    assert_eq!(told["reason"]["kind"], "jwt-refused");
    assert_eq!(
        told["connection_url"],
        format!("https://ncgate.example.com/integrations/{}", house.connection)
    );
    let change = ConnectionChange { jwt: Some(jwt.into()), ..ConnectionChange::default() };
    house.gate.change_connection(&house.admin, "Main", change).await.unwrap();
    assert_eq!(receiver.told("connection.health_changed").await["state"], "connected");
    assert_eq!(record(&house, "connection.health_changed").await.len(), 2);
    house.shut().await;
}

#[tokio::test]
async fn a_webhook_hears_only_of_what_it_wants() {
    let house = house().await;
    let (mut of_other, mut of_triage) = (Receiver::new().await, Receiver::new().await);
    let other = another_key(&house, |_| {}).await;
    let narrowed = |name: &str, url: &str, caller: &str| NewWebhook {
        caller: Some(caller.into()),
        connection: Some("main".into()),
        events: Some(vec![WebhookEvent::ApprovalRequested]),
        ..new(name, url)
    };
    house
        .gate
        .add_webhook(&house.admin, narrowed("other", &of_other.url, other.caller.id.as_str()))
        .await
        .unwrap();
    let made =
        house.gate.add_webhook(&house.admin, narrowed("mine", &of_triage.url, "TRIAGE")).await.unwrap();
    assert_eq!(made.webhook.caller.as_deref(), Some("triage"));
    assert_eq!(made.webhook.connection.as_deref(), Some("Main"));
    let held = house.hold_cleanup(&house.workstations(1).await).await;
    assert_eq!(of_triage.told("approval.requested").await["call_id"], held.call_id.as_str());
    house.gate.withdraw(&house.agent, held.approval_id.as_str()).await.unwrap();
    until(&house, "mine", |view| view.waiting == 0).await;
    assert!(of_other.is_idle() && of_triage.is_idle());
    assert!(deliveries(&house, "other").await.is_empty());
    house.shut().await;
}

#[tokio::test]
async fn a_new_secret_signs_beside_the_old_one_for_a_day() {
    let house = house().await;
    let mut receiver = Receiver::new().await;
    let old = hook(&house, "jobs", &receiver, &[]).await.secret.unwrap();
    let new = house.gate.rotate_webhook_secret(&house.admin, "jobs").await.unwrap().secret.unwrap();
    house.gate.test_webhook(&house.admin, "jobs").await.unwrap();
    let both = receiver.next().await;
    assert_eq!((both.signed_with(&old), both.signed_with(&new)), (1, 1));
    house.clock.advance(Duration::from_secs(24 * 3600));
    // The administrator's session has ended by then.
    let admin = crate::house::sign_in(&house.gate, "ada").await;
    house.gate.test_webhook(&admin, "jobs").await.unwrap();
    let one = receiver.next().await;
    assert_eq!((one.signed_with(&old), one.signed_with(&new)), (0, 1));
    house.shut().await;
}

#[tokio::test]
async fn a_message_is_delivered_again_on_demand_under_the_id_it_had() {
    let house = house().await;
    let mut receiver = Receiver::new().await;
    hook(&house, "jobs", &receiver, &[]).await;
    house.hold_cleanup(&house.workstations(1).await).await;
    let first = receiver.next().await;
    until(&house, "jobs", |view| view.waiting == 0).await;
    let id = deliveries(&house, "jobs").await.remove(0).id;
    house.gate.redeliver_webhook(&house.admin, "jobs", &id).await.unwrap();
    let again = receiver.next().await;
    assert_eq!((again.header("webhook-id"), &again.body), (first.header("webhook-id"), &first.body));
    house.shut().await;
}

#[tokio::test]
async fn what_was_committed_is_delivered_by_the_next_owner() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let home = || match Boundary::find(&state).unwrap() {
        Found::Free(owner) => Home::State(owner),
        Found::Running(_) => panic!("the state is free"),
    };
    let house = House::at(home(), options()).await;
    // Nobody listens there yet.
    let port = Receiver::new().await.port;
    let made = house
        .gate
        .add_webhook(&house.admin, new("jobs", &format!("http://127.0.0.1:{port}/")))
        .await
        .unwrap();
    house.hold_cleanup(&house.workstations(1).await).await;
    house.gate.shutdown().await;
    let clock = Arc::clone(&house.clock);
    // The first owner lets go of the directory with its last handle.
    let House { gate, running, .. } = house;
    drop(gate);
    let mut receiver = Receiver::on(port).await;
    clock.advance(Duration::from_secs(60));
    let gate = Gate::open(home(), Options { clock: clock as Arc<dyn Clock>, ..options() }).await.unwrap();
    let message = receiver.next().await;
    assert_eq!(message.signed_with(&made.secret.unwrap()), 1);
    assert_eq!(message.json()["type"], "approval.requested");
    gate.shutdown().await;
    running.stop().await;
}
