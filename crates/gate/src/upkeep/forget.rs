//! Forgetting: calls that have been over for longer than the setting says, with their results and approvals, and
//! idempotency keys and sessions past their time. The record is never shortened, and a call whose outcome nobody
//! knows is kept until somebody settles it.

use crate::ask::KEEP_IDEMPOTENCY;
use crate::gate::Gate;
use crate::record::Line;
use std::time::Duration;

/// How long calls are kept where nothing else is set.
pub(crate) const KEEP_CALLS: Duration = Duration::from_secs(90 * 24 * 3600);

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(3600);

/// Calls that one transaction removes: few, so that nobody waits for it.
const BATCH: u32 = 200;

/// Forgets at the start and then every hour, until the gate goes down.
pub(crate) async fn forget_regularly(gate: Gate) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while gate.inner.stopping.run_until_cancelled(tick.tick()).await.is_some() {
        if let Err(error) = gate.forget_now().await {
            tracing::error!(%error, "what is long over could not be removed; it is tried again in an hour");
        }
    }
}

impl Gate {
    /// Removes what is past its time.
    async fn forget_now(&self) -> Result<(), store::Error> {
        let now = self.now();
        let store = &self.inner.store;
        store
            .write(move |tx| -> Result<(), store::Error> {
                store::idempotency::delete_older(tx, now - KEEP_IDEMPOTENCY)?;
                store::sessions::delete_expired(tx, now)?;
                Ok(())
            })
            .await?;
        let Some(keep) = self.inner.options.keep_calls else { return Ok(()) };
        let before = now - keep;
        while !self.inner.stopping.is_cancelled() {
            let removed = store
                .write(move |tx| -> Result<u64, store::Error> {
                    let removed = store::calls::delete_finished(tx, before, BATCH)?;
                    if removed > 0 {
                        let line = Line::new(None, "calls.forgotten", now);
                        line.with("calls", removed).with("before", before).append(tx)?;
                    }
                    Ok(removed)
                })
                .await?;
            if removed < u64::from(BATCH) {
                break;
            }
        }
        Ok(())
    }
}
