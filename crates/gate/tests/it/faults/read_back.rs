//! Reading back what is unknown: a write of which the answer was lost, and trouble with the look-up that could settle
//! it. Whatever the look-up says but one thing, the call stays unknown; nothing is sent again.

use super::scene::Scene;
use crate::house::House;
use emulator::{Fault, FaultKind, When};
use gate::{Answer, CallView};
use model::Outcome;
use model::answer::Held;
use serde_json::json;
use std::time::Duration;

/// Longer than any of these stories, so that only the house's clock says when to look.
const DEADLINE: Duration = Duration::from_secs(60);

/// How long after that anybody may read back, and how long after that again.
const LATER: Duration = Duration::from_secs(310);

/// One line of the page.
pub(super) type Line = (&'static str, [String; 4]);

/// A write that can be read back.
struct Row {
    name: &'static str,
    tool: &'static str,
    write: &'static str,
    look_up: &'static str,
}

const ROWS: [Row; 3] = [
    Row {
        name: "run a task on a device",
        tool: "n_central-run-direct-task",
        write: "createDirectScheduledTask",
        look_up: "listDeviceScheduledTasks",
    },
    Row {
        name: "create a customer",
        tool: "n_central-create-customer",
        write: "createCustomer",
        look_up: "listServiceOrgCustomers",
    },
    Row {
        name: "update a property",
        tool: "n_central-update-device-custom-property",
        write: "setDeviceCustomProperty",
        look_up: "getDeviceCustomProperty",
    },
];

/// What becomes of the look-up.
struct Case {
    name: &'static str,
    fault: Option<(FaultKind, Option<u16>)>,
    /// How N-central sees it end.
    ends: &'static str,
}

/// How many lines say the same of different writes.
pub(super) const TOGETHER: usize = ROWS.len();

const CASES: [Case; 9] = [
    Case { name: "nothing", fault: None, ends: "200" },
    Case { name: "500", fault: Some((FaultKind::Status, Some(500))), ends: "500" },
    Case { name: "503", fault: Some((FaultKind::Status, Some(503))), ends: "503" },
    Case { name: "403", fault: Some((FaultKind::Status, Some(403))), ends: "403" },
    Case { name: "404", fault: Some((FaultKind::Status, Some(404))), ends: "404" },
    Case { name: "reset", fault: Some((FaultKind::Reset, None)), ends: "reset" },
    Case { name: "silence", fault: Some((FaultKind::Hang, None)), ends: "hang" },
    Case { name: "truncated JSON", fault: Some((FaultKind::Truncate, None)), ends: "200" },
    Case { name: "HTML with 200", fault: Some((FaultKind::Html, None)), ends: "200" },
];

/// Every case, one after the other in one house.
pub(super) async fn lines() -> Vec<Line> {
    let scene = Scene::new(DEADLINE).await;
    let device = scene.house.workstations(1).await[0];
    let mut lines = Vec::new();
    for case in &CASES {
        for row in &ROWS {
            lines.push((row.name, told(&scene, row, case, When::After, device).await));
        }
    }
    // That the effect is there is what a look-up can prove; that it is not there proves nothing yet.
    for row in &ROWS {
        lines.push((row.name, told(&scene, row, &CASES[0], When::Before, device).await));
    }
    scene.front.cut();
    scene.house.shut().await;
    lines
}

/// A custom property of text that the device has.
async fn property(house: &House, device: i64) -> i64 {
    let tool = "n_central-get-device-custom-properties";
    let table = house.ask(&house.admin, tool, json!({"device_id": device})).await.unwrap().body();
    let columns = table["columns"].as_array().unwrap();
    let at = |name: &str| columns.iter().position(|column| column == name).unwrap();
    let (id, kind) = (at("property_id"), at("property_type"));
    let text = table["rows"].as_array().unwrap().iter().find(|row| row[kind] == "TEXT");
    text.unwrap()[id].as_i64().unwrap()
}

/// What a write comes to: before anything is read back, after that failed, and once N-central answers again.
async fn told(scene: &Scene, row: &Row, case: &Case, when: When, device: i64) -> [String; 4] {
    let house = &scene.house;
    let name = format!("{} / {} / {when:?}", case.name, row.name);
    let arguments = match row.look_up {
        "listDeviceScheduledTasks" => {
            json!({"device_id": device, "script": "Cleanup temporary files", "name": name})
        }
        "listServiceOrgCustomers" => json!({"service_org_id": 50, "customer_name": name}),
        _ => json!({"device_id": device, "property_id": property(house, device).await, "value": name}),
    };
    let Ok(Answer::Held(held)) = house.ask(&house.agent, row.tool, arguments).await else { panic!("{name}") };
    scene.clear();
    let lost = Fault { when, times: Some(1), ..Fault::new(row.write, FaultKind::Reset) };
    house.emulator.set_faults(vec![lost]);
    house.approve(&house.dana, held.approval_id.as_str()).await.unwrap();
    let first = house.over(held.call_id.as_str()).await;
    assert_eq!(first.outcome, Some(Outcome::Unknown), "{name}: {first:?}");

    house.emulator.clear_requests();
    let faults = case.fault.map(|(kind, status)| Fault { status, ..Fault::new(row.look_up, kind) });
    house.emulator.set_faults(faults.into_iter().collect());
    look(scene, device).await;
    until(&name, || async { scene.sent(row.look_up).0.iter().any(|(end, _)| end == case.ends) }).await;
    let settles = case.fault.is_none() && when == When::After;
    if settles {
        until(&name, || async { outcome(scene, &held).await == Some(Outcome::Done) }).await;
    }
    let then = outcome(scene, &held).await;
    assert_eq!(then == Some(Outcome::Done), settles, "{name}");

    house.emulator.set_faults(vec![]);
    let finally = match when {
        When::After => {
            // Only now does one that was silent end.
            scene.front.cut();
            look(scene, device).await;
            until(&name, || async { outcome(scene, &held).await == Some(Outcome::Done) }).await;
            "done".to_owned()
        }
        When::Before => {
            let looked = Some("it is not there".to_owned());
            let settled =
                house.gate.settle(&house.dana, held.call_id.as_str(), Outcome::Failed, looked).await;
            format!("{}, when a person says so", settled.unwrap().outcome.unwrap().as_str())
        }
    };
    let journal = house.emulator.journal();
    let applied = journal.iter().filter(|entry| entry.operation == row.write).count();
    assert_eq!(applied, usize::from(when == When::After), "{name}");
    let lookup = match when {
        When::After => case.name,
        When::Before => "it is not there",
    };
    [lookup.to_owned(), then.unwrap().as_str().to_owned(), finally, format!("once, applied {applied} of 1")]
}

async fn outcome(scene: &Scene, held: &Held) -> Option<Outcome> {
    let call: CallView = scene.house.gate.call(&scene.house.admin, held.call_id.as_str()).await.unwrap();
    call.outcome
}

/// Lets the time come for another look, and wakes the gate with a question of somebody else.
async fn look(scene: &Scene, device: i64) {
    let house = &scene.house;
    house.clock.advance(LATER);
    let note = format!("Looked at {}", house.clock_in(Duration::ZERO));
    let path = format!("/api/devices/{device}/notes");
    let arguments = json!({"path": path, "body": {"userId": 1, "note": note}});
    house.ask(&house.agent, "n_central-api-post", arguments).await.unwrap();
}

async fn until<F: Future<Output = bool>>(case: &str, mut comes_true: impl FnMut() -> F) {
    let waiting = async {
        while !comes_true().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), waiting).await.unwrap_or_else(|_| panic!("{case}"));
}
