//! Calls and their writes: what may follow what, and who wins a race.

use crate::support::{at, call, on_every_backend, sealed, write};
use model::{CallId, CallState, CallerId, Changed, Kind, Outcome, Problem};
use serde_json::json;
use store::calls::CallRow;
use store::writes::{Settlement, WriteState};
use store::{Error, Store, Tx, calls, writes};

fn id(text: &str) -> CallId {
    CallId::new(text)
}

fn settled(state: WriteState) -> Settlement {
    Settlement { state, receipt: Some(sealed(4)), task_id: Some(json!(9001)), error: None }
}

/// A call that executes under the fencing number 1, with two writes of which nothing is sent.
fn begin(tx: &mut Tx<'_>, name: &str) -> Result<CallRow, Error> {
    calls::insert(tx, &call(name, CallState::Queued))?;
    writes::insert_all(tx, &id(name), &[Some(0), Some(1)])?;
    let claimed = calls::claim(tx, &id(name), at(0), at(100))?.expect("nobody else holds it");
    assert!(calls::set_state(tx, &id(name), &[CallState::Queued], CallState::Executing)?);
    Ok(claimed)
}

#[tokio::test]
async fn a_call_is_read_back_as_it_was_written() {
    on_every_backend(async |store| {
        let row = CallRow {
            result: Some(sealed(3)),
            error: Some(Problem::new(Kind::Denied, "no").detail("by", "Ana")),
            told: true,
            fence: 4,
            lease_until: Some(at(77)),
            ..call("c1", CallState::Pending)
        };
        let written = row.clone();
        let read = write(&store, move |tx| {
            calls::insert(tx, &written)?;
            assert!(matches!(calls::insert(tx, &written), Err(Error::Unique { table: "calls" })));
            calls::get(tx, &id("c1"))
        })
        .await;
        assert_eq!(read, Some(row));
    })
    .await;
}

#[tokio::test]
async fn asking_again_finds_the_open_call_then_the_untold_one_then_none() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            let print = call("c1", CallState::Queued).fingerprint;
            begin(tx, "c1")?;
            assert_eq!(calls::find_open(tx, &print)?.unwrap().call.id, id("c1"));
            assert_eq!(calls::find_untold(tx, &print)?, None);
            assert!(!calls::mark_told(tx, &id("c1"))?, "there is nothing to tell yet");

            assert!(calls::finish(tx, &id("c1"), Some(1), Outcome::Unknown, None, None, at(5))?);
            assert!(calls::mark_told(tx, &id("c1"))?);
            assert!(calls::find_open(tx, &print)?.is_some(), "unknown is still open");

            assert!(calls::finish(tx, &id("c1"), None, Outcome::Done, Some(&sealed(1)), None, at(9))?);
            assert_eq!(calls::find_open(tx, &print)?, None);
            let untold = calls::find_untold(tx, &print)?.expect("the settled outcome is yet to be told");
            assert_eq!((untold.call.outcome, untold.result), (Some(Outcome::Done), Some(sealed(1))));
            assert!(calls::mark_told(tx, &id("c1"))?);
            assert!(!calls::mark_told(tx, &id("c1"))?);
            assert_eq!(calls::find_untold(tx, &print)?, None);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn the_oldest_queued_call_whose_time_has_come_is_claimed_first() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            let mut tonight = call("tonight", CallState::Queued);
            tonight.call.run_at = Some(at(500));
            let mut newer = call("newer", CallState::Queued);
            newer.call.created_at = at(2);
            let mut older = call("older", CallState::Queued);
            older.call.created_at = at(1);
            for row in [&tonight, &newer, &older, &call("held", CallState::Pending)] {
                calls::insert(tx, row)?;
            }
            assert_eq!(calls::next_run_at(tx, at(10))?, Some(at(500)));

            let first = calls::claim_next(tx, at(10), at(100))?.unwrap();
            assert_eq!((first.call.id.as_str(), first.fence, first.lease_until), ("older", 1, Some(at(100))));
            assert_eq!(first.call.state, CallState::Queued);
            assert_eq!(calls::claim_next(tx, at(10), at(100))?.unwrap().call.id, id("newer"));
            assert_eq!(calls::claim_next(tx, at(10), at(100))?, None, "its time has not come");
            assert!(calls::renew_lease(tx, &id("older"), 1, at(900))?);
            assert!(calls::renew_lease(tx, &id("newer"), 1, at(540))?);
            assert_eq!(calls::claim_next(tx, at(500), at(600))?.unwrap().call.id, id("tonight"));
            assert_eq!(calls::next_run_at(tx, at(500))?, None, "whose time has come does not wait for it");

            // The lease of `newer` has ended: its worker is taken for dead.
            let again = calls::claim_next(tx, at(550), at(600))?.unwrap();
            assert_eq!((again.call.id, again.fence), (id("newer"), 2));
            assert!(!calls::renew_lease(tx, &id("newer"), 1, at(900))?, "fenced off");

            assert_eq!(calls::claim(tx, &id("older"), at(550), at(950))?, None, "somebody holds it");
            assert_eq!(calls::release_all(tx)?, 3);
            assert_eq!(calls::claim(tx, &id("older"), at(550), at(950))?.unwrap().fence, 2);
            assert!(calls::abandoned(tx, at(2_000))?.is_empty(), "none executes yet");
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn callers_take_turns_whoever_has_asked_for_more_or_earlier() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            let queue = |tx: &mut Tx<'_>, name: &str, caller: &str, created: i64| {
                let mut row = call(name, CallState::Queued);
                row.call.caller_id = CallerId::new(caller);
                row.call.created_at = at(created);
                calls::insert(tx, &row)
            };
            for number in 0..5 {
                queue(tx, &format!("m{number}"), "mass", number)?;
            }
            queue(tx, "d0", "dana", 10)?;
            queue(tx, "d1", "dana", 11)?;
            queue(tx, "z0", "zoe", 12)?;
            // While nothing ends, whoever has the least in hand comes next.
            let claim = |tx: &mut Tx<'_>, now: i64| -> Result<CallRow, Error> {
                Ok(calls::claim_next(tx, at(now), at(1_000))?.expect("some are left"))
            };
            let mut order = Vec::new();
            for _ in 0..5 {
                order.push(claim(tx, 20)?.call.id.to_string());
            }
            assert_eq!(order, ["d0", "m0", "z0", "d1", "m1"]);
            // Where calls end at once, so that nobody has any in hand, they still take turns.
            for name in ["d0", "m0", "z0", "d1", "m1"] {
                calls::refuse(tx, &id(name), &Problem::new(Kind::Stopped, "stopped"), at(20))?;
            }
            queue(tx, "d2", "dana", 30)?;
            queue(tx, "d3", "dana", 31)?;
            let mut order = Vec::new();
            for _ in 0..5 {
                let row = claim(tx, 40)?;
                calls::refuse(tx, &row.call.id, &Problem::new(Kind::Stopped, "stopped"), at(40))?;
                order.push(row.call.id.to_string());
            }
            assert_eq!(order, ["d2", "m2", "d3", "m3", "m4"]);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_its_time_holds_up_nobody_and_comes_in_the_order_of_times() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            let queue = |tx: &mut Tx<'_>, name: &str, caller: &str, created: i64, run_at: Option<i64>| {
                let mut row = call(name, CallState::Queued);
                row.call.caller_id = CallerId::new(caller);
                (row.call.created_at, row.call.run_at) = (at(created), run_at.map(at));
                calls::insert(tx, &row)
            };
            for number in 0..50 {
                queue(tx, &format!("later {number}"), "dana", number, Some(1_000_000))?;
            }
            queue(tx, "nine", "zoe", 60, Some(900))?;
            queue(tx, "eight", "zoe", 61, Some(800))?;
            queue(tx, "now", "zoe", 62, None)?;
            queue(tx, "soon", "zoe", 63, Some(500))?;
            let claim = |tx: &mut Tx<'_>, now: i64| -> Result<Option<String>, Error> {
                Ok(calls::claim_next(tx, at(now), at(10_000))?.map(|row| row.call.id.to_string()))
            };
            // Dana has the fewest in hand, and nothing that may run.
            assert_eq!(claim(tx, 100)?.as_deref(), Some("now"));
            assert_eq!(claim(tx, 100)?, None);
            assert!(!calls::is_any_waiting(tx, at(100))?);
            assert_eq!(calls::next_run_at(tx, at(100))?, Some(at(500)));
            assert_eq!(claim(tx, 900)?.as_deref(), Some("soon"));
            assert_eq!(claim(tx, 900)?.as_deref(), Some("eight"));
            // What waits for no time does not wait for what had its time either.
            queue(tx, "at once", "zoe", 70, None)?;
            assert_eq!(claim(tx, 900)?.as_deref(), Some("at once"));
            assert_eq!(claim(tx, 900)?.as_deref(), Some("nine"));
            assert_eq!(claim(tx, 900)?, None);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn who_lost_a_claim_neither_holds_the_call_nor_gives_it_back() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            calls::insert(tx, &call("c1", CallState::Queued))?;
            let claim = |tx: &mut _, now, until| calls::claim(tx, &id("c1"), at(now), at(until));
            let (first, second) = (claim(tx, 0, 10)?.unwrap().fence, claim(tx, 10, 20)?.unwrap().fence);
            assert!(!calls::is_held(tx, &id("c1"), first)?);
            assert!(calls::is_held(tx, &id("c1"), second)?);
            calls::release(tx, &id("c1"), first)?;
            assert!(claim(tx, 11, 30)?.is_none(), "it is still the second one's");
            calls::release(tx, &id("c1"), second)?;
            assert!(claim(tx, 11, 30)?.is_some());
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn an_intent_needs_an_executing_call_its_fence_and_a_write_never_begun() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            calls::insert(tx, &call("waiting", CallState::Queued))?;
            writes::insert_all(tx, &id("waiting"), &[None])?;
            assert!(!writes::commit_intent(tx, &id("waiting"), 0, 0, "a", at(1))?, "not executing");

            begin(tx, "c1")?;
            assert!(!writes::commit_intent(tx, &id("c1"), 0, 0, "a", at(1))?, "an older fence");
            assert!(writes::commit_intent(tx, &id("c1"), 0, 1, "a", at(1))?);
            assert!(!writes::commit_intent(tx, &id("c1"), 0, 1, "b", at(2))?, "begun before");
            assert!(!writes::commit_intent(tx, &id("c1"), 2, 1, "b", at(2))?, "no such write");

            let rows = writes::list(tx, &id("c1"))?;
            assert_eq!(rows.iter().map(|row| row.target).collect::<Vec<_>>(), [Some(0), Some(1)]);
            assert_eq!((rows[0].state, rows[0].attempt_id.as_deref()), (WriteState::Intent, Some("a")));
            assert_eq!((rows[0].intent_at, rows[0].state.changed()), (Some(at(1)), Changed::Unknown));
            assert_eq!(rows[1].state, WriteState::Planned);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_late_result_changes_nothing() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            begin(tx, "c1")?;
            writes::commit_intent(tx, &id("c1"), 0, 1, "a", at(1))?;
            let unknown = Settlement { receipt: None, task_id: None, ..settled(WriteState::Unknown) };
            assert!(writes::settle(tx, &id("c1"), 0, WriteState::Intent, &unknown, at(2))?);
            let done = settled(WriteState::Done);
            assert!(!writes::settle(tx, &id("c1"), 0, WriteState::Intent, &done, at(3))?, "late");
            assert!(writes::settle(tx, &id("c1"), 0, WriteState::Unknown, &done, at(4))?, "a read-back");
            assert_eq!(writes::give_up_planned(tx, &id("c1"), "not sent", at(5))?, 1);

            let rows = writes::list(tx, &id("c1"))?;
            assert_eq!((rows[0].state, rows[0].task_id.as_ref()), (WriteState::Done, Some(&json!(9001))));
            assert_eq!((rows[0].receipt.as_ref(), rows[0].settled_at), (Some(&sealed(4)), Some(at(4))));
            assert_eq!((rows[1].state, rows[1].error.as_deref()), (WriteState::Failed, Some("not sent")));
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_call_of_which_something_may_have_left_can_not_be_refused() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            let stopped = Problem::new(Kind::Stopped, "stopped");
            begin(tx, "c1")?;
            assert!(calls::refuse(tx, &id("c1"), &stopped, at(3))?);
            let row = calls::get(tx, &id("c1"))?.unwrap();
            assert_eq!((row.call.state, row.error.as_ref()), (CallState::Refused, Some(&stopped)));
            assert_eq!((row.secrets, row.call.finished_at), (None, Some(at(3))));
            assert!(!calls::refuse(tx, &id("c1"), &stopped, at(4))?, "over");

            begin(tx, "c2")?;
            writes::commit_intent(tx, &id("c2"), 0, 1, "a", at(1))?;
            assert!(!calls::refuse(tx, &id("c2"), &stopped, at(4))?);
            assert!(!calls::finish(tx, &id("c2"), Some(0), Outcome::Done, None, None, at(5))?, "fenced off");
            assert!(calls::finish(tx, &id("c2"), Some(1), Outcome::Done, None, None, at(5))?);
            assert!(!calls::finish(tx, &id("c2"), Some(1), Outcome::Failed, None, None, at(6))?, "over");
            let row = calls::get(tx, &id("c2"))?.unwrap();
            assert_eq!((row.secrets, row.lease_until), (None, None));
            Ok(())
        })
        .await;
    })
    .await;
}

/// Runs the same step from many tasks at once and counts who succeeded.
async fn race(
    store: &Store,
    step: impl FnMut(&mut Tx<'_>) -> Result<bool, Error> + Clone + Send + 'static,
) -> usize {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (store, step) = (store.clone(), step.clone());
        tasks.spawn(async move { store.write(step).await.unwrap() });
    }
    tasks.join_all().await.into_iter().filter(|won| *won).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_try_the_same_step_one_succeeds() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            calls::insert(tx, &call("held", CallState::Pending))?;
            calls::insert(tx, &call("ready", CallState::Queued))?;
            begin(tx, "running").map(|_| ())
        })
        .await;
        let queue = |tx: &mut Tx<'_>| {
            calls::set_state(
                tx,
                &id("held"),
                &[CallState::Pending, CallState::Executing],
                CallState::Finished,
            )
        };
        assert_eq!(race(&store, queue).await, 1);
        let claim = |tx: &mut Tx<'_>| Ok(calls::claim_next(tx, at(0), at(9))?.is_some());
        assert_eq!(race(&store, claim).await, 1);
        let intent = |tx: &mut Tx<'_>| writes::commit_intent(tx, &id("running"), 0, 1, "a", at(0));
        assert_eq!(race(&store, intent).await, 1);
        let finish =
            |tx: &mut Tx<'_>| calls::finish(tx, &id("running"), Some(1), Outcome::Done, None, None, at(0));
        assert_eq!(race(&store, finish).await, 1);
    })
    .await;
}
