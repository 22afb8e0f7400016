//! Forgetting: what has been over for longer than the setting says goes, with everything that hangs on it; what may
//! still matter stays, and so does the record.

use crate::house::{House, decision, kind};
use emulator::{Fault, FaultKind};
use gate::{AuditFilter, Boundary, Decision, Found, Home, Options, Verdict};
use model::{ApprovalState, CallState, Kind, Outcome};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A gate on a state directory that keeps calls for 30 days, and approvals waiting for longer.
async fn house(state: &std::path::Path) -> House {
    let Found::Free(owner) = Boundary::find(state).unwrap() else { panic!("nobody runs here") };
    let options = Options { keep_calls: Some(30 * DAY), approval_ttl: 365 * DAY, ..Options::default() };
    House::at(Home::State(owner), options).await
}

/// Waits until a call is gone, while the hours fly.
async fn gone(house: &House, call: &str) {
    tokio::time::timeout(10 * DAY, async {
        while house.gate.call(&house.admin, call).await.is_ok() {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
    })
    .await
    .expect("it is forgotten within the hour");
}

#[tokio::test]
async fn what_is_over_goes_and_what_may_still_matter_stays() {
    let parent = tempfile::tempdir().unwrap();
    let state = parent.path().join("state");
    let house = house(&state).await;
    let (gate, admin) = (&house.gate, &house.admin);
    let devices = house.workstations(5).await;

    let done = house.hold_cleanup(&devices[..1]).await;
    house.approve(&house.dana, done.approval_id.as_str()).await.unwrap();
    assert_eq!(house.over(done.call_id.as_str()).await.outcome, Some(Outcome::Done));

    let denied = house.hold_cleanup(&devices[1..2]).await;
    let no = Decision { reason: Some("not today".into()), ..decision(Verdict::Deny) };
    gate.decide(&house.dana, denied.approval_id.as_str(), no).await.unwrap();
    assert_eq!(house.over(denied.call_id.as_str()).await.state, CallState::Refused);

    house.emulator.set_faults(vec![Fault::new("createDirectScheduledTask", FaultKind::Status)]);
    let unknown = house.hold_cleanup(&devices[2..3]).await;
    house.approve(&house.dana, unknown.approval_id.as_str()).await.unwrap();
    assert_eq!(house.over(unknown.call_id.as_str()).await.outcome, Some(Outcome::Unknown));
    let pending = house.hold_cleanup(&devices[3..4]).await;
    // From here on nothing can be read back, so what is unknown stays so.
    house.emulator.set_faults(vec![Fault::new("*", FaultKind::Status)]);

    // A day before their time, nothing goes.
    tokio::time::pause();
    house.clock.advance(29 * DAY);
    tokio::time::sleep(DAY / 8).await;
    for held in [&done, &denied, &unknown, &pending] {
        assert!(gate.call(admin, held.call_id.as_str()).await.is_ok());
    }

    house.clock.advance(2 * DAY);
    for held in [&done, &denied] {
        gone(&house, held.call_id.as_str()).await;
        assert_eq!(kind(gate.call(admin, held.call_id.as_str()).await), Kind::NotFound);
        assert_eq!(kind(gate.approval(admin, held.approval_id.as_str()).await), Kind::NotFound);
    }
    let kept = gate.call(admin, unknown.call_id.as_str()).await.unwrap();
    assert_eq!((kept.state, kept.outcome), (CallState::Finished, Some(Outcome::Unknown)));
    let kept = gate.approval(admin, pending.approval_id.as_str()).await.unwrap();
    assert_eq!(kept.state, ApprovalState::Pending);

    // The record has the calls from beginning to end, and what became of them.
    tokio::time::resume();
    let events = async |call: &str| {
        let entries = AuditFilter { call: Some(call.to_owned()), ..AuditFilter::default() };
        let entries = gate.audit(admin, entries).await.unwrap().items.into_iter();
        entries.map(|entry| entry.event).collect::<Vec<_>>()
    };
    assert!(events(done.call_id.as_str()).await.iter().any(|event| event == "call.finished"));
    assert!(events(denied.call_id.as_str()).await.iter().any(|event| event == "approval.denied"));
    let forgotten = AuditFilter { event: Some("calls.forgotten".into()), ..AuditFilter::default() };
    let forgotten = gate.audit(admin, forgotten).await.unwrap().items;
    assert_eq!(forgotten.iter().map(|entry| entry.body["calls"].as_i64().unwrap()).sum::<i64>(), 2);
    house.shut().await;
    let verified = gate::verify_state(&state).unwrap();
    assert!(verified.broken.is_none(), "{:?}", verified.broken);
}
