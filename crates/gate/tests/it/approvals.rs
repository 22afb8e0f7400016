//! Holding and deciding: what is held, who may decide, what it takes, and that a no or a late yes sends nothing.

use crate::house::{House, another_key, decision, key, kind, person, sign_in, source};
use gate::{Answer, Decision, PolicyChange, StopChange, Verdict};
use model::{CallState, Changed, Clock, Kind, Mode, Outcome, Role};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn an_approved_call_sends_one_post_a_device_with_the_frozen_arguments() {
    let house = House::new().await;
    let devices = house.workstations(3).await;
    let held = house.hold_cleanup(&devices).await;
    assert_eq!(held.targets.len(), 3);
    assert!(held.next_step.contains("n_central-get-approval"));
    assert!(house.tasks_made().is_empty(), "nothing is sent before the decision");

    let view = house.gate.approval(&house.dana, held.approval_id.as_str()).await.unwrap();
    assert_eq!(view.reason.as_deref(), Some("disk is full"));
    assert_eq!(view.plan_digest, held.plan_digest);
    assert_eq!(view.writes.len(), 3);
    house.approve(&house.dana, held.approval_id.as_str()).await.unwrap();

    let call = house.over(held.call_id.as_str()).await;
    assert_eq!((call.state, call.outcome), (CallState::Finished, Some(Outcome::Done)));
    let made = house.tasks_made();
    assert_eq!(made.len(), 3);
    for (body, write) in made.iter().zip(&view.writes) {
        assert_eq!(Some(body), write.body.as_ref(), "what was shown is what was sent");
    }
    let sent: Vec<i64> = made.iter().map(|body| body["deviceId"].as_i64().unwrap()).collect();
    assert_eq!(sent, devices);
    assert!(call.targets.iter().all(|t| t.task_id.is_some()));
    house.shut().await;
}

#[tokio::test]
async fn asking_the_same_again_attaches_and_the_outcome_is_told_once() {
    let house = House::new().await;
    let devices = house.workstations(1).await;
    let first = house.hold_cleanup(&devices).await;
    let second = house.hold_cleanup(&devices).await;
    assert_eq!(first.call_id, second.call_id);
    house.approve(&house.dana, first.approval_id.as_str()).await.unwrap();
    house.over(first.call_id.as_str()).await;
    let arguments = json!({"device_ids": devices, "script": "Cleanup temporary files"});
    let told = house.ask(&house.agent, "n_central-run-direct-task", arguments.clone()).await.unwrap();
    assert!(matches!(&told, Answer::Ran(ran) if ran.call_id == first.call_id), "{told:?}");
    let fresh = house.ask(&house.agent, "n_central-run-direct-task", arguments).await.unwrap();
    assert!(matches!(&fresh, Answer::Held(held) if held.call_id != first.call_id), "{fresh:?}");
    assert_eq!(house.tasks_made().len(), 1);
    house.shut().await;
}

#[tokio::test]
async fn a_key_never_decides_nor_does_its_owner() {
    let house = House::new().await;
    let held = house.hold_cleanup(&house.workstations(1).await).await;
    let id = held.approval_id.as_str();
    for verdict in [Verdict::Approve, Verdict::Deny] {
        assert_eq!(kind(house.gate.decide(&house.agent, id, decision(verdict)).await), Kind::NotAPerson);
    }
    let other = another_key(&house, |_| ()).await;
    assert_eq!(kind(house.gate.approval(&other, id).await), Kind::NotFound, "a key sees only its own");
    assert_eq!(kind(house.approve(&house.admin, id).await), Kind::SelfApproval, "the owner made the key");
    assert!(house.tasks_made().is_empty());

    let change = gate::ConnectionChange { self_approval: Some(true), ..Default::default() };
    house.gate.change_connection(&house.admin, &house.connection, change).await.unwrap();
    assert_eq!(kind(house.approve(&house.admin, id).await), Kind::FreshProofRequired);
    let with_password =
        Decision { password: Some(crate::house::PASSWORD.into()), ..decision(Verdict::Approve) };
    house.gate.decide(&house.admin, id, with_password).await.unwrap();
    assert_eq!(house.over(held.call_id.as_str()).await.outcome, Some(Outcome::Done));
    house.shut().await;
}

#[tokio::test]
async fn a_no_a_late_yes_and_a_withdrawal_send_nothing() {
    let house = House::new().await;
    let devices = house.workstations(3).await;

    let denied = house.hold_cleanup(&devices[..1]).await;
    let no = Decision { reason: Some("not during office hours".into()), ..decision(Verdict::Deny) };
    house.gate.decide(&house.dana, denied.approval_id.as_str(), no).await.unwrap();
    let call = house.gate.call(&house.agent, denied.call_id.as_str()).await.unwrap();
    assert_eq!(call.state, CallState::Refused);
    let problem = call.error.unwrap();
    assert_eq!((problem.kind, problem.changed), (Kind::Denied, Changed::No));
    assert!(problem.message.contains("not during office hours"), "the reason goes back to the caller");
    assert_eq!(kind(house.approve(&house.dana, denied.approval_id.as_str()).await), Kind::AlreadyDecided);

    let withdrawn = house.hold_cleanup(&devices[1..2]).await;
    house.gate.withdraw(&house.agent, withdrawn.approval_id.as_str()).await.unwrap();
    assert_eq!(kind(house.approve(&house.dana, withdrawn.approval_id.as_str()).await), Kind::AlreadyDecided);

    let late = house.hold_cleanup(&devices[2..]).await;
    house.clock.advance(Duration::from_secs(3600));
    assert_eq!(kind(house.approve(&house.dana, late.approval_id.as_str()).await), Kind::Expired);
    let call = house.gate.call(&house.agent, late.call_id.as_str()).await.unwrap();
    assert_eq!(call.error.unwrap().kind, Kind::Expired);

    assert_eq!(house.attempts("createDirectScheduledTask"), 0);
    house.shut().await;
}

#[tokio::test]
async fn servers_take_the_typed_name_and_fresh_proof() {
    let house = House::new().await;
    let (server, name) = house.devices("Acme", "Server").await.into_iter().next().unwrap();
    let held = house.hold_cleanup(&[server]).await;
    let id = held.approval_id.as_str();
    let view = house.gate.approval(&house.dana, id).await.unwrap();
    assert_eq!(view.confirm_required.as_deref(), Some(name.as_str()));
    assert_eq!(kind(house.approve(&house.dana, id).await), Kind::WrongConfirmation);
    let typed = Decision { confirm: Some(name), ..decision(Verdict::Approve) };
    house.clock.advance(Duration::from_secs(301));
    assert_eq!(kind(house.gate.decide(&house.dana, id, typed.clone()).await), Kind::FreshProofRequired);
    let wrong = Decision { password: Some("not the password".into()), ..typed.clone() };
    assert!(house.gate.decide(&house.dana, id, wrong).await.is_err());
    assert!(house.tasks_made().is_empty());
    let right = Decision { password: Some(crate::house::PASSWORD.into()), ..typed };
    house.gate.decide(&house.dana, id, right).await.unwrap();
    assert_eq!(house.over(held.call_id.as_str()).await.outcome, Some(Outcome::Done));
    house.shut().await;
}

#[tokio::test]
async fn another_digest_than_the_plans_is_refused() {
    let house = House::new().await;
    let held = house.hold_cleanup(&house.workstations(1).await).await;
    let other = Decision { plan_digest: Some("0".repeat(64)), ..decision(Verdict::Approve) };
    assert_eq!(
        kind(house.gate.decide(&house.dana, held.approval_id.as_str(), other).await),
        Kind::DigestMismatch
    );
    let same = Decision { plan_digest: Some(held.plan_digest.clone()), ..decision(Verdict::Approve) };
    house.gate.decide(&house.dana, held.approval_id.as_str(), same).await.unwrap();
    house.over(held.call_id.as_str()).await;
    house.shut().await;
}

#[tokio::test]
async fn the_world_changing_before_the_run_refuses_the_whole_plan() {
    let house = House::new().await;
    let devices = house.workstations(2).await;
    let tonight = house.clock_in(Duration::from_secs(1800));
    let arguments = json!({"device_ids": devices, "script": "Cleanup temporary files", "run_at": tonight});

    // A device is renamed in N-central's own console between the approval and its time.
    let Answer::Held(held) = house.ask(&house.agent, "n_central-run-direct-task", arguments).await.unwrap()
    else {
        panic!("it is held")
    };
    house.approve(&house.dana, held.approval_id.as_str()).await.unwrap();
    let queued = house.gate.call(&house.admin, held.call_id.as_str()).await.unwrap();
    assert_eq!(queued.state, CallState::Queued, "it waits for its time");
    let patch = serde_json::from_value(json!({"longName": "RENAMED"})).unwrap();
    house.emulator.patch_device(i32::try_from(devices[0]).unwrap(), &patch).unwrap();
    house.clock.advance(Duration::from_secs(1800));
    house.gate.nudge();
    let call = house.over(held.call_id.as_str()).await;
    assert_eq!(call.state, CallState::Refused);
    assert_eq!(call.error.unwrap().kind, Kind::PlanOutdated);
    assert_eq!(house.attempts("createDirectScheduledTask"), 0);
    house.shut().await;
}

#[tokio::test]
async fn a_device_moved_to_another_customer_is_left_alone() {
    let house = House::new().await;
    let devices = house.workstations(2).await;
    let held = house.hold_cleanup(&devices).await;
    let acme =
        house.ask(&house.admin, "n_central-get-customer", json!({"customer": "Acme"})).await.unwrap().body();
    let acme: i64 = acme["customer_id"].as_str().unwrap().parse().unwrap();
    let patch = serde_json::from_value(json!({"customerId": acme, "siteId": null})).unwrap();
    house.emulator.patch_device(i32::try_from(devices[1]).unwrap(), &patch).unwrap();
    house.approve(&house.dana, held.approval_id.as_str()).await.unwrap();
    let call = house.over(held.call_id.as_str()).await;
    assert_eq!(call.state, CallState::Refused);
    assert_eq!(call.error.unwrap().kind, Kind::PlanOutdated);
    assert_eq!(house.attempts("createDirectScheduledTask"), 0, "not even for the device that stayed");
    house.shut().await;
}

#[tokio::test]
async fn stop_and_disabled_policy_hold_between_approval_and_run() {
    let house = House::new().await;
    let devices = house.workstations(2).await;
    let tonight = house.clock_in(Duration::from_secs(600));
    let mut held = Vec::new();
    for device in &devices {
        let arguments = json!({"device_id": device, "script": "Cleanup temporary files", "run_at": tonight});
        let Answer::Held(one) =
            house.ask(&house.agent, "n_central-run-direct-task", arguments).await.unwrap()
        else {
            panic!("it is held")
        };
        house.approve(&house.dana, one.approval_id.as_str()).await.unwrap();
        held.push(one);
    }
    let stop = StopChange { on: true, connection: None, reason: Some("incident".into()) };
    house.gate.stop(&house.dana, stop).await.unwrap();
    house.clock.advance(Duration::from_secs(600));
    house.gate.nudge();
    for one in &held {
        let call = house.over(one.call_id.as_str()).await;
        assert_eq!(call.error.unwrap().kind, Kind::Stopped);
    }
    let arguments = json!({"device_id": devices[0], "script": "Cleanup temporary files"});
    assert_eq!(
        kind(house.ask(&house.agent, "n_central-run-direct-task", arguments.clone()).await),
        Kind::Stopped
    );
    let resume = StopChange { on: false, connection: None, reason: None };
    assert_eq!(kind(house.gate.stop(&house.dana, resume.clone()).await), Kind::Forbidden);
    house.gate.stop(&house.admin, resume).await.unwrap();

    let later = house.clock_in(Duration::from_secs(600));
    let arguments = json!({"device_id": devices[0], "script": "Cleanup temporary files", "run_at": later});
    let Answer::Held(one) =
        house.ask(&house.agent, "n_central-run-direct-task", arguments.clone()).await.unwrap()
    else {
        panic!("it is held")
    };
    house.approve(&house.dana, one.approval_id.as_str()).await.unwrap();
    let off = PolicyChange {
        policies: [("n_central-run-direct-task".to_owned(), Mode::Disabled)].into(),
        ..Default::default()
    };
    house.gate.set_policies(&house.admin, &house.connection, off).await.unwrap();
    house.clock.advance(Duration::from_secs(600));
    house.gate.nudge();
    assert_eq!(house.over(one.call_id.as_str()).await.error.unwrap().kind, Kind::ToolDisabled);
    assert_eq!(
        kind(house.ask(&house.agent, "n_central-run-direct-task", arguments.clone()).await),
        Kind::UnknownTool
    );
    assert_eq!(
        kind(house.ask(&house.admin, "n_central-run-direct-task", arguments).await),
        Kind::ToolDisabled
    );
    assert_eq!(house.attempts("createDirectScheduledTask"), 0);
    house.shut().await;
}

#[tokio::test]
async fn nothing_runs_for_who_is_let_in_no_more_nor_long_after_its_time() {
    let house = House::new().await;
    let gate = &house.gate;
    gate.add_person(&house.admin, person("eve", Role::Admin)).await.unwrap();
    let eve = sign_in(gate, "eve").await;
    let eves = gate.create_key(&eve, key("eves")).await.unwrap().secret;
    let eves = gate.identify(&eves, source()).await.unwrap();
    let revoked = another_key(&house, |_| {}).await;
    let soon = house.clock.now() + Duration::from_secs(300);
    let short = another_key(&house, |new| (new.name, new.expires_at) = ("short".into(), Some(soon))).await;
    let devices = house.workstations(5).await;
    let tonight = house.clock_in(Duration::from_secs(600));
    let mut calls = Vec::new();
    for (who, device) in [&revoked, &short, &eves, &eve].into_iter().zip(&devices) {
        let arguments = json!({"device_id": device, "script": "Cleanup temporary files", "run_at": tonight});
        let Answer::Held(held) = house.ask(who, "n_central-run-direct-task", arguments).await.unwrap() else {
            panic!("it is held")
        };
        house.approve(&house.dana, held.approval_id.as_str()).await.unwrap();
        calls.push((who.caller.name.clone(), held.call_id));
    }
    gate.revoke_key(&house.admin, revoked.caller.id.as_str()).await.unwrap();
    gate.disable_person(&house.admin, "eve").await.unwrap();
    house.clock.advance(Duration::from_secs(600));
    gate.nudge();
    for (name, call) in calls {
        assert_eq!(house.over(call.as_str()).await.state, CallState::Refused, "{name}");
    }

    let later = house.clock_in(Duration::from_secs(600));
    let arguments = json!({"device_id": devices[4], "script": "Cleanup temporary files", "run_at": later});
    let Answer::Held(held) = house.ask(&house.agent, "n_central-run-direct-task", arguments).await.unwrap()
    else {
        panic!("it is held")
    };
    house.approve(&house.dana, held.approval_id.as_str()).await.unwrap();
    house.clock.advance(Duration::from_secs(600 + 3_601));
    gate.nudge();
    assert_eq!(house.over(held.call_id.as_str()).await.error.unwrap().kind, Kind::Expired);
    assert_eq!(house.attempts("createDirectScheduledTask"), 0);
    house.shut().await;
}
