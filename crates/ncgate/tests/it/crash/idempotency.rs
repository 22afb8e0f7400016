//! One `Idempotency-Key` over a `kill -9`: whoever heard no answer sends the same again, and it is the same call.

use super::lane::{Database, Lane};
use crate::support::{Reply, Service};
use serde_json::{Value, json};

const RUN: &str = "/api/v1/tools/n_central-run-direct-task";

/// A lane on each database that there is.
fn on_every_database() -> impl Iterator<Item = Lane> {
    [Some(Database::Sqlite), Database::postgres()].into_iter().flatten().map(Lane::new)
}

/// Asks for a run under a key. None if the gateway died over it.
fn ask(lane: &Lane, serve: &Service, key: &str, devices: &[i64]) -> Option<Reply> {
    let body = json!({"device_ids": devices, "item_id": 2014, "task_type": "Script"});
    serve.send("POST", RUN, Some(&lane.key), &[("idempotency-key", key)], Some(body))
}

/// Dies at a place before the caller has its answer; the same request afterwards makes one call of it, another none.
fn unanswered_at(lane: &Lane, place: &str) {
    let (devices, other) = (lane.devices(1), lane.devices(1));
    let doomed = lane.doomed(place);
    assert!(ask(lane, &doomed, place, devices).is_none(), "{place}");
    doomed.wait_for_crash();
    let next = lane.serve(&[]);
    let refused = ask(lane, &next, place, other).unwrap();
    assert_eq!((refused.status, &refused.body["kind"]), (409, &json!("idempotency-conflict")), "{refused:?}");
    let held = ask(lane, &next, place, devices).unwrap();
    assert_eq!(held.status, 202, "{place}: {held:?}");
    let again = ask(lane, &next, place, devices).unwrap();
    assert_eq!(again.header("ncgate-call-id"), held.header("ncgate-call-id"));
    let of_it = |entry: &&Value| entry["call"] == held.body["call_id"];
    assert_eq!(lane.entries(&next, "call.held").iter().filter(of_it).count(), 1, "{place}");
    let (_, waiting) = next.http("GET", "/api/v1/approvals?state=pending", Some(&lane.tess), None);
    assert_eq!(waiting["items"].as_array().unwrap().len(), 1, "{place}: {waiting}");
    let no = json!({"decision": "deny", "reason": "that is all"});
    lane.decide(&next, &held.body, no).unwrap();
    next.end();
}

#[test]
fn a_request_whose_answer_was_lost_is_the_same_call() {
    for lane in on_every_database() {
        unanswered_at(&lane, "stored");
        assert!(lane.tasks().is_empty());
        lane.close();
    }
}

#[test]
fn a_request_of_which_nothing_was_stored_may_be_sent_again_at_once() {
    let lane = Lane::new(Database::Sqlite);
    unanswered_at(&lane, "planned");
    lane.close();
}

#[test]
fn a_run_that_it_died_over_is_not_run_again() {
    for lane in on_every_database() {
        let devices = lane.devices(1);
        let doomed = lane.doomed("answered");
        let held = ask(&lane, &doomed, "ticket-7", devices).unwrap();
        assert_eq!(held.status, 202, "{held:?}");
        lane.approve(&doomed, &held.body);
        doomed.wait_for_crash();
        let next = lane.serve(&[]);
        let over = lane.over(&next, &held.body);
        for _ in 0..2 {
            let told = ask(&lane, &next, "ticket-7", devices).unwrap();
            assert_eq!(told.header("ncgate-call-id"), held.header("ncgate-call-id"), "{told:?}");
            assert_eq!((told.status, &told.body["call_id"]), (200, &over["id"]), "{told:?}");
        }
        assert_eq!(lane.tasks(), [(devices[0], 1)].into());
        next.end();
        lane.close();
    }
}
