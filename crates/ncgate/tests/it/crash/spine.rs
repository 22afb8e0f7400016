//! Every place on the way of a run, and every fate of its first request.

use super::lane::{Database, Lane, within};
use serde_json::Value;
use std::thread;
use std::time::Duration;

/// Places between two steps, in their order.
const PLACES: [&str; 13] = [
    "planned",
    "stored",
    "deciding",
    "decided",
    "claimed",
    "checked",
    "intent",
    "answered",
    "settled",
    "intent:2",
    "answered:2",
    "settled:2",
    "finished",
];

/// What becomes of the first request that leaves: answered, lost on the way, or applied with its answer lost.
const FATES: [Option<(&str, &str)>; 3] = [None, Some(("reset", "before")), Some(("reset", "after"))];

/// How many gateways die at once.
const LANES: usize = 3;

#[test]
fn wherever_it_dies_nothing_is_sent_twice_and_nothing_is_lost() {
    every_place(|| Some(Database::Sqlite));
}

#[test]
fn wherever_it_dies_nothing_is_sent_twice_and_nothing_is_lost_on_postgresql() {
    every_place(Database::postgres);
}

fn every_place(database: impl Fn() -> Option<Database> + Sync) {
    let cells: Vec<(&str, Option<(&str, &str)>)> =
        PLACES.iter().flat_map(|place| FATES.iter().map(move |fate| (*place, *fate))).collect();
    thread::scope(|scope| {
        for first in 0..LANES {
            let (cells, database) = (&cells, &database);
            scope.spawn(move || {
                let Some(lane) = database().map(Lane::new) else { return };
                for (place, fate) in cells.iter().skip(first).step_by(LANES) {
                    die_at(&lane, place, *fate);
                }
                lane.close();
            });
        }
    });
}

/// Dies at a place, starts again, and judges what came of the run.
fn die_at(lane: &Lane, place: &str, fate: Option<(&str, &str)>) {
    let case = format!("{place}, {fate:?}");
    let devices = lane.devices(2);
    lane.spoil_next(fate);
    let doomed = lane.doomed(place);
    let asked = lane.ask(&doomed, devices);
    if let Some(held) = &asked {
        lane.approve(&doomed, held);
    }
    doomed.wait_for_crash();

    let next = lane.serve(&[]);
    let held = asked.unwrap_or_else(|| lane.ask(&next, devices).expect("it is held"));
    // What was decided already is a conflict.
    lane.approve(&next, &held);
    let call = lane.over(&next, &held);
    let applied = lane.judge(&call, &case);
    let sent: u64 = lane.posts().values().sum();
    // An intent without its request is the one thing that must not be made good for.
    let never_sent = u64::from(place.starts_with("intent"));
    assert_eq!(sent, 2 - never_sent, "{case}: {call}");
    let lost = usize::from(fate == Some(("reset", "before")));
    assert_eq!(applied as u64, sent - lost as u64, "{case}: {call}");
    let forgotten = ["intent", "answered"].iter().any(|begun| place.starts_with(begun));
    let certain = fate.is_none() && !forgotten;
    assert!(!certain || call["outcome"] == "done", "{case}: {call}");
    assert!(certain || call["outcome"] != "failed", "{case}: {call}");
    next.end();
}

#[test]
fn killed_while_a_request_is_on_its_way_its_outcome_is_unknown_and_never_guessed() {
    for (when, applied) in [("before", 1), ("after", 2)] {
        let lane = Lane::new(Database::Sqlite);
        let devices = lane.devices(2);
        lane.spoil_next(Some(("hang", when)));
        let doomed = lane.serve(&[]);
        let held = lane.ask(&doomed, devices).unwrap();
        lane.approve(&doomed, &held).unwrap();
        within(Duration::from_secs(20), || lane.posts().contains_key("hang").then_some(()));
        drop(doomed);
        let next = lane.serve(&[]);
        let call = lane.over(&next, &held);
        assert_eq!(call["outcome"], "unknown", "{call}");
        assert_eq!(lane.judge(&call, when), applied);
        next.end();
        lane.close();
    }
}

#[test]
fn it_may_die_again_while_it_takes_up_what_it_died_over() {
    let lane = Lane::new(Database::Sqlite);
    for place in ["taken-up", "orphans-settled"] {
        let devices = lane.devices(2);
        let doomed = lane.doomed("answered");
        let held = lane.ask(&doomed, devices).unwrap();
        lane.approve(&doomed, &held);
        doomed.wait_for_crash();
        lane.die_taking_up(place);
        let next = lane.serve(&[]);
        let call = lane.over(&next, &held);
        assert_eq!((lane.judge(&call, place), &call["outcome"]), (2, &Value::from("unknown")), "{call}");
        next.end();
    }
    lane.close();
}

#[test]
fn a_read_back_that_was_cut_short_is_made_good() {
    let lane = Lane::new(Database::Sqlite);
    for place in ["read-back", "read-back-stored"] {
        let devices = lane.devices(1);
        lane.spoil_next(Some(("reset", "after")));
        let doomed = lane.doomed(place);
        let held = lane.ask(&doomed, devices).unwrap();
        lane.approve(&doomed, &held);
        doomed.wait_for_crash();
        let next = lane.serve(&[]);
        let call = within(Duration::from_secs(30), || {
            Some(lane.call(&next, &held)).filter(|call| call["outcome"] == "done")
        });
        assert_eq!(lane.judge(&call, place), 1);
        next.end();
    }
    lane.close();
}
