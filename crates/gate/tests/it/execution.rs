//! Running: at most once under every fault, never a secret, plan mode, raised policies, held look-ups.

use crate::house::{House, another_key, kind};
use emulator::{Fault, FaultKind, When};
use gate::{Answer, PolicyChange};
use model::{CallState, Kind, Mode, Outcome};
use serde_json::json;
use std::time::Duration;

async fn run_under(house: &House, fault: Fault) -> gate::CallView {
    let device = house.workstations(1).await;
    house.emulator.clear_requests();
    house.emulator.set_faults(vec![fault]);
    let held = house.hold_cleanup(&device).await;
    house.approve(&house.dana, held.approval_id.as_str()).await.unwrap();
    house.over(held.call_id.as_str()).await
}

#[tokio::test]
async fn whatever_happens_to_the_post_it_leaves_once() {
    for (kind, when) in [
        (FaultKind::Status, When::Before),
        (FaultKind::Status, When::After),
        (FaultKind::Reset, When::Before),
        (FaultKind::Reset, When::After),
        (FaultKind::Hang, When::Before),
        (FaultKind::Hang, When::After),
        (FaultKind::Html, When::After),
        (FaultKind::Truncate, When::After),
        (FaultKind::ErrorIn200, When::After),
        (FaultKind::Endless, When::After),
        (FaultKind::Redirect, When::Before),
    ] {
        let house = House::hasty().await;
        let mut fault = Fault::new("createDirectScheduledTask", kind);
        fault.when = when;
        fault.status = Some(500);
        let call = run_under(&house, fault).await;
        assert_eq!(call.outcome, Some(Outcome::Unknown), "{kind:?} {when:?}: {call:?}");
        assert_eq!(house.attempts("createDirectScheduledTask"), 1, "{kind:?} {when:?}");
        assert!(house.tasks_made().len() <= 1);
        house.shut().await;
    }
}

#[tokio::test]
async fn a_refusal_is_a_failure_that_changed_nothing() {
    let house = House::new().await;
    let mut fault = Fault::new("createDirectScheduledTask", FaultKind::Status);
    fault.status = Some(403);
    let call = run_under(&house, fault).await;
    assert_eq!((call.state, call.outcome), (CallState::Finished, Some(Outcome::Failed)));
    assert!(house.tasks_made().is_empty());
    house.shut().await;
}

#[tokio::test]
async fn a_call_on_several_devices_tells_of_every_way_in_which_it_failed() {
    let house = House::new().await;
    let devices = house.workstations(3).await;
    let strikes =
        |kind, status| Fault { status, times: Some(1), ..Fault::new("createDirectScheduledTask", kind) };
    let faults = vec![strikes(FaultKind::Status, Some(403)), strikes(FaultKind::Reset, None)];
    house.emulator.set_faults(faults);
    let held = house.hold_cleanup(&devices).await;
    house.approve(&house.dana, held.approval_id.as_str()).await.unwrap();
    let call = house.over(held.call_id.as_str()).await;
    assert_eq!(call.outcome, Some(Outcome::Unknown), "{call:?}");
    let message = call.error.unwrap().message;
    assert!(message.starts_with("2 of 3 are not done: 1 failed ("), "{message}");
    assert!(message.contains("403") && message.contains("), 1 unknown ("), "{message}");
    house.shut().await;
}

#[tokio::test]
async fn throttling_is_waited_out_and_still_sends_once() {
    let house = House::new().await;
    let mut fault = Fault::new("createDirectScheduledTask", FaultKind::Status);
    fault.status = Some(429);
    fault.times = Some(1);
    let call = run_under(&house, fault).await;
    assert_eq!(call.outcome, Some(Outcome::Done), "{call:?}");
    assert_eq!(house.tasks_made().len(), 1);
    house.shut().await;
}

#[tokio::test]
async fn what_happened_is_found_by_reading_back_and_the_rest_stays_unknown() {
    for (when, settled) in [(When::After, Some(Outcome::Done)), (When::Before, Some(Outcome::Unknown))] {
        let house = House::hasty().await;
        let mut fault = Fault::new("createDirectScheduledTask", FaultKind::Status);
        fault.when = when;
        fault.status = Some(500);
        let call = run_under(&house, fault).await;
        let mut events = house.gate.events();
        if settled == Some(Outcome::Done) {
            let wait = async {
                while house.gate.call(&house.dana, call.id.as_str()).await.unwrap().outcome != settled {
                    let _ = events.recv().await;
                }
            };
            tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it is read back");
        } else {
            let view = house
                .gate
                .settle(&house.dana, call.id.as_str(), Outcome::Failed, Some("looked".into()))
                .await;
            assert_eq!(view.unwrap().outcome, Some(Outcome::Failed));
        }
        assert_eq!(house.attempts("createDirectScheduledTask"), 1);
        house.shut().await;
    }
}

#[tokio::test]
async fn over_several_devices_one_unknown_makes_the_run_unknown_and_the_others_still_run() {
    let house = House::new().await;
    let devices = house.workstations(3).await;
    let mut fault = Fault::new("createDirectScheduledTask", FaultKind::Reset);
    fault.times = Some(1);
    house.emulator.set_faults(vec![fault]);
    let held = house.hold_cleanup(&devices).await;
    house.approve(&house.dana, held.approval_id.as_str()).await.unwrap();
    let call = house.over(held.call_id.as_str()).await;
    assert_eq!(call.outcome, Some(Outcome::Unknown));
    let outcomes: Vec<_> = call.targets.iter().map(|t| t.outcome.unwrap()).collect();
    assert_eq!(outcomes, [Outcome::Unknown, Outcome::Done, Outcome::Done]);
    assert_eq!(house.attempts("createDirectScheduledTask"), 3);
    house.shut().await;
}

#[tokio::test]
async fn a_password_is_nowhere_but_on_the_wire() {
    let house = House::new().await;
    let device = house.workstations(1).await[0];
    let arguments = json!({
        "device_id": device, "script": "Cleanup temporary files",
        "credential": {"type": "CustomCredentials", "username": "svc", "password": "Tr0ub4dor&3"},
    });
    let answer = house.ask(&house.agent, "n_central-run-direct-task", arguments).await.unwrap();
    let Answer::Held(held) = answer else { panic!("it is held") };
    let view = house.gate.approval(&house.dana, held.approval_id.as_str()).await.unwrap();
    house.approve(&house.dana, held.approval_id.as_str()).await.unwrap();
    let call = house.over(held.call_id.as_str()).await;
    let audit = house.gate.audit(&house.admin, Default::default()).await.unwrap();
    for text in [
        serde_json::to_string(&held).unwrap(),
        serde_json::to_string(&view).unwrap(),
        serde_json::to_string(&call).unwrap(),
        serde_json::to_string(&audit).unwrap(),
    ] {
        assert!(!text.contains("Tr0ub4dor"), "{text}");
    }
    assert!(serde_json::to_string(&view).unwrap().contains("secret, set"));
    assert_eq!(house.tasks_made()[0]["credential"]["password"], "Tr0ub4dor&3");
    house.shut().await;
}

#[tokio::test]
async fn plan_mode_answers_with_the_plan_and_raises_nothing() {
    let house = House::new().await;
    let planner = another_key(&house, |key| key.plan_only = true).await;
    let device = house.workstations(1).await[0];
    let arguments = json!({"device_id": device, "script": "Cleanup temporary files"});
    let answer = house.ask(&planner, "n_central-run-direct-task", arguments).await.unwrap();
    let Answer::Planned(planned) = answer else { panic!("{answer:?}") };
    assert_eq!(planned.writes.len(), 1);
    let approvals = house.gate.approvals(&house.dana, Default::default()).await.unwrap();
    assert!(approvals.items.is_empty());
    house.shut().await;
}

#[tokio::test]
async fn auto_runs_at_once_and_a_held_look_up_waits_for_a_person() {
    let house = House::new().await;
    let change = PolicyChange {
        policies: [
            ("n_central-run-direct-task".to_owned(), Mode::Auto),
            ("list_devices".to_owned(), Mode::ApprovalNeeded),
        ]
        .into(),
        ..Default::default()
    };
    let devices = house.workstations(1).await;
    house.gate.set_policies(&house.admin, &house.connection, change).await.unwrap();
    let arguments = json!({"device_ids": devices, "script": "Cleanup temporary files"});
    let answer = house.ask(&house.agent, "n_central-run-direct-task", arguments).await.unwrap();
    assert!(matches!(&answer, Answer::Ran(ran) if ran.status == Outcome::Done), "{answer:?}");

    let answer = house.ask(&house.agent, "n_central-list-devices", json!({"page_size": 5})).await.unwrap();
    let Answer::Held(held) = answer else { panic!("{answer:?}") };
    house.approve(&house.dana, held.approval_id.as_str()).await.unwrap();
    house.over(held.call_id.as_str()).await;
    let told = house.ask(&house.agent, "list_devices", json!({"page_size": 5})).await.unwrap();
    let Answer::Read { result, .. } = told else { panic!("{told:?}") };
    assert_eq!(result["returned"], 5, "the alias is the same tool, and attaches to the same call");
    house.shut().await;
}

#[tokio::test]
async fn a_tool_outside_a_key_does_not_exist_for_it() {
    let house = House::new().await;
    let narrow = another_key(&house, |key| key.tools = Some(vec!["list_devices".into()])).await;
    assert_eq!(
        kind(house.ask(&narrow, "n_central-get-device", json!({"device_id": 1})).await),
        Kind::UnknownTool
    );
    let offers = house.gate.offers(&narrow, None).await.unwrap();
    assert_eq!(offers.len(), 1);
    assert_eq!(kind(house.ask(&house.agent, "n_central-list-device", json!({})).await), Kind::UnknownTool);
    house.shut().await;
}
