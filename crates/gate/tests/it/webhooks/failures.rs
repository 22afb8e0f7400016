//! What goes wrong at the receiver: nothing is lost, nothing else waits, and it is seen.

use super::receiver::{Reaction, Receiver};
use super::{deliveries, hook, house, new, next_attempt, options, record, until};
use crate::house::{House, sign_in};
use gate::*;
use model::Clock;
use std::time::Duration;

#[tokio::test]
async fn a_refused_message_comes_again_later_under_the_same_id() {
    let house = house().await;
    let mut receiver = Receiver::new().await;
    let secret = hook(&house, "jobs", &receiver, &[]).await.secret.unwrap();
    receiver.status(500);
    receiver.react(Reaction::Status(429, "retry-after: 900\r\n".into()));
    house.hold_cleanup(&house.workstations(1).await).await;
    let first = receiver.next().await;
    let view = until(&house, "jobs", |view| view.state == WebhookState::Failing).await;
    assert_eq!((view.waiting, view.last_error.as_deref()), (1, Some("the receiver answered 500")));
    let wait = |delivery: &DeliveryView| {
        delivery.next_attempt_at.unwrap().duration_since(house.clock.now()).as_secs()
    };
    assert!((5..=6).contains(&wait(&deliveries(&house, "jobs").await[0])));

    next_attempt(&house, "jobs").await;
    let second = receiver.next().await;
    assert_eq!((second.header("webhook-id"), &second.body), (first.header("webhook-id"), &first.body));
    assert_ne!(second.header("webhook-timestamp"), first.header("webhook-timestamp"));
    assert_eq!(second.signed_with(&secret), 1);
    until(&house, "jobs", |view| view.last_error.as_deref() == Some("the receiver answered 429")).await;
    assert_eq!(wait(&deliveries(&house, "jobs").await[0]), 900, "as long as the receiver asked for");

    next_attempt(&house, "jobs").await;
    receiver.next().await;
    let view = until(&house, "jobs", |view| view.waiting == 0).await;
    assert_eq!((view.state, view.failing_since), (WebhookState::Active, None));
    let delivered = deliveries(&house, "jobs").await.remove(0);
    assert_eq!((delivered.state, delivered.attempts), (DeliveryState::Delivered, 3));
    house.shut().await;
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone_until_somebody_enables_it() {
    let house = house().await;
    let mut receiver = Receiver::new().await;
    hook(&house, "jobs", &receiver, &[]).await;
    receiver.status(410);
    let devices = house.workstations(3).await;
    house.hold_cleanup(&devices[..1]).await;
    receiver.next().await;
    let view = until(&house, "jobs", |view| view.state == WebhookState::Disabled).await;
    assert!(view.disabled_reason.unwrap().contains("410"));
    assert_eq!(deliveries(&house, "jobs").await[0].state, DeliveryState::Failed);
    let disabled = record(&house, "webhook.disabled").await;
    assert_eq!((disabled.len(), &disabled[0]["name"]), (1, &"jobs".into()));
    house.hold_cleanup(&devices[1..2]).await;
    assert_eq!(deliveries(&house, "jobs").await.len(), 1, "nothing more is put there");

    let on = WebhookChange { enabled: Some(true), ..WebhookChange::default() };
    assert_eq!(
        house.gate.change_webhook(&house.admin, "jobs", on).await.unwrap().state,
        WebhookState::Active
    );
    house.hold_cleanup(&devices[2..]).await;
    receiver.told("approval.requested").await;
    house.shut().await;
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_leads_nowhere() {
    let house = house().await;
    let (mut receiver, mut elsewhere) = (Receiver::new().await, Receiver::new().await);
    hook(&house, "jobs", &receiver, &[]).await;
    for status in [301, 302, 307, 308] {
        receiver.react(Reaction::Status(status, format!("location: {}\r\n", elsewhere.url)));
        let tested = house.gate.test_webhook(&house.admin, "jobs").await.unwrap();
        assert_eq!((tested.delivered, tested.status), (false, Some(status)));
        assert!(tested.error.unwrap().contains("redirect"));
        receiver.next().await;
    }
    assert!(elsewhere.is_idle());
    house.shut().await;
}

#[tokio::test]
async fn a_receiver_that_says_nothing_or_never_stops_is_cut_off() {
    let hasty = Options { webhook_deadline: Duration::from_millis(300), ..options() };
    let house = House::with(hasty).await;
    let receiver = Receiver::new().await;
    hook(&house, "jobs", &receiver, &[]).await;
    receiver.react(Reaction::Hang);
    let silent = house.gate.test_webhook(&house.admin, "jobs").await.unwrap();
    assert_eq!((silent.delivered, silent.error.as_deref()), (false, Some("no answer came within 0.3 s")));
    receiver.react(Reaction::Endless(500));
    let endless = house.gate.test_webhook(&house.admin, "jobs").await.unwrap();
    assert_eq!((endless.delivered, endless.status), (false, Some(500)));
    assert!(endless.error.unwrap().chars().count() < 300);
    receiver.react(Reaction::Endless(200));
    assert!(house.gate.test_webhook(&house.admin, "jobs").await.unwrap().delivered);
    house.shut().await;
}

#[tokio::test]
async fn a_dead_webhook_holds_up_no_other() {
    let house = House::with(Options { webhook_deadline: Duration::from_secs(30), ..options() }).await;
    let (dead, mut alive) = (Receiver::new().await, Receiver::new().await);
    for _ in 0..20 {
        dead.react(Reaction::Hang);
    }
    hook(&house, "dead", &dead, &[]).await;
    hook(&house, "alive", &alive, &[]).await;
    let devices = house.workstations(8).await;
    for device in &devices {
        house.hold_cleanup(&[*device]).await;
    }
    for _ in &devices {
        alive.told("approval.requested").await;
    }
    assert_eq!(house.gate.webhook(&house.admin, "dead").await.unwrap().waiting, 8);
    until(&house, "alive", |view| view.waiting == 0).await;
}

#[tokio::test]
async fn what_fails_for_days_is_given_up_and_the_webhook_disabled() {
    let house = house().await;
    let port = Receiver::new().await.port;
    let new = NewWebhook {
        events: Some(vec![WebhookEvent::ApprovalRequested]),
        ..new("jobs", &format!("http://127.0.0.1:{port}/"))
    };
    house.gate.add_webhook(&house.admin, new).await.unwrap();
    house.hold_cleanup(&house.workstations(1).await).await;
    let begun = house.clock.now();
    let mut house = house;
    for attempt in 1..=10 {
        until(&house, "jobs", |view| view.last_failed_at == Some(house.clock.now())).await;
        let delivery = deliveries(&house, "jobs").await.remove(0);
        assert_eq!(delivery.attempts, attempt);
        assert!(delivery.error.unwrap().contains("no connection"));
        if attempt < 10 {
            assert_eq!(delivery.state, DeliveryState::Pending, "after {attempt}");
            next_attempt(&house, "jobs").await;
            house.admin = sign_in(&house.gate, "ada").await;
        }
    }
    assert!(house.clock.now() > begun + Duration::from_secs(3 * 24 * 3600));
    let view = until(&house, "jobs", |view| view.state == WebhookState::Disabled).await;
    assert!(view.disabled_reason.unwrap().contains("nothing could be delivered since"));
    let given_up = record(&house, "webhook.delivery_failed").await;
    assert_eq!((given_up.len(), &given_up[0]["attempts"]), (1, &10.into()));
    assert_eq!(record(&house, "webhook.disabled").await.len(), 1);
    house.shut().await;
}
