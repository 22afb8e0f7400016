//! Approvals: decided once, by a person or by the clock.

use crate::support::{approval, at, call, on_every_backend, write};
use model::{Approval, ApprovalId, ApprovalState, CallId, CallState, CallerId, Kind};
use store::approvals::{self, Filter};
use store::{Error, Tx, calls};

fn raise(tx: &mut Tx<'_>, id: &str, call_id: &str) -> Result<Approval, Error> {
    let approval = approval(id, call_id);
    calls::insert(tx, &call(call_id, CallState::Pending))?;
    approvals::insert(tx, &approval)?;
    Ok(approval)
}

#[tokio::test]
async fn an_approval_is_read_back_and_is_the_only_one_of_its_call() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            let written = raise(tx, "a1", "c1")?;
            assert_eq!(approvals::get(tx, &written.id)?.as_ref(), Some(&written));
            assert_eq!(approvals::by_call(tx, &CallId::new("c1"))?.as_ref(), Some(&written));
            let second = approvals::insert(tx, &approval("a2", "c1"));
            assert!(matches!(second, Err(Error::Unique { table: "approvals" })));
            assert_eq!(approvals::count_pending(tx, &CallerId::new("triage"))?, 1);
            assert_eq!(approvals::count_pending(tx, &CallerId::new("other"))?, 0);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn the_first_decision_stands() {
    on_every_backend(async |store| {
        write(&store, |tx| raise(tx, "a1", "c1")).await;
        let decide = |to, who| {
            store.write(move |tx| {
                let by = CallerId::new(who);
                approvals::decide(tx, &ApprovalId::new("a1"), to, Some(&by), at(9), Some("as agreed"))
            })
        };
        let (first, second) =
            tokio::join!(decide(ApprovalState::Denied, "ana"), decide(ApprovalState::Approved, "bo"));
        assert!(first.unwrap());
        assert!(!second.unwrap());
        let row = store.read(|tx| approvals::get(tx, &ApprovalId::new("a1"))).await.unwrap().unwrap();
        assert_eq!((row.state, row.decided_by), (ApprovalState::Denied, Some(CallerId::new("ana"))));
        assert_eq!((row.decided_at, row.decision_reason.as_deref()), (Some(at(9)), Some("as agreed")));
    })
    .await;
}

#[tokio::test]
async fn at_its_last_moment_an_approval_has_expired_and_its_call_is_refused() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            let (id, end) = (ApprovalId::new("a1"), at(3_600_000));
            raise(tx, "a1", "c1")?;
            assert_eq!(approvals::next_expiry(tx)?, Some(end));
            assert!(!approvals::decide(tx, &id, ApprovalState::Approved, None, end, None)?);
            assert!(approvals::expire_due(tx, at(3_599_999))?.is_empty());
            assert_eq!(approvals::expire_due(tx, end)?, std::slice::from_ref(&id));
            assert!(approvals::expire_due(tx, end)?.is_empty());

            assert_eq!(approvals::get(tx, &id)?.unwrap().state, ApprovalState::Expired);
            assert_eq!(approvals::next_expiry(tx)?, None);
            let call = calls::get(tx, &CallId::new("c1"))?.unwrap();
            assert_eq!((call.call.state, call.call.finished_at), (CallState::Refused, Some(end)));
            assert_eq!(call.error.unwrap().kind, Kind::Expired);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn the_list_is_narrowed_by_state_and_caller() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            raise(tx, "a1", "c1")?;
            raise(tx, "a2", "c2")?;
            approvals::decide(tx, &ApprovalId::new("a2"), ApprovalState::Withdrawn, None, at(1), None)?;
            let mut ids = |filter: Filter| -> Result<Vec<String>, Error> {
                let page = approvals::list(tx, &filter, None, 10)?;
                Ok(page.items.into_iter().map(|approval| approval.id.to_string()).collect())
            };
            assert_eq!(ids(Filter::default())?, ["a2", "a1"]);
            assert_eq!(ids(Filter { state: Some(ApprovalState::Pending), ..Filter::default() })?, ["a1"]);
            let others = Filter { caller: Some(CallerId::new("other")), ..Filter::default() };
            assert!(ids(others)?.is_empty());
            Ok(())
        })
        .await;
    })
    .await;
}
