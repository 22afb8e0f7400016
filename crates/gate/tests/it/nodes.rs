//! Two gates on one store, as two nodes on one database: what one is told holds on the other, what one leaves behind
//! the other takes up, and together they keep N-central's limits.

use crate::house::*;
use emulator::{Config, Emulator};
use gate::*;
use model::{CallId, CallState, Clock, Kind, Mode, Outcome};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The node `a` with its house, and the node `b` beside it.
struct Nodes {
    a: House,
    b: Gate,
    commons: Commons,
}

impl Nodes {
    async fn new(config: Config) -> Nodes {
        let commons = Commons::in_memory().unwrap();
        let running = Emulator::start_local(at_nine(Config { devices: 200, ..config })).await.unwrap();
        let a = House::before(Home::Common(commons.clone(), "a".into()), Options::default(), running).await;
        let mut nodes = Nodes { b: a.gate.clone(), a, commons };
        nodes.b = nodes.another("b").await;
        nodes
    }

    async fn another(&self, name: &str) -> Gate {
        let clock = Arc::clone(&self.a.clock) as Arc<dyn Clock>;
        let options = Options { clock, ..Options::default() };
        Gate::open(Home::Common(self.commons.clone(), name.into()), options).await.unwrap()
    }

    async fn shut(self) {
        self.b.shutdown().await;
        self.a.shut().await;
    }

    /// Workstations of whatever customers.
    async fn workstations(&self, count: usize) -> Vec<i64> {
        let arguments = json!({"page_size": 200, "fields": ["device_id", "device_class"]});
        let list = self.a.ask(&self.a.admin, "n_central-list-devices", arguments).await.unwrap().body();
        let rows = list["rows"].as_array().unwrap().iter();
        let of_class = rows.filter(|row| row[1].as_str().is_some_and(|class| class.contains("Workstation")));
        let found: Vec<i64> = of_class.map(|row| row[0].as_i64().unwrap()).take(count).collect();
        assert_eq!(found.len(), count);
        found
    }

    /// Waits for what comes true by itself; how soon is measured, not tested.
    async fn soon<T>(&self, look: impl AsyncFnMut() -> Option<T>) -> T {
        self.within(Duration::from_secs(60), look).await
    }

    async fn within<T>(&self, time: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let soon = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(time, soon).await.expect("it comes true in time")
    }
}

fn ask(who: &Requester, tool: &str, arguments: Value, hold: Duration) -> Ask {
    Ask {
        requester: who.clone(),
        connection: None,
        tool: tool.into(),
        arguments,
        hold,
        idempotency_key: None,
        progress: Arc::new(Silent),
    }
}

#[tokio::test]
async fn asked_here_decided_there_and_whoever_waits_is_told_at_once() {
    let nodes = Nodes::new(Config::default()).await;
    let device = nodes.workstations(1).await;
    let held = nodes.a.hold_cleanup(&device).await;
    let began = tokio::time::Instant::now();
    let wait = json!({"approval_id": held.approval_id, "wait_seconds": 45});
    let waiting = nodes.a.ask_holding(&nodes.a.agent, "n_central-get-approval", wait, Duration::ZERO);
    let deciding = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        nodes.b.decide(&nodes.a.dana, held.approval_id.as_str(), decision(Verdict::Approve)).await.unwrap();
    };
    let (told, ()) = tokio::join!(waiting, deciding);
    let told = told.unwrap().body();
    assert_eq!(told["outcome"], "done", "{told}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(nodes.a.tasks_made().len(), 1);
    nodes.shut().await;
}

#[tokio::test]
async fn a_stop_that_is_pressed_here_halts_a_run_there() {
    let nodes = Nodes::new(Config { latency: Duration::from_millis(30), ..Config::default() }).await;
    let devices = nodes.workstations(20).await;
    let held = nodes.a.hold_cleanup(&devices).await;
    // Only the other node takes up work from now on.
    nodes.a.gate.drain();
    nodes.b.decide(&nodes.a.dana, held.approval_id.as_str(), decision(Verdict::Approve)).await.unwrap();
    let begun = async || (nodes.a.attempts("createDirectScheduledTask") >= 3).then_some(());
    nodes.within(Duration::from_secs(20), begun).await;
    let stop = StopChange { on: true, connection: None, reason: Some("wrong script".into()) };
    nodes.a.gate.stop(&nodes.a.dana, stop).await.unwrap();
    let at_the_stop = nodes.a.attempts("createDirectScheduledTask");
    let over = nodes
        .soon(async || {
            let call = nodes.b.call(&nodes.a.admin, held.call_id.as_str()).await.unwrap();
            call.state.is_over().then_some(call)
        })
        .await;
    assert!(nodes.a.attempts("createDirectScheduledTask") <= at_the_stop + 1, "at most the one on its way");
    assert_eq!(over.outcome, Some(Outcome::Failed));
    let not_sent =
        over.targets.iter().filter(|t| t.error.as_deref().is_some_and(|e| e.starts_with("not sent")));
    assert!(not_sent.count() >= 15, "{over:?}");
    nodes.shut().await;
}

#[tokio::test]
async fn what_waits_for_a_slot_is_halted_by_a_stop_as_well() {
    let latency = Duration::from_millis(200);
    let nodes = Nodes::new(Config { latency, ..Config::default() }).await;
    let devices = nodes.workstations(12).await;
    let mut calls = Vec::new();
    for device in devices {
        calls.push(nodes.a.hold_cleanup(&[device]).await);
    }
    for held in &calls {
        nodes.b.decide(&nodes.a.dana, held.approval_id.as_str(), decision(Verdict::Approve)).await.unwrap();
    }
    let begun = async || (nodes.a.attempts("createDirectScheduledTask") > 0).then_some(());
    nodes.within(Duration::from_secs(20), begun).await;
    let stop = StopChange { on: true, connection: None, reason: None };
    nodes.a.gate.stop(&nodes.a.dana, stop).await.unwrap();
    let at_the_stop = nodes.a.attempts("createDirectScheduledTask");
    for held in &calls {
        nodes.a.over(held.call_id.as_str()).await;
    }
    let after = nodes.a.attempts("createDirectScheduledTask");
    assert!(after <= at_the_stop + 2, "{after} after the stop, {at_the_stop} at it");
    assert!(after < 12, "the stop came too late to show anything");
    nodes.shut().await;
}

#[tokio::test]
async fn policies_keys_people_and_credentials_hold_on_the_other_node() {
    let nodes = Nodes::new(Config::default()).await;
    let (admin, agent) = (&nodes.a.admin, &nodes.a.agent);
    let list = "n_central-list-customers";
    nodes.b.ask(ask(agent, list, json!({}), Duration::ZERO)).await.unwrap();

    let change =
        PolicyChange { version: None, preset: None, policies: [(list.to_owned(), Mode::Disabled)].into() };
    nodes.a.gate.set_policies(admin, &nodes.a.connection, change).await.unwrap();
    nodes
        .soon(async || {
            let refused = nodes.b.ask(ask(agent, list, json!({}), Duration::ZERO)).await.err();
            refused.filter(|problem| problem.kind == Kind::UnknownTool)
        })
        .await;

    assert!(nodes.b.identify(&nodes.a.agent_key, source()).await.is_ok());
    nodes.a.gate.revoke_key(admin, agent.caller.id.as_str()).await.unwrap();
    nodes.soon(async || nodes.b.identify(&nodes.a.agent_key, source()).await.err()).await;

    let session = nodes.b.sign_in("dana", PASSWORD.into(), source()).await.unwrap();
    nodes.a.gate.disable_person(admin, "dana").await.unwrap();
    nodes.soon(async || nodes.b.identify(&session.token, source()).await.err()).await;

    // The JWT dies, and a new one that one node is given heals the other.
    let fresh = nodes.a.emulator.expire(emulator::Expire::Jwt).unwrap();
    let refused =
        nodes.b.ask(ask(admin, "n_central-list-sites", json!({}), Duration::ZERO)).await.unwrap_err();
    assert!(matches!(refused.kind, Kind::JwtRefused | Kind::ReconnectNeeded), "{refused:?}");
    let change = ConnectionChange { jwt: Some(fresh.into()), ..ConnectionChange::default() };
    nodes.a.gate.change_connection(admin, &nodes.a.connection, change).await.unwrap();
    nodes
        .soon(async || nodes.b.ask(ask(admin, "n_central-list-sites", json!({}), Duration::ZERO)).await.ok())
        .await;

    nodes.a.gate.disconnect(admin, &nodes.a.connection).await.unwrap();
    nodes
        .soon(async || {
            let refused =
                nodes.b.ask(ask(admin, "n_central-list-sites", json!({}), Duration::ZERO)).await.err();
            refused.filter(|problem| problem.kind == Kind::NotConnected)
        })
        .await;

    nodes.a.gate.remove_connection(admin, &nodes.a.connection).await.unwrap();
    nodes.soon(async || nodes.b.connections(admin).await.unwrap().is_empty().then_some(())).await;
    nodes.shut().await;
}

#[tokio::test]
async fn whoever_follows_a_node_is_told_when_it_may_have_missed_something() {
    let nodes = Nodes::new(Config::default()).await;
    let mut following = nodes.b.follow(None);
    let begun = following.mark().expect("nothing is missed yet");
    // What the store says when it has not heard the other nodes for a while.
    let store = nodes.commons.store();
    let missed = store.write(|tx| -> Result<(), store::Error> {
        tx.announce(Topic::Anything, "", None);
        Ok(())
    });
    missed.await.unwrap();
    let told = async {
        while following.next().await.unwrap().event.is_some() {}
        // Whoever comes back to before it is told as well.
        let mut back = nodes.b.follow(Some(&begun));
        while back.next().await.unwrap().event.is_some() {}
    };
    tokio::time::timeout(Duration::from_secs(60), told).await.unwrap();
    nodes.shut().await;
}

#[tokio::test]
async fn what_a_dead_node_left_is_taken_up_when_its_claim_has_run_out() {
    let nodes = Nodes::new(Config::default()).await;
    let devices = nodes.workstations(3).await;
    let held = nodes.a.hold_cleanup(&devices).await;
    let id: CallId = held.call_id.clone();
    nodes.a.gate.drain();
    nodes.b.drain();
    nodes.a.approve(&nodes.a.dana, held.approval_id.as_str()).await.unwrap();

    // A third node claims the call, commits its first intent, and is never heard of again.
    let (now, until) = (nodes.a.clock.now(), nodes.a.clock.now() + Duration::from_secs(20));
    let fence = nodes
        .commons
        .store()
        .write(move |tx| -> Result<i64, store::Error> {
            let row = store::calls::claim_next(tx, now, until)?.expect("it is queued");
            store::calls::set_state(tx, &row.call.id, &[CallState::Queued], CallState::Executing)?;
            assert!(store::writes::commit_intent(tx, &row.call.id, 0, row.fence, "ghost", now)?);
            Ok(row.fence)
        })
        .await
        .unwrap();
    let next = nodes.another("next").await;
    nodes.a.clock.advance(Duration::from_secs(19));
    next.nudge();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(nodes.a.attempts("createDirectScheduledTask"), 0, "the claim still holds");

    nodes.a.clock.advance(Duration::from_secs(2));
    next.nudge();
    let over = nodes.a.over(id.as_str()).await;
    assert_eq!(over.outcome, Some(Outcome::Unknown));
    let outcomes: Vec<_> = over.targets.iter().map(|target| target.outcome.unwrap()).collect();
    assert_eq!(outcomes, [Outcome::Unknown, Outcome::Done, Outcome::Done], "what was not begun went on");
    assert_eq!(nodes.a.attempts("createDirectScheduledTask"), 2);

    // The node was only frozen: it finds that it has lost the call.
    let (lost, at) = (id.clone(), nodes.a.clock.now());
    let lost = nodes
        .commons
        .store()
        .write(move |tx| -> Result<_, store::Error> {
            Ok((
                store::calls::is_held(tx, &lost, fence)?,
                store::writes::commit_intent(tx, &lost, 1, fence, "ghost", at)?,
                store::calls::renew_lease(tx, &lost, fence, at)?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(lost, (false, false, false));
    next.shutdown().await;
    nodes.shut().await;
}

#[tokio::test]
async fn a_read_back_that_a_dead_node_owed_is_made_by_another() {
    let nodes = Nodes::new(Config::default()).await;
    let device = nodes.workstations(1).await;
    let mut fault = emulator::Fault::new("createDirectScheduledTask", emulator::FaultKind::Status);
    fault.when = emulator::When::After;
    fault.status = Some(500);
    nodes.a.emulator.set_faults(vec![fault]);
    let held = nodes.a.hold_cleanup(&device).await;
    nodes.a.approve(&nodes.a.dana, held.approval_id.as_str()).await.unwrap();
    let over = nodes.a.over(held.call_id.as_str()).await;
    assert_eq!(over.outcome, Some(Outcome::Unknown));
    // Its timer dies with the node that ran the call, whichever of the two that was.
    nodes.a.gate.shutdown().await;
    nodes.b.shutdown().await;
    let next = nodes.another("next").await;
    nodes.a.clock.advance(Duration::from_secs(60));
    next.nudge();
    tokio::time::timeout(Duration::from_secs(10), async {
        while next.call(&nodes.a.admin, held.call_id.as_str()).await.unwrap().outcome != Some(Outcome::Done) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("it is read back");
    assert_eq!(nodes.a.attempts("createDirectScheduledTask"), 1);
    next.shutdown().await;
    nodes.a.running.stop().await;
}

/// `(most in flight, refused)` of an operation at the emulator.
fn pressure(house: &House, operation: &str) -> (u64, u64) {
    let counts = serde_json::to_value(house.emulator.requests()).unwrap();
    let of = &counts["operations"][operation];
    (of["peak_in_flight"].as_u64().unwrap_or(0), of["by_status"]["429"].as_u64().unwrap_or(0))
}

#[tokio::test]
async fn two_nodes_keep_a_limit_together_and_share_it() {
    let nodes = Nodes::new(Config { latency: Duration::from_millis(20), ..Config::default() }).await;
    nodes.a.emulator.clear_requests();
    let device = nodes.workstations(1).await[0];
    let admin = &nodes.a.admin;
    for (tool, arguments, operation, limit, calls) in [
        ("n_central-list-devices", json!({"page_size": 5}), "listDevices", 5, 30),
        ("n_central-get-device-lifecycle-info", json!({"device_id": device}), "getDeviceLifecycleInfo", 1, 6),
    ] {
        let one = async |gate: &Gate| {
            let many = (0..calls).map(|_| gate.ask(ask(admin, tool, arguments.clone(), Duration::ZERO)));
            let began = tokio::time::Instant::now();
            futures::future::try_join_all(many).await.unwrap();
            began.elapsed()
        };
        let (here, there) = tokio::join!(one(&nodes.a.gate), one(&nodes.b));
        let (most, refused) = pressure(&nodes.a, operation);
        assert!(most <= limit, "{operation}: {most} in flight");
        assert_eq!(refused, 0, "{operation}");
        let (fast, slow) = (here.min(there), here.max(there));
        assert!(fast > slow / 3, "{operation}: one node had to stand back: {here:?}, {there:?}");
    }
    nodes.shut().await;
}

#[tokio::test]
async fn the_slots_of_a_node_that_died_come_free() {
    let nodes = Nodes::new(Config::default()).await;
    let device = nodes.workstations(1).await[0];
    let connection = model::ConnectionId::new(&nodes.a.connection);
    let class = "/api/devices/{deviceId}/assets/lifecycle-info";
    let until = nodes.a.clock.now() + Duration::from_secs(26);
    let lease = store::permits::Lease { node: "gone".into(), slots: 1, wants: 1, since: 1, until };
    let (of, limit) = (connection.clone(), serde_json::to_string(&ncentral::Limit::known(1)).unwrap());
    nodes
        .commons
        .store()
        .write(move |tx| {
            store::permits::take(tx, &of, class, &limit)?;
            store::permits::put(tx, &of, class, &lease)
        })
        .await
        .unwrap();
    let arguments = json!({"device_id": device});
    let b = nodes.b.clone();
    let read = b.ask(ask(&nodes.a.admin, "n_central-get-device-lifecycle-info", arguments, Duration::ZERO));
    let mut read = Box::pin(read);
    let early = tokio::time::timeout(Duration::from_millis(600), &mut read).await;
    assert!(early.is_err(), "the slot is still leased");
    nodes.a.clock.advance(Duration::from_secs(27));
    tokio::time::timeout(Duration::from_secs(5), &mut read).await.expect("the slot is free").unwrap();
    nodes.shut().await;
}

#[tokio::test]
async fn a_node_is_seen_and_one_that_vanished_is_told_of() {
    let nodes = Nodes::new(Config::default()).await;
    let said = |findings: Vec<Finding>, name: &str| {
        findings.into_iter().find(|finding| finding.check == format!("node {name}")).map(|f| f.status)
    };
    let doctor = async || nodes.a.gate.doctor(&nodes.a.admin).await.unwrap();
    let there = async || said(doctor().await, "b").filter(|status| status == "ok");
    nodes.within(Duration::from_secs(10), there).await;

    let then = nodes.a.clock.now() - Duration::from_secs(60);
    let ghost = store::nodes::Node {
        id: "ghost".into(),
        started_at: then,
        seen_at: then,
        version: "0.0.1".into(),
        address: "http://127.0.0.1:1".into(),
    };
    nodes.commons.store().write(move |tx| store::nodes::beat(tx, &ghost)).await.unwrap();
    assert_eq!(said(doctor().await, "ghost").as_deref(), Some("warning"));

    nodes.b.shutdown().await;
    assert_eq!(said(doctor().await, "b"), None, "it signed off");
    nodes.a.shut().await;
}

#[tokio::test]
async fn a_node_that_drains_says_so_and_leaves_the_work_to_others() {
    let nodes = Nodes::new(Config::default()).await;
    let device = nodes.workstations(1).await;
    let held = nodes.a.hold_cleanup(&device).await;
    nodes.a.gate.drain();
    assert!(nodes.a.gate.readiness().await.is_err());
    assert!(nodes.b.readiness().await.is_ok());
    // It still answers, and what it is told to do is done by the other.
    nodes.a.approve(&nodes.a.dana, held.approval_id.as_str()).await.unwrap();
    let over = nodes.a.over(held.call_id.as_str()).await;
    assert_eq!(over.outcome, Some(Outcome::Done));
    nodes.shut().await;
}
