//! Every place on the way of a run, and every fate of its first request.

use super::lane::{Database, Lane};
use super::page;
use std::sync::Mutex;
use std::thread;

/// Places between two steps, in their order, and in words.
const PLACES: [(&str, &str); 13] = [
    ("planned", "the plan is made, and nothing is stored"),
    ("stored", "the call is held"),
    ("deciding", "the decision is checked, and not stored"),
    ("decided", "the decision is stored"),
    ("claimed", "the call is claimed"),
    ("checked", "its conditions have been checked again"),
    ("intent", "the first intent is committed, and its request is about to leave"),
    ("answered", "the first request has ended, which is not noted yet"),
    ("settled", "what came of it is noted"),
    ("intent:2", "the second intent is committed, and its request is about to leave"),
    ("answered:2", "the second request has ended, which is not noted yet"),
    ("settled:2", "what came of that is noted"),
    ("finished", "the call has its outcome"),
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
    let rows = Mutex::new(PLACES.map(|(_, words)| {
        let mut row = vec![words.to_owned()];
        row.extend(FATES.map(|_| String::new()));
        row
    }));
    let cells: Vec<(usize, usize)> =
        (0..PLACES.len()).flat_map(|place| (0..FATES.len()).map(move |fate| (place, fate))).collect();
    let ran = thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES)
            .map(|first| {
                let (cells, rows, database) = (&cells, &rows, &database);
                scope.spawn(move || {
                    let Some(lane) = database().map(Lane::new) else { return false };
                    for (place, fate) in cells.iter().skip(first).step_by(LANES) {
                        let came_of_it = die_at(&lane, PLACES[*place].0, FATES[*fate]);
                        rows.lock().unwrap()[*place][fate + 1] = came_of_it;
                    }
                    lane.close();
                    true
                })
            })
            .collect();
        lanes.into_iter().all(|lane| lane.join().unwrap())
    });
    if ran {
        page::check(&page::RUNS, &rows.into_inner().unwrap());
    }
}

/// Dies at a place, starts again, and judges what came of the run. Answers it in the page's words.
fn die_at(lane: &Lane, place: &str, fate: Option<(&str, &str)>) -> String {
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
    let outcome = lane.first_outcome(&next, &held);
    let forgotten = ["intent", "answered"].iter().any(|begun| place.starts_with(begun));
    let certain = fate.is_none() && !forgotten;
    assert_eq!(outcome, if certain { "done" } else { "unknown" }, "{case}: {call}");
    next.end();
    format!("{outcome}; {sent} sent, {applied} made")
}
