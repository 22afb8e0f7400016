//! What one caller may take, and that it costs the others nothing.

use crate::house::{House, another_key, decision, key, kind, source};
use gate::{Answer, Ask, Limits, NewConnection, NewKey, Options, Requester, Silent, Verdict};
use model::Kind;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

fn limited(limits: Limits) -> Options {
    Options { limits, ..Options::default() }
}

#[tokio::test]
async fn a_key_beyond_its_rate_is_told_when_to_come_back() {
    let house = House::new().await;
    let new = NewKey { requests_per_minute: Some(3), ..key("slow") };
    let slow = house.gate.create_key(&house.admin, new).await.unwrap().secret;
    for left in [2, 1, 0] {
        let who = house.gate.identify(&slow, source()).await.unwrap();
        let allowance = house.gate.allowance(&who).unwrap();
        assert_eq!((allowance.limit, allowance.remaining), (3, left));
    }
    let refused = house.gate.identify(&slow, source()).await.unwrap_err();
    assert_eq!((refused.kind, refused.retryable), (Kind::TooManyRequests, true));
    assert!((1..=21).contains(&refused.details["retry_after"].as_u64().unwrap()), "{refused:?}");
    assert!(house.gate.recognise(&slow, source()).await.is_ok(), "an answer that goes on is no request");
    assert!(house.gate.identify(&house.agent_key, source()).await.is_ok(), "others have their own");
    assert!(house.gate.allowance(&house.admin).is_none(), "people are not counted");
    house.shut().await;
}

#[tokio::test]
async fn calls_in_flight_are_capped_for_each_caller() {
    let house = House::with(limited(Limits { calls_in_flight: 2, ..Limits::default() })).await;
    let devices = house.workstations(2).await;
    let held = house.hold_cleanup(&devices[..1]).await;
    let wait = json!({"approval_id": held.approval_id, "wait_seconds": 30});
    let waiting = || house.ask(&house.agent, "n_central-get-approval", wait.clone());
    let (first, second, ()) = tokio::join!(waiting(), waiting(), async {
        // Both seats are taken as soon as both calls have begun.
        while house.ask(&house.agent, "list_customers", json!({})).await.is_ok() {
            tokio::task::yield_now().await;
        }
        let refused = house.ask(&house.agent, "list_customers", json!({})).await.unwrap_err();
        assert_eq!((refused.kind, refused.retryable), (Kind::TooManyRequests, true));
        assert!(house.ask(&house.dana, "list_customers", json!({})).await.is_ok(), "a technician is not");
        let approved = gate::Decision { reason: None, ..decision(Verdict::Approve) };
        house.gate.decide(&house.dana, held.approval_id.as_str(), approved).await.unwrap();
    });
    assert!(first.is_ok() && second.is_ok());
    assert!(house.ask(&house.agent, "list_customers", json!({})).await.is_ok(), "the seats are free again");
    house.shut().await;
}

#[tokio::test]
async fn calls_on_one_connection_are_capped_and_keep_nobody_out_nor_hold_up_another_connection() {
    let house = House::with(limited(Limits { calls_on_connection: 2, ..Limits::default() })).await;
    let device = house.workstations(1).await[0];
    let second = crate::house::emulator().await;
    let new = NewConnection {
        name: Some("Second".into()),
        url: second.url.clone(),
        jwt: second.jwt.clone().into(),
        ca: None,
        preset: None,
    };
    house.gate.connect(&house.admin, new).await.unwrap();
    let elsewhere = another_key(&house, |key| key.connection = Some("Second".into())).await;
    let on = async |who: &Requester, connection: &str, tool: &str, arguments: Value| {
        let ask = Ask {
            requester: who.clone(),
            connection: Some(connection.into()),
            tool: tool.into(),
            arguments,
            hold: Duration::ZERO,
            idempotency_key: None,
            progress: Arc::new(Silent),
        };
        house.gate.ask(ask).await
    };
    let list =
        async |who: &Requester, connection: &str| on(who, connection, "list_customers", json!({})).await;
    let run = json!({"device_ids": [device], "item_id": 2014, "task_type": "Script"});
    let Answer::Held(held) = on(&house.agent, "Main", "n_central-run-direct-task", run).await.unwrap() else {
        panic!("it waits for a person");
    };
    let wait = json!({"approval_id": held.approval_id, "wait_seconds": 45});
    let waiting = || on(&house.agent, "Main", "n_central-get-approval", wait.clone());
    let (first, second_call, ()) = tokio::join!(waiting(), waiting(), async {
        while list(&house.agent, "Main").await.is_ok() {
            tokio::task::yield_now().await;
        }
        let refused = list(&house.agent, "Main").await.unwrap_err();
        assert_eq!((refused.kind, refused.retryable), (Kind::TooManyRequests, true));
        assert!(refused.message.contains("2 calls on Main"), "{refused}");
        assert!(list(&house.dana, "Main").await.is_ok(), "who has none there gets in");
        let both = tokio::join!(list(&elsewhere, "Second"), list(&elsewhere, "Second"));
        assert!(both.0.is_ok() && both.1.is_ok(), "the other connection has its own: {both:?}");
        house.approve(&house.dana, held.approval_id.as_str()).await.unwrap();
    });
    assert!(first.is_ok() && second_call.is_ok());
    assert!(list(&house.agent, "Main").await.is_ok(), "the seats are free again");
    house.shut().await;
    second.stop().await;
}

#[tokio::test]
async fn a_key_puts_only_so_many_calls_before_people() {
    let house = House::with(limited(Limits { pending_approvals: 2, ..Limits::default() })).await;
    let devices = house.workstations(4).await;
    let first = house.hold_cleanup(&devices[..1]).await;
    house.hold_cleanup(&devices[1..2]).await;
    let again = house.hold_cleanup(&devices[..1]).await;
    assert_eq!(again.approval_id, first.approval_id, "the same call attaches, and is no further one");
    let run = |device: i64| json!({"device_ids": [device], "script": "Cleanup temporary files"});
    let refused = house.ask(&house.agent, "n_central-run-direct-task", run(devices[2])).await.unwrap_err();
    assert_eq!((refused.kind, refused.retryable), (Kind::TooManyRequests, true));
    assert!(refused.message.contains("2 calls") && refused.hint.contains("withdraw"), "{refused}");
    let other = another_key(&house, |_| {}).await;
    let theirs = house.ask(&other, "n_central-run-direct-task", run(devices[2])).await.unwrap();
    assert!(matches!(theirs, Answer::Held(_)), "each key has its own");
    house.gate.withdraw(&house.agent, first.approval_id.as_str()).await.unwrap();
    let now = house.ask(&house.agent, "n_central-run-direct-task", run(devices[3])).await.unwrap();
    assert!(matches!(now, Answer::Held(_)));
    house.shut().await;
}

#[tokio::test]
async fn a_result_that_is_too_large_is_not_handed_on() {
    let house = House::with(limited(Limits { result_bytes: 2_000, ..Limits::default() })).await;
    let refused = house.ask(&house.agent, "list_devices", json!({"page_size": 100})).await.unwrap_err();
    assert_eq!(refused.kind, Kind::BadAnswer);
    assert!(refused.hint.contains("smaller page"), "{refused}");
    assert!(
        house
            .ask(&house.agent, "list_devices", json!({"page_size": 2, "fields": ["device_id"]}))
            .await
            .is_ok()
    );
    house.shut().await;
}

#[tokio::test]
async fn event_streams_are_capped_for_each_caller() {
    let house = House::with(limited(Limits { event_streams: 1, ..Limits::default() })).await;
    let seat = house.gate.stream_seat(&house.agent).unwrap();
    assert_eq!(kind(house.gate.stream_seat(&house.agent)), Kind::TooManyRequests);
    assert!(house.gate.stream_seat(&house.dana).is_ok());
    drop(seat);
    assert!(house.gate.stream_seat(&house.agent).is_ok());
    house.shut().await;
}

/// The agent looks up two dozen devices with calls of its own; N-central takes three at a time and a fifth of a second for
/// each. A technician's look-up meanwhile waits for about one of them and not for all.
#[tokio::test]
async fn a_fan_out_of_an_agent_does_not_hold_up_a_technician() {
    const EACH: Duration = Duration::from_millis(200);
    let config = emulator::Config { devices: 200, latency: EACH, ..Default::default() };
    let house = House::with_emulator(Options::default(), config).await;
    house.emulator.set_limits([("getDevice".to_owned(), 3), ("*".to_owned(), 50)]);
    let devices = house.workstations(8).await;
    let get = |device: i64| json!({"device_id": device});
    let noisy = futures::future::join_all(
        devices
            .iter()
            .cycle()
            .take(24)
            .map(|device| house.ask(&house.agent, "n_central-get-device", get(*device))),
    );
    let technician = async {
        tokio::time::sleep(EACH / 2).await;
        let began = Instant::now();
        house.ask(&house.dana, "n_central-get-device", get(devices[0])).await.unwrap();
        began.elapsed()
    };
    let began = Instant::now();
    let (noisy, waited) = tokio::join!(noisy, technician);
    let whole = began.elapsed();
    assert!(noisy.iter().all(Result::is_ok));
    assert!(waited < EACH * 6, "the technician waited {waited:?}, the agent {whole:?}");
    assert!(whole > waited * 2, "the technician waited {waited:?}, the agent {whole:?}");
    house.shut().await;
}

/// The agent lists the issues of everybody, which takes a call a customer; N-central takes three at a time. A technician
/// who asks for one customer's issues meanwhile gets in between.
#[tokio::test]
async fn a_fleet_wide_list_of_an_agent_does_not_hold_up_a_technician() {
    const ISSUES: &str = "listActiveIssues";
    let config =
        emulator::Config { devices: 2000, latency: Duration::from_millis(100), ..Default::default() };
    let house = House::with_emulator(Options::default(), config).await;
    house.emulator.set_limits([(ISSUES.to_owned(), 3), ("*".to_owned(), 50)]);
    let noisy = house.ask(&house.agent, "list_active_issues", json!({}));
    let technician = async {
        while house.attempts(ISSUES) < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        house.ask(&house.dana, "list_active_issues", json!({"customer": "Globex"})).await.unwrap();
        house.attempts(ISSUES)
    };
    let (noisy, sent_by_then) = tokio::join!(noisy, technician);
    noisy.unwrap();
    let sent = house.attempts(ISSUES);
    assert!(sent_by_then * 3 < sent * 2, "the technician was answered after {sent_by_then} of {sent} calls");
    house.shut().await;
}
