//! Turns: callers whose calls may run take turns, so that a long queue of one delays nobody else.

use crate::house::House;
use gate::{Answer, PolicyChange, Requester};
use model::{CallId, Mode, Outcome};
use serde_json::json;
use std::time::Duration;

/// Calls of the agent that are due at the same moment: many more than run at once.
const MANY: usize = 40;

/// A run on a device, tonight, under a name of its own.
async fn tonight(house: &House, who: &Requester, device: i64, name: &str) -> CallId {
    let arguments = json!({
        "device_id": device, "script": "Cleanup temporary files", "name": name,
        "run_at": house.clock_in(Duration::from_secs(600)),
    });
    match house.ask(who, "n_central-run-direct-task", arguments).await.unwrap() {
        Answer::Queued(queued) => queued.call_id,
        other => panic!("not queued: {other:?}"),
    }
}

#[tokio::test]
async fn a_technician_does_not_wait_behind_an_agents_queue() {
    let house = House::new().await;
    let auto = PolicyChange {
        policies: [("n_central-run-direct-task".to_owned(), Mode::Auto)].into(),
        ..PolicyChange::default()
    };
    house.gate.set_policies(&house.admin, "main", auto).await.unwrap();
    let devices = house.workstations(2).await;
    let mut calls = Vec::new();
    for number in 0..MANY {
        calls.push(tonight(&house, &house.agent, devices[0], &format!("mass {number}")).await);
    }
    calls.push(tonight(&house, &house.dana, devices[1], "by hand").await);
    house.clock.advance(Duration::from_secs(600));
    house.gate.nudge();
    for call in &calls {
        assert_eq!(house.over(call.as_str()).await.outcome, Some(Outcome::Done));
    }
    let made = house.tasks_made();
    assert_eq!(made.len(), MANY + 1);
    let place = made.iter().position(|task| task["name"].as_str().unwrap().contains("by hand")).unwrap();
    // Claimed first or second of all; beside it, as many run as run at once.
    assert!(place < MANY / 2, "it was asked for last, and ran as number {place}");
    house.shut().await;
}
