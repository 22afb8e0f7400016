//! From "nobody knows what came of it" to settled, on a terminal: the call is found, looked at, and a person says what
//! was found in N-central. Nothing is sent for it.

use crate::gate::{House, text};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A call whose request broke off before N-central did anything, and that no look-up can settle.
fn unknown(house: &House) -> String {
    let held = house.held();
    let faults = json!([
        { "operation": "createDirectScheduledTask", "fault": "reset" },
        { "operation": "listDeviceScheduledTasks", "fault": "status", "status": 503 },
    ]);
    assert_eq!(house.emulator.http("PUT", "/_emulator/faults", None, Some(faults)).0, 200);
    house.approver(&["approvals", "approve", text(&held, "approval_id")]).done();
    let begun = Instant::now();
    loop {
        let list = house.approver(&["calls", "list", "--only", "unknown"]).done();
        if let Some(call) = list["items"].as_array().unwrap().first() {
            assert_eq!((&call["id"], &call["state"]), (&held["call_id"], &json!("finished")), "{list}");
            return text(&held, "call_id").to_owned();
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "the run did not end");
    }
}

fn settle<'a>(id: &'a str, outcome: &'a str) -> [&'a str; 6] {
    ["calls", "settle", id, outcome, "--reason", "no such task, looked at 14:10"]
}

#[test]
fn a_person_finds_an_unknown_outcome_and_settles_it() {
    let house = House::new();
    let id = unknown(&house);
    let shown = house.approver(&["calls", "show", &id]).done();
    assert_eq!((&shown["outcome"], &shown["error"]["kind"]), (&json!("unknown"), &json!("outcome-unknown")));
    let settled = house.approver(&settle(&id, "failed")).done();
    assert_eq!((&settled["id"], &settled["outcome"]), (&json!(id), &json!("failed")), "{settled}");
    assert!(
        settled["targets"].as_array().unwrap().iter().all(|target| target["outcome"] == "failed"),
        "{settled}"
    );
    assert_eq!(house.approver(&["calls", "list", "--only", "unknown"]).done()["items"], json!([]));
    assert_eq!(house.approver(&["calls", "list", "--only", "failed"]).done()["items"][0]["id"], id);

    let admin = house.admin();
    let record = house.signed_in(&admin, &["audit", "list", "--call", &id]).done();
    let told: Vec<&Value> = record["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["event"] == "write.settled_by_person")
        .map(|entry| &entry["body"])
        .collect();
    assert_eq!(told.len(), 2, "one entry a request: {record}");
    for body in told {
        assert_eq!(
            (&body["reason"], &body["state"]),
            (&json!("no such task, looked at 14:10"), &json!("failed"))
        );
        assert_eq!(body["caller_name"], "kim", "{body}");
    }
    let again = house.approver(&settle(&id, "done"));
    assert_eq!((again.code, again.json()["kind"].as_str()), (1, Some("conflict")), "{again:?}");
    assert!(again.err.contains("known already: failed"), "{again:?}");
    assert!(house.emulator.journal().is_empty(), "settling sends nothing");
}

#[test]
fn who_may_not_settle_and_what_can_not_be_settled() {
    let house = House::new();
    let id = unknown(&house);
    let refused = |ended: crate::support::Ended, code: i32, kind: &str| {
        assert_eq!((ended.code, ended.json()["kind"].as_str()), (code, Some(kind)), "{ended:?}");
        ended.err
    };
    refused(house.agent(&settle(&id, "done")), 4, "not-a-person");
    let admin = house.admin();
    let add = ["user", "add", "vera", "--role", "viewer"];
    house.home.run_with(&add, &[("NCGATE_SESSION", &admin)], "another long password\n").done();
    let viewer = house.serve.sign_in("vera", "another long password");
    let said = refused(house.signed_in(&viewer, &settle(&id, "done")), 4, "forbidden");
    assert!(said.contains("approver"), "{said}");
    refused(house.approver(&settle("none", "done")), 1, "not-found");
    refused(house.home.run(&settle(&id, "done")), 1, "unauthenticated");

    let other =
        house.agent(&["call", "n_central-run-direct-task", "--devices", "ACME-FS01", "--script", "Cleanup"]);
    let waiting = other.json();
    let said = refused(house.approver(&settle(text(&waiting, "call_id"), "done")), 1, "conflict");
    assert!(said.contains("it is pending"), "{said}");

    for arguments in
        [&["calls", "settle", &id, "unknown", "--reason", "x"][..], &["calls", "settle", &id, "done"]]
    {
        assert_eq!(house.approver(arguments).code, 2, "{arguments:?}");
    }
    let wrong = house.approver(&["calls", "list", "--only", "lost"]);
    assert!(wrong.code == 2 && wrong.err.contains("pending") && wrong.err.contains("unknown"), "{wrong:?}");
    assert_eq!(house.approver(&["calls", "show", &id]).done()["outcome"], "unknown", "none of it changed it");
}

#[test]
fn a_key_looks_at_its_own_calls_only() {
    let house = House::new();
    let held = house.held();
    let admin = house.admin();
    let other = house.signed_in(&admin, &["key", "create", "--name", "other", "--kind", "workflow"]).done();
    let as_other =
        |arguments: &[&str]| house.home.run_with(arguments, &[("NCGATE_KEY", text(&other, "secret"))], "");
    let id = text(&held, "call_id");
    assert_eq!(house.agent(&["calls", "list", "--only", "pending"]).done()["items"][0]["id"], id);
    assert_eq!(house.agent(&["calls", "show", id]).done()["state"], "pending");
    assert_eq!(as_other(&["calls", "list"]).done()["items"], json!([]));
    assert_eq!(as_other(&["calls", "show", id]).json()["kind"], "not-found");
    house.agent(&["approvals", "withdraw", text(&held, "approval_id")]).done();
    let none = house.agent(&["calls", "list", "--only", "pending", "--limit", "3"]).done();
    assert_eq!(none, json!({ "items": [], "next": null }));
}
