//! Waiting for a call: how long, and what wakes the one who waits.

use crate::gate::{Gate, store_problem};
use model::{CallId, CallState, Problem};
use std::time::Duration;
use store::calls::CallRow;
use store::{Change, Topic};
use tokio::sync::broadcast::Receiver;
use tokio::time::Instant;

/// The longest that anything is held: several clients give up at 60 s.
pub(crate) const MOST: Duration = Duration::from_secs(45);

/// Returns when something may have happened to a call, here or on another node. A change that was missed costs one
/// more look.
async fn may_concern(changes: &mut Receiver<Change>, row: &CallRow) {
    loop {
        let Ok(Change { topic, id, .. }) = changes.recv().await else { return };
        let concerns = match topic {
            Topic::Call => id == row.call.id.as_str(),
            Topic::Approval => row.call.approval_id.as_ref().is_none_or(|own| id == own.as_str()),
            Topic::Anything => true,
            _ => false,
        };
        if concerns {
            return;
        }
    }
}

impl Gate {
    /// The call as soon as it is over, or as it is when the time is up. A call that may run at once is waited for
    /// the longest, a pending one only as long as asked.
    pub(crate) async fn wait_for(&self, id: &CallId, hold: Duration) -> Result<Option<CallRow>, Problem> {
        let mut changes = self.inner.store.changes();
        let start = Instant::now();
        loop {
            let Some(row) = self.call_row(id).await? else { return Ok(None) };
            let due = row.call.run_at.is_none_or(|at| at <= self.now());
            let patience = match row.call.state {
                CallState::Finished | CallState::Refused => return Ok(Some(row)),
                CallState::Queued | CallState::Executing if due => MOST,
                CallState::Queued | CallState::Executing | CallState::Pending => hold.min(MOST),
            };
            let until = start + patience;
            if Instant::now() >= until || self.inner.draining.is_cancelled() {
                return Ok(Some(row));
            }
            let change = self.inner.draining.run_until_cancelled(may_concern(&mut changes, &row));
            let _ = tokio::time::timeout_at(until, change).await;
        }
    }

    pub(crate) async fn call_row(&self, id: &CallId) -> Result<Option<CallRow>, Problem> {
        let id = id.clone();
        self.inner.store.read(move |tx| store::calls::get(tx, &id)).await.map_err(store_problem)
    }
}
