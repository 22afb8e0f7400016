//! Webhooks and the outbox of their deliveries.

use crate::support::{at, on_every_backend, sealed, write};
use serde_json::json;
use store::webhooks::{self, Attempt, DeliveryState, Event, Filter, Hook};
use store::{Error, Store};

fn hook(id: &str, name: &str) -> Hook {
    Hook {
        id: id.into(),
        name: name.into(),
        format: "standard".into(),
        address: "https://hooks.example.com/".into(),
        url: sealed(1),
        secret: Some(sealed(2)),
        old_secret: None,
        old_secret_until: None,
        allow_private: false,
        events: Some(vec!["call.finished".into()]),
        connection: None,
        caller: None,
        created_at: at(0),
        created_by: "ada".into(),
        disabled_at: None,
        disabled_reason: None,
        failing_since: None,
        last_delivered_at: None,
        last_failed_at: None,
        last_error: None,
    }
}

/// Puts an event into the outbox of some webhooks.
async fn put(store: &Store, event: &str, millis: i64, hooks: &'static [&'static str]) {
    let event = Event {
        id: event.into(),
        name: "call.finished".into(),
        created_at: at(millis),
        connection: None,
        data: json!({"call_id": "c1"}),
    };
    write(store, move |tx| {
        webhooks::add_event(tx, &event)?;
        hooks
            .iter()
            .try_for_each(|hook| webhooks::add_delivery(tx, &format!("{}-{hook}", event.id), hook, &event))
    })
    .await;
}

async fn claim(store: &Store, millis: i64) -> Option<(String, i64)> {
    let due = write(store, move |tx| webhooks::claim_due(tx, at(millis), at(millis + 1000), 2)).await;
    due.map(|due| (due.id, due.fence))
}

fn attempt(state: DeliveryState, millis: i64, next: i64) -> Attempt {
    let error = (state != DeliveryState::Delivered).then(|| "no".to_owned());
    Attempt { state, at: at(millis), next_at: at(next), status: None, error }
}

#[tokio::test]
async fn a_webhook_is_found_by_id_and_name_and_has_its_name_for_itself() {
    on_every_backend(async |store| {
        write(&store, |tx| webhooks::insert(tx, &hook("h1", "Jobs"))).await;
        let again = store.write(|tx| webhooks::insert(tx, &hook("h2", "JOBS"))).await;
        assert!(matches!(again, Err(Error::Unique { table: "webhooks" })));
        for wanted in ["h1", "jobs"] {
            let found = store.read(move |tx| webhooks::find(tx, wanted)).await.unwrap();
            assert_eq!(found, Some(hook("h1", "Jobs")));
        }
        write(&store, |tx| webhooks::insert(tx, &hook("h2", "Chat"))).await;
        let renamed = store.write(|tx| webhooks::update(tx, &hook("h2", "jobs"))).await;
        assert!(matches!(renamed, Err(Error::Unique { .. })));
        write(&store, |tx| webhooks::set_secret(tx, "h1", &sealed(3), Some(&sealed(2)), at(9))).await;
        let rotated = store.read(|tx| webhooks::get(tx, "h1")).await.unwrap().unwrap();
        assert_eq!((rotated.secret, rotated.old_secret), (Some(sealed(3)), Some(sealed(2))));
        assert!(write(&store, |tx| webhooks::remove(tx, "h1")).await);
        assert!(!write(&store, |tx| webhooks::remove(tx, "h1")).await);
    })
    .await;
}

#[tokio::test]
async fn a_delivery_is_held_by_one_until_it_is_settled_or_the_claim_runs_out() {
    on_every_backend(async |store| {
        write(&store, |tx| webhooks::insert(tx, &hook("h1", "Jobs"))).await;
        put(&store, "e1", 0, &["h1"]).await;
        let (id, first) = claim(&store, 10).await.unwrap();
        assert_eq!(claim(&store, 20).await, None);
        assert_eq!(store.read(|tx| webhooks::next_due(tx, at(20))).await.unwrap(), Some(at(1010)));
        let (_, second) = claim(&store, 1010).await.unwrap();
        let (late, held) = (id.clone(), id.clone());
        let done = attempt(DeliveryState::Delivered, 1020, 1020);
        let too_late = done.clone();
        assert!(!write(&store, move |tx| webhooks::settle(tx, &late, first, &too_late)).await);
        assert!(!write(&store, move |tx| webhooks::redeliver(tx, &held, at(1015))).await, "it is on its way");
        let settled = id.clone();
        assert!(write(&store, move |tx| webhooks::settle(tx, &settled, second, &done)).await);
        assert!(store.read(webhooks::backlog).await.unwrap().is_empty());
        assert!(write(&store, move |tx| webhooks::redeliver(tx, &id, at(2000))).await);
        assert!(claim(&store, 2000).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_webhook_that_fails_is_tried_with_one_and_holds_up_no_other() {
    on_every_backend(async |store| {
        for (id, name) in [("h1", "dead"), ("h2", "alive")] {
            write(&store, move |tx| webhooks::insert(tx, &hook(id, name))).await;
        }
        for (event, millis) in [("e1", 1), ("e2", 2), ("e3", 3)] {
            put(&store, event, millis, &["h1", "h2"]).await;
        }
        write(&store, |tx| webhooks::failed(tx, "h1", at(4), "no")).await;
        let mut claimed = Vec::new();
        while let Some((id, _)) = claim(&store, 10).await {
            claimed.push(id);
        }
        assert_eq!(claimed, ["e1-h1", "e1-h2", "e2-h2"], "one of the dead, two of the other");
        let waiting = store.read(webhooks::backlog).await.unwrap();
        let waiting: Vec<_> = waiting.iter().map(|b| (b.hook_id.as_str(), b.waiting, b.oldest)).collect();
        assert_eq!(waiting, [("h1", 3, at(1)), ("h2", 3, at(1))]);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_claimed_for_a_disabled_webhook_and_all_at_once_when_it_is_enabled() {
    on_every_backend(async |store| {
        write(&store, |tx| webhooks::insert(tx, &hook("h1", "Jobs"))).await;
        put(&store, "e1", 0, &["h1"]).await;
        let (id, fence) = claim(&store, 10).await.unwrap();
        let refused = attempt(DeliveryState::Pending, 11, 900_000);
        write(&store, move |tx| webhooks::settle(tx, &id, fence, &refused)).await;
        assert_eq!(write(&store, |tx| webhooks::failed(tx, "h1", at(11), "no")).await, Some(at(11)));
        assert_eq!(write(&store, |tx| webhooks::failed(tx, "h1", at(12), "no")).await, Some(at(11)));
        assert!(write(&store, |tx| webhooks::disable(tx, "h1", at(12), "why")).await);
        assert!(!write(&store, |tx| webhooks::disable(tx, "h1", at(13), "why")).await);
        assert_eq!(claim(&store, 900_000).await, None);
        assert!(store.read(webhooks::enabled).await.unwrap().is_empty());
        assert!(write(&store, |tx| webhooks::enable(tx, "h1", at(20))).await);
        assert!(claim(&store, 20).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn settled_deliveries_are_listed_and_forgotten_in_time() {
    on_every_backend(async |store| {
        write(&store, |tx| webhooks::insert(tx, &hook("h1", "Jobs"))).await;
        for (event, millis) in [("e1", 1), ("e2", 2), ("e3", 3)] {
            put(&store, event, millis, &["h1"]).await;
        }
        let (id, fence) = claim(&store, 10).await.unwrap();
        let done = attempt(DeliveryState::Delivered, 11, 11);
        write(&store, move |tx| webhooks::settle(tx, &id, fence, &done)).await;
        let filter = |state| Filter { hook_id: "h1".into(), state };
        let all = filter(None);
        let page = store.read(move |tx| webhooks::deliveries(tx, &all, None, 2)).await.unwrap();
        assert_eq!(page.items.iter().map(|d| d.id.as_str()).collect::<Vec<_>>(), ["e3-h1", "e2-h1"]);
        let (all, next) = (filter(None), page.next);
        let rest = store.read(move |tx| webhooks::deliveries(tx, &all, next.as_deref(), 2)).await.unwrap();
        assert_eq!((rest.items.len(), rest.next), (1, None));
        let delivered = filter(Some(DeliveryState::Delivered));
        let page = store.read(move |tx| webhooks::deliveries(tx, &delivered, None, 9)).await.unwrap();
        assert_eq!((page.items.len(), page.items[0].attempts), (1, 1));
        assert_eq!(write(&store, |tx| webhooks::forget_settled(tx, at(11))).await, 0);
        assert_eq!(write(&store, |tx| webhooks::forget_settled(tx, at(12))).await, 1);
        let gone = store.read(|tx| webhooks::delivery(tx, "h1", "e1-h1")).await.unwrap();
        assert_eq!(gone, None);
    })
    .await;
}
