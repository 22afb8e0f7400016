//! Dying over what is hardest to take up: a request on its way, the taking up itself, and the read-back.

use super::lane::{Lane, on_every_database, within};
use super::page;
use serde_json::Value;
use std::time::Duration;

#[test]
fn killed_while_a_request_is_on_its_way_its_outcome_is_unknown_and_never_guessed() {
    on_every_database(|lane| {
        let rows = [("before", 1, "has not applied it"), ("after", 2, "has applied it")].map(
            |(when, applied, words)| {
                let devices = lane.devices(2);
                lane.spoil_next(Some(("hang", when)));
                let doomed = lane.serve(&[("NCGATE_UPSTREAM_DEADLINE", "60s")]);
                let held = lane.ask(&doomed, devices).unwrap();
                lane.approve(&doomed, &held).unwrap();
                within(Duration::from_secs(60), || lane.posts().contains_key("hang").then_some(()));
                doomed.tell(rustix::process::Signal::KILL);
                doomed.wait_for_crash();
                let next = lane.serve(&[]);
                vec![words.to_owned(), judged(&lane, &next, &held, applied, when)]
            },
        );
        page::check(&page::IN_FLIGHT, &rows);
        lane.close();
    });
}

#[test]
fn it_may_die_again_while_it_takes_up_what_it_died_over() {
    on_every_database(|lane| {
        let places = [
            ("taken-up", "it has claimed the call again"),
            ("orphans-settled", "the intent without an answer is noted as unknown"),
        ];
        let rows = places.map(|(place, words)| {
            let devices = lane.devices(2);
            lane.spoil_next(None);
            let doomed = lane.doomed("answered");
            let held = lane.ask(&doomed, devices).unwrap();
            lane.approve(&doomed, &held);
            doomed.wait_for_crash();
            lane.die_taking_up(place);
            let next = lane.serve(&[]);
            vec![words.to_owned(), judged(&lane, &next, &held, 2, place)]
        });
        page::check(&page::RECOVERY, &rows);
        lane.close();
    });
}

#[test]
fn a_read_back_that_was_cut_short_is_made_good() {
    on_every_database(|lane| {
        let places = [
            ("read-back", "N-central has been asked, and the answer is not stored"),
            ("read-back-stored", "it is stored for the task, and not yet for the call"),
        ];
        let rows = places.map(|(place, words)| {
            let devices = lane.devices(1);
            lane.spoil_next(Some(("reset", "after")));
            let doomed = lane.doomed(place);
            let held = lane.ask(&doomed, devices).unwrap();
            lane.approve(&doomed, &held);
            doomed.wait_for_crash();
            let next = lane.serve(&[]);
            let call = within(Duration::from_secs(120), || {
                Some(lane.call(&next, &held)).filter(|call| call["outcome"] == "done")
            });
            assert_eq!(lane.judge(&call, place), 1);
            let first = lane.first_outcome(&next, &held);
            let sent: u64 = lane.posts().values().sum();
            assert_eq!((first.as_str(), sent), ("unknown", 1), "{place}: {call}");
            next.end();
            vec![words.to_owned(), format!("{first}, then done; {sent} sent, 1 made")]
        });
        page::check(&page::READ_BACK, &rows);
        lane.close();
    });
}

/// What the page says of a run on two devices that ended unknown.
fn judged(lane: &Lane, next: &crate::support::Service, held: &Value, applied: usize, case: &str) -> String {
    let call = lane.over(next, held);
    let (outcome, made) = (lane.first_outcome(next, held), lane.judge(&call, case));
    let sent: u64 = lane.posts().values().sum();
    assert_eq!((outcome.as_str(), made, sent), ("unknown", applied, 2), "{case}: {call}");
    format!("{outcome}; {sent} sent, {made} made")
}
