//! The writes of the matrix: each is held, then the trouble begins, then a technician approves it.

use super::scene::{Cell, Scene, timed};
use super::trouble::{How, Struck, Trouble};
use crate::house::{House, PASSWORD, decision};
use emulator::JournalEntry;
use futures::future::join_all;
use gate::{Answer, CallView, Decision, Verdict};
use model::answer::Held;
use model::{Changed, Outcome};
use serde_json::{Value, json};
use std::time::Duration;

/// One write.
#[derive(Clone, Copy)]
struct Row {
    name: &'static str,
    tool: &'static str,
    operation: &'static str,
    /// How the first line of its request begins, and what else is in it.
    line: (&'static str, &'static str),
    /// How many requests it is.
    writes: u64,
    arguments: fn(&Fleet) -> Value,
}

/// Devices of the emulated fleet, no two rows the same.
struct Fleet {
    workstations: Vec<i64>,
    /// One that is deleted.
    old: i64,
    property: i64,
}

const ROWS: [Row; 8] = [
    Row {
        name: "run a task on a device",
        tool: "n_central-run-direct-task",
        operation: "createDirectScheduledTask",
        line: ("POST /api/scheduled-tasks", "/direct"),
        writes: 1,
        arguments: |fleet| json!({"device_id": fleet.workstations[0], "script": "Cleanup temporary files"}),
    },
    Row {
        name: "create a customer",
        tool: "n_central-create-customer",
        operation: "createCustomer",
        line: ("POST /api/service-orgs", "/customers"),
        writes: 1,
        arguments: |_| json!({"service_org_id": 50, "customer_name": "Umbrella"}),
    },
    Row {
        name: "update a property",
        tool: "n_central-update-device-custom-property",
        operation: "setDeviceCustomProperty",
        line: ("PUT /api/devices", "/custom-properties/"),
        writes: 1,
        arguments: |fleet| json!({"device_id": fleet.workstations[4], "property_id": fleet.property, "value": "R1-U2"}),
    },
    Row {
        name: "raw POST",
        tool: "n_central-api-post",
        operation: "addDeviceNote",
        line: ("POST /api/devices", "/notes"),
        writes: 1,
        arguments: |fleet| {
            let path = format!("/api/devices/{}/notes", fleet.workstations[5]);
            json!({"path": path, "body": {"userId": 1, "note": "UPS battery replaced."}})
        },
    },
    Row {
        name: "raw PUT",
        tool: "n_central-api-put",
        operation: "replaceDeviceLifecycleInfo",
        line: ("PUT /api/devices", "/lifecycle-info"),
        writes: 1,
        arguments: |fleet| {
            let path = format!("/api/devices/{}/assets/lifecycle-info", fleet.workstations[6]);
            let body = json!({
                "warrantyExpiryDate": "2027-01-31", "leaseExpiryDate": "", "expectedReplacementDate": "",
                "purchaseDate": "2024-01-31", "cost": 900, "location": "Cellar", "assetTag": "A-17", "description": "",
            });
            json!({"path": path, "body": body})
        },
    },
    Row {
        name: "raw PATCH",
        tool: "n_central-api-patch",
        operation: "updateDeviceLifecycleInfo",
        line: ("PATCH /api/devices", "/lifecycle-info"),
        writes: 1,
        arguments: |fleet| {
            let path = format!("/api/devices/{}/assets/lifecycle-info", fleet.workstations[7]);
            json!({"path": path, "body": {"location": "Attic"}})
        },
    },
    Row {
        name: "raw DELETE",
        tool: "n_central-api-delete",
        operation: "deleteDevice",
        line: ("DELETE /api/devices", ""),
        writes: 1,
        arguments: |fleet| json!({"path": format!("/api/devices/{}", fleet.old)}),
    },
    Row {
        name: "run a task on three devices",
        tool: "n_central-run-direct-task",
        operation: "createDirectScheduledTask",
        line: ("POST /api/scheduled-tasks", "/direct"),
        writes: 3,
        arguments: |fleet| json!({"device_ids": fleet.workstations[1..4], "script": "Cleanup temporary files"}),
    },
];

/// A run that has begun when the trouble does.
const IN_THE_MIDDLE: Row = Row {
    name: "run a task on three devices, from the second on",
    arguments: |fleet| {
        let devices = &fleet.workstations[1..4];
        json!({"device_ids": devices, "script": "Cleanup temporary files", "name": "Cleanup once more"})
    },
    ..ROWS[7]
};

/// What every write comes to under one trouble, by the write's name.
pub(super) async fn under(trouble: &Trouble) -> Vec<(&'static str, Cell)> {
    let mut scene = Scene::new(trouble.deadline()).await;
    let fleet = Fleet::of(&scene.house).await;
    let mut held = Vec::new();
    for row in &ROWS {
        held.push((row, hold(&scene.house, row, &fleet).await));
    }
    let interrupted = hold(&scene.house, &IN_THE_MIDDLE, &fleet).await;
    // The last one uses the operation of the first.
    let together = held.split_off(ROWS.len() - 1);
    let (mut cells, mut in_the_middle) = (Vec::new(), None);
    // First, because a JWT that is revoked stays so.
    if let Some(happens) = trouble.later(&scene.house.emulator, IN_THE_MIDDLE.operation) {
        scene.clear();
        scene.front.interrupt(happens);
        let (call, took) = timed(run(&scene.house, &interrupted)).await;
        in_the_middle = Some((IN_THE_MIDDLE.name, judged(trouble, &scene, &IN_THE_MIDDLE, &call, took)));
        trouble.end(&scene.house.emulator, &mut scene.front).await;
    }
    for rows in [held, together] {
        scene.clear();
        let struck = |row: &Row| Struck { operation: row.operation, path: None };
        // Where connections are refused, what is looked up before each write needs the one that is open.
        let at_once = trouble.waits() && !matches!(trouble.how, How::Refused);
        let mut calls = Vec::new();
        if at_once {
            let at: Vec<Struck> = rows.iter().map(|(row, _)| struck(row)).collect();
            trouble.strike(&scene.house.emulator, &mut scene.front, false, at).await;
            calls.extend(join_all(rows.iter().map(|(_, held)| timed(run(&scene.house, held)))).await);
        } else {
            for (row, held) in &rows {
                trouble.strike(&scene.house.emulator, &mut scene.front, false, [struck(row)]).await;
                calls.push(timed(run(&scene.house, held)).await);
            }
        }
        for ((row, _), (call, took)) in rows.iter().zip(calls) {
            cells.push((row.name, judged(trouble, &scene, row, &call, took)));
        }
        trouble.end(&scene.house.emulator, &mut scene.front).await;
    }
    scene.house.shut().await;
    cells.extend(in_the_middle);
    cells
}

fn judged(trouble: &Trouble, scene: &Scene, row: &Row, call: &CallView, took: Duration) -> Cell {
    let case = format!("{} / {}", trouble.name, row.name);
    // Before the writes their targets are read again.
    let longest = trouble.deadline() * u32::try_from(row.writes + 1).unwrap();
    cell(scene, row, call, &case).ended(took, longest, &case)
}

impl Fleet {
    async fn of(house: &House) -> Fleet {
        let workstations = house.workstations(8).await;
        let old = house.devices("Acme", "Workstation").await[0].0;
        let arguments = json!({"device_id": workstations[4]});
        let properties = house.ask(&house.admin, "n_central-get-device-custom-properties", arguments).await;
        let properties = properties.unwrap().body();
        let column = |name: &str| {
            let columns = properties["columns"].as_array().unwrap();
            columns.iter().position(|column| column == name).unwrap()
        };
        let (id, kind) = (column("property_id"), column("property_type"));
        let rows = properties["rows"].as_array().unwrap();
        let text = rows.iter().find(|row| row[kind] == "TEXT").unwrap();
        Fleet { workstations, old, property: text[id].as_i64().unwrap() }
    }
}

async fn hold(house: &House, row: &Row, fleet: &Fleet) -> Held {
    match house.ask(&house.agent, row.tool, (row.arguments)(fleet)).await {
        Ok(Answer::Held(held)) => held,
        other => panic!("{} is not held: {other:?}", row.name),
    }
}

async fn run(house: &House, held: &Held) -> CallView {
    let id = held.approval_id.as_str();
    let asked = house.gate.approval(&house.dana, id).await.unwrap();
    let yes = Decision {
        password: asked.confirm_required.as_ref().map(|_| PASSWORD.to_owned().into()),
        confirm: asked.confirm_required,
        ..decision(Verdict::Approve)
    };
    house.gate.decide(&house.dana, id, yes).await.unwrap();
    house.over(held.call_id.as_str()).await
}

/// What the page says of a call, once it is known to keep every promise.
fn cell(scene: &Scene, row: &Row, call: &CallView, case: &str) -> Cell {
    let mut sent = scene.sent(row.operation);
    let swallowed = scene.front.swallowed(row.line.0, row.line.1);
    if swallowed > 0 {
        sent.0.push(("silence".into(), swallowed));
    }
    let journal = scene.house.emulator.journal();
    let applied: Vec<&JournalEntry> =
        journal.iter().filter(|entry| entry.operation == row.operation).collect();
    let times = applied.len() as u64;
    assert!(sent.that_may_count() <= row.writes, "{case}: sent again: {}", sent.said());
    for entry in &applied {
        let same = applied.iter().filter(|other| (&other.path, &other.body) == (&entry.path, &entry.body));
        assert_eq!(same.count(), 1, "{case}: applied twice: {entry:?}");
    }
    match call.outcome {
        Some(Outcome::Done) => assert_eq!(times, row.writes, "{case}: done, and not applied: {call:?}"),
        Some(Outcome::Failed) if row.writes == 1 => {
            assert_eq!(times, 0, "{case}: failed, and applied: {call:?}");
        }
        None => assert_eq!(times, 0, "{case}: refused, and applied: {call:?}"),
        Some(Outcome::Failed | Outcome::Unknown) => {}
    }
    if row.writes > 1 {
        for target in &call.targets {
            let reached = applied.iter().any(|entry| entry.body["deviceId"] == json!(target.id));
            match target.outcome {
                Some(Outcome::Done) => assert!(reached, "{case}: {target:?}"),
                Some(Outcome::Failed) | None => assert!(!reached, "{case}: {target:?}"),
                Some(Outcome::Unknown) => {}
            }
        }
    }
    let came_of_it = match call.outcome {
        Some(outcome) => format!("{}, applied {times} of {}", outcome.as_str(), row.writes),
        None => format!("{}, applied {times} of {}", call.state.as_str(), row.writes),
    };
    let sent = sent.said();
    let Some(problem) = &call.error else {
        assert_eq!(call.outcome, Some(Outcome::Done), "{case}: nothing is said of it: {call:?}");
        return Cell::good("its receipt", sent, came_of_it);
    };
    assert_ne!(call.outcome, Some(Outcome::Done), "{case}: {problem:?}");
    match problem.changed {
        Changed::No => assert_eq!(times, 0, "{case}: it did change something: {problem:?}"),
        Changed::Yes => assert!(times > 0, "{case}: it changed nothing: {problem:?}"),
        Changed::Unknown => {}
    }
    assert!(!problem.retryable || problem.changed == Changed::No, "{case}: {problem:?}");
    assert!(!problem.hint.is_empty(), "{case}: {problem:?}");
    Cell::bad(problem, sent, came_of_it)
}
