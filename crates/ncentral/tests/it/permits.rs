//! Permits: never more than the limit, fair, and never lost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{join_all, poll_immediate};
use ncentral::{LocalPermits, Outcome, Params, Permit, Permits, Scope, operations};
use proptest::prelude::*;
use serde_json::json;
use tokio::time::Instant;

use crate::double::{Act, Double, ok, slow};

const CLASS: &str = "GET /api/things";

async fn take(permits: &LocalPermits, caller: &str) -> Permit {
    permits.acquire(CLASS, Some(2), caller).await
}

#[tokio::test(start_paused = true)]
async fn a_published_limit_is_never_exceeded_and_always_used() {
    let double = Double::new(|_| slow(50, ok(json!({"data": []}))));
    let permits = Arc::new(LocalPermits::new());
    let client =
        double.builder().permits(Arc::clone(&permits) as Arc<dyn Permits>).build().expect("a client");
    client.authenticate().await.expect("tokens");
    let class = operations::LIST_DEVICES.class;
    let began = Instant::now();
    let calls = (0..64).map(|page| {
        let client = client.clone();
        let permits = Arc::clone(&permits);
        async move {
            let params = Params::new().set("pageNumber", page + 1);
            client.call(operations::LIST_DEVICES, params, None).await.expect("an answer");
            assert!(permits.in_flight(class) <= 5);
        }
    });
    join_all(calls).await;
    assert_eq!(began.elapsed(), Duration::from_millis(50 * 13), "64 calls, 5 at a time");
    assert_eq!((permits.in_flight(class), permits.waiting(class), permits.limit(class)), (0, 0, Some(5)));
}

#[tokio::test(start_paused = true)]
async fn a_caller_with_many_calls_does_not_hold_up_one_with_few() {
    let double = Double::new(|_| slow(50, ok(json!({"data": []}))));
    let client = double.client();
    client.authenticate().await.expect("tokens");
    let began = Instant::now();
    let ask = |caller: &str| {
        let client = client.with(Scope { caller: caller.into(), ..Scope::default() });
        async move {
            client.call(operations::LIST_DEVICES, Params::new(), None).await.expect("an answer");
            began.elapsed()
        }
    };
    let greedy = join_all((0..300).map(|_| ask("greedy")));
    let modest = async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        ask("modest").await
    };
    let (greedy, modest) = tokio::join!(greedy, modest);
    assert_eq!(modest, Duration::from_millis(100), "it is next as soon as a slot is free");
    assert_eq!(greedy.into_iter().max(), Some(Duration::from_millis(50 * 61)));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_gives_up_leaves_no_trace() {
    let permits = LocalPermits::new();
    let first = take(&permits, "a").await;
    let second = take(&permits, "a").await;
    let mut queued = Box::pin(take(&permits, "b"));
    let mut behind = Box::pin(take(&permits, "c"));
    assert!(poll_immediate(&mut queued).await.is_none() && poll_immediate(&mut behind).await.is_none());
    assert_eq!(permits.waiting(CLASS), 2);
    // The slot is granted to the one in front, which goes away before it has noticed.
    drop(first);
    drop(queued);
    drop(behind.await);
    drop(second);
    assert_eq!((permits.in_flight(CLASS), permits.waiting(CLASS)), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_full_endpoint_is_reported_and_nothing_was_sent() {
    let double = Double::new(|_| Act::Hang);
    let client = double.builder().deadline(Duration::from_secs(3_600)).build().expect("a client");
    let ask = || client.call(operations::GET_DEVICE_LIFECYCLE_INFO, Params::new().set("deviceId", 5), None);
    let mut first = Box::pin(ask());
    assert!(poll_immediate(&mut first).await.is_none());
    let (ended, ()) = tokio::join!(ask(), async {
        let _ = tokio::time::timeout(Duration::from_secs(61), &mut first).await;
    });
    let error = ended.expect_err("the one slot is taken");
    assert_eq!((error.kind(), error.retryable()), ("queue_timeout", true));
    assert_eq!(error.certainty(), ncentral::Certainty::NotSent);
    assert_eq!(double.seen().len(), 2, "the sign-in and the first call");
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_permit_does_not_use_up_the_deadline() {
    let double = Double::new(|_| slow(15_000, ok(json!({"location": "here"}))));
    let client = double.client();
    client.authenticate().await.expect("tokens");
    let ask = || client.call(operations::GET_DEVICE_LIFECYCLE_INFO, Params::new().set("deviceId", 5), None);
    for result in join_all((0..4).map(|_| ask())).await {
        result.expect("an answer, though the last waited 45 s");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_limit_is_found_told_and_remembered() {
    let in_flight = Arc::new(Mutex::new((0_usize, 0_usize)));
    let told = Arc::new(Mutex::new(BTreeMap::new()));
    let tell = Arc::clone(&told);
    let permits = LocalPermits::new().on_change(move |class, limit| {
        tell.lock().expect("the store").insert(class.to_owned(), limit);
    });
    let refused = saturate(&permits, &in_flight, 5).await;
    assert_eq!(refused, 1);
    assert_eq!(permits.learned(), BTreeMap::from([(CLASS.to_owned(), 5)]));
    assert_eq!(*told.lock().expect("the store"), permits.learned());
    let again = LocalPermits::new().with_learned(permits.learned());
    assert_eq!(saturate(&again, &in_flight, 5).await, 0);
}

/// Two hundred calls against a server that takes `real` at once; how many it refused.
async fn saturate(permits: &LocalPermits, in_flight: &Mutex<(usize, usize)>, real: usize) -> usize {
    in_flight.lock().expect("the counter").1 = 0;
    join_all((0..200).map(|_| async move {
        let mut permit = permits.acquire(CLASS, None, "a").await;
        let full = {
            let mut state = in_flight.lock().expect("the counter");
            let full = state.0 >= real;
            if full {
                state.1 += 1;
            } else {
                state.0 += 1;
            }
            full
        };
        if full {
            permit.feedback(Outcome::Throttled);
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        in_flight.lock().expect("the counter").0 -= 1;
        permit.feedback(Outcome::Ok);
    }))
    .await;
    in_flight.lock().expect("the counter").1
}

#[tokio::test(start_paused = true)]
async fn a_raised_limit_lets_waiting_calls_in() {
    let permits = LocalPermits::new();
    let held = [take(&permits, "a").await, take(&permits, "a").await];
    let mut waiting = Box::pin(take(&permits, "a"));
    assert!(poll_immediate(&mut waiting).await.is_none());
    permits.set_limit(CLASS, 3);
    assert!(poll_immediate(&mut waiting).await.is_some());
    drop(held);
}

#[derive(Clone, Debug)]
enum Move {
    Ask(u8),
    GiveUp(usize),
    Finish(usize, bool),
    Limit(u16),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => (0_u8..3).prop_map(Move::Ask),
        1 => any::<usize>().prop_map(Move::GiveUp),
        3 => (any::<usize>(), any::<bool>()).prop_map(|(which, ok)| Move::Finish(which, ok)),
        1 => (1_u16..6).prop_map(Move::Limit),
    ];
    prop::collection::vec(one, 1..80)
}

proptest! {
    /// Whatever callers do, no slot is lost, none is given twice, and nobody waits beside a free one.
    #[test]
    fn slots_are_neither_lost_nor_doubled(moves in moves()) {
        let runtime = tokio::runtime::Builder::new_current_thread().start_paused(true).enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let permits = LocalPermits::new();
            let mut waiting = Vec::new();
            let mut held = Vec::new();
            for step in moves {
                match step {
                    Move::Ask(caller) => {
                        let permits = permits.clone();
                        waiting.push(Box::pin(async move { take(&permits, &caller.to_string()).await }));
                    }
                    Move::GiveUp(which) if !waiting.is_empty() => drop(waiting.swap_remove(which % waiting.len())),
                    Move::Finish(which, ok) if !held.is_empty() => {
                        let mut permit: Permit = held.swap_remove(which % held.len());
                        permit.feedback(if ok { Outcome::Ok } else { Outcome::Throttled });
                    }
                    Move::Limit(limit) => permits.set_limit(CLASS, limit),
                    Move::GiveUp(_) | Move::Finish(..) => {}
                }
                let mut still = Vec::new();
                for mut call in waiting {
                    match poll_immediate(&mut call).await {
                        Some(permit) => held.push(permit),
                        None => still.push(call),
                    }
                }
                waiting = still;
                prop_assert_eq!(permits.in_flight(CLASS), held.len());
                prop_assert_eq!(permits.waiting(CLASS), waiting.len());
                let limit = permits.limit(CLASS).unwrap_or(2);
                prop_assert!(waiting.is_empty() || held.len() >= limit, "{} held of {}", held.len(), limit);
            }
            Ok(())
        })?;
    }
}
