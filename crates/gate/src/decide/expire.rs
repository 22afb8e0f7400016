//! Expiry: an approval that nobody decided in time never runs.

use super::{announce, approval_line};
use crate::gate::{Gate, store_problem};
use model::{Problem, Timestamp};
use std::time::Duration;
use store::Tx;

impl Gate {
    /// Expires what is overdue.
    pub(crate) async fn expire_now(&self) -> Result<(), Problem> {
        let now = self.now();
        let ttl = self.inner.options.approval_ttl;
        let due = self.inner.store.read(store::approvals::next_expiry).await.map_err(store_problem)?;
        if due.is_none_or(|at| at > now) {
            return Ok(());
        }
        self.inner.store.write(move |tx| expire_overdue(tx, now, ttl)).await.map_err(store_problem)
    }
}

/// Expires every overdue approval within a transaction, each with its entry.
pub(crate) fn expire_overdue(tx: &mut Tx<'_>, now: Timestamp, ttl: Duration) -> Result<(), store::Error> {
    for id in store::approvals::expire_due(tx, now)? {
        let Some(approval) = store::approvals::get(tx, &id)? else { continue };
        let Some(row) = store::calls::get(tx, &approval.call_id)? else { continue };
        approval_line(&approval, &row, "approval.expired", now)
            .with("ttl_seconds", ttl.as_secs())
            .append(tx)?;
        announce(tx, &approval);
    }
    Ok(())
}
