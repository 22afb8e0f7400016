//! Two gates on one store, as two nodes on one database: each message goes out once, whichever of them sends it.

use super::receiver::Receiver;
use super::{hook, options};
use crate::house::{House, at_nine};
use emulator::{Config, Emulator};
use gate::*;
use model::Clock;
use std::collections::BTreeSet;
use std::sync::Arc;

#[tokio::test]
async fn two_nodes_deliver_each_message_once() {
    let commons = Commons::in_memory().unwrap();
    let running = Emulator::start_local(at_nine(Config { devices: 200, ..Config::default() })).await.unwrap();
    let here = House::before(Home::Common(commons.clone(), "here".into()), options(), running).await;
    let clock = Arc::clone(&here.clock) as Arc<dyn Clock>;
    let there =
        Gate::open(Home::Common(commons, "there".into()), Options { clock, ..options() }).await.unwrap();
    let mut receiver = Receiver::new().await;
    hook(&here, "jobs", &receiver, &[WebhookEvent::ApprovalRequested]).await;

    let devices = here.workstations(8).await;
    for device in &devices {
        here.hold_cleanup(&[*device]).await;
        // Both look for work at the same moment, again and again.
        here.gate.nudge();
        there.nudge();
    }
    let mut told = BTreeSet::new();
    for _ in &devices {
        let message = receiver.next().await;
        assert!(told.insert(message.header("webhook-id").to_owned()), "a message came twice");
    }
    let settled = super::until(&here, "jobs", |view| view.waiting == 0).await;
    assert_eq!(settled.state, WebhookState::Active);
    let deliveries = super::deliveries(&here, "jobs").await;
    assert_eq!(deliveries.len(), devices.len());
    assert!(deliveries.iter().all(|delivery| delivery.attempts == 1 && told.contains(&delivery.id)));
    assert!(receiver.is_idle(), "nothing came beside them");
    there.shutdown().await;
    here.shut().await;
}

#[tokio::test]
async fn what_a_node_leaves_when_it_goes_down_the_other_delivers() {
    let commons = Commons::in_memory().unwrap();
    let running = Emulator::start_local(at_nine(Config { devices: 200, ..Config::default() })).await.unwrap();
    let here = House::before(Home::Common(commons.clone(), "here".into()), options(), running).await;
    let mut receiver = Receiver::new().await;
    hook(&here, "jobs", &receiver, &[WebhookEvent::ApprovalRequested]).await;
    receiver.status(503);
    let device = here.workstations(1).await;
    here.hold_cleanup(&device).await;
    let first = receiver.next().await.header("webhook-id").to_owned();
    super::until(&here, "jobs", |view| view.state == WebhookState::Failing).await;
    let due = super::deliveries(&here, "jobs").await[0].next_attempt_at.expect("it is tried again");
    here.gate.shutdown().await;

    let clock = Arc::clone(&here.clock) as Arc<dyn Clock>;
    let there =
        Gate::open(Home::Common(commons, "there".into()), Options { clock, ..options() }).await.unwrap();
    here.clock.advance(due.duration_since(here.clock.now()).try_into().unwrap());
    there.nudge();
    assert_eq!(receiver.next().await.header("webhook-id"), first, "the same message under its id");
    there.shutdown().await;
    here.running.stop().await;
}
