//! Webhooks, driven through the gate against a receiver on a real socket.

mod chats;
mod delivery;
mod failures;
mod nodes;
mod receiver;
mod refusals;

use crate::house::House;
use gate::*;
use model::Clock;
use receiver::Receiver;
use secrecy::SecretString;
use std::time::Duration;

/// A house whose pages have an address, and whose receivers have two seconds to answer.
async fn house() -> House {
    House::with(options()).await
}

fn options() -> Options {
    Options {
        public_url: Some("https://ncgate.example.com/".into()),
        webhook_deadline: Duration::from_secs(2),
        ..Options::default()
    }
}

fn new(name: &str, url: &str) -> NewWebhook {
    NewWebhook {
        name: name.into(),
        url: SecretString::from(url),
        format: WebhookFormat::Standard,
        events: None,
        connection: None,
        caller: None,
        allow_private: true,
    }
}

/// A webhook that is told of some events and leads to this receiver.
async fn hook(house: &House, name: &str, receiver: &Receiver, events: &[WebhookEvent]) -> WebhookSecret {
    let new = NewWebhook { events: Some(events.to_vec()), ..new(name, &receiver.url) };
    house.gate.add_webhook(&house.admin, new).await.unwrap()
}

/// Waits until a webhook looks like that.
async fn until(house: &House, name: &str, like: impl Fn(&WebhookView) -> bool) -> WebhookView {
    let mut events = house.gate.events();
    tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let view = house.gate.webhook(&house.admin, name).await.unwrap();
            if like(&view) {
                return view;
            }
            let _ = events.recv().await;
        }
    })
    .await
    .expect("the webhook comes to look like that")
}

async fn deliveries(house: &House, name: &str) -> Vec<DeliveryView> {
    house.gate.webhook_deliveries(&house.admin, name, None, Cursor::default()).await.unwrap().items
}

/// Lets the time of the next attempt come.
async fn next_attempt(house: &House, name: &str) {
    let pending = deliveries(house, name).await;
    let at = pending.iter().filter_map(|delivery| delivery.next_attempt_at).min().unwrap();
    let wait = at.duration_since(house.clock.now());
    house.clock.advance(Duration::try_from(wait).unwrap_or_default());
    house.gate.nudge();
}

/// What the record has of one kind of event, newest first.
async fn record(house: &House, event: &str) -> Vec<serde_json::Value> {
    let filter = AuditFilter::default();
    let entries = house.gate.audit(&house.admin, filter).await.unwrap().items;
    entries.into_iter().filter(|entry| entry.event == event).map(|entry| entry.body).collect()
}
