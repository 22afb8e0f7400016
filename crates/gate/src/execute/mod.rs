//! Execution: the second half of the doorway, and the only place from which a write leaves.
//!
//! A worker claims what may run, each call is checked again in full, the intent to send each write is committed
//! before its first byte leaves, and what came of it is committed with its entry. Whatever happens in between — a
//! crash, a reset, a silent server — a write whose intent is committed is never sent again.

pub(crate) mod conditions;
pub(crate) mod desk;
mod run;
mod send;
mod settle;
mod views;

use crate::gate::{Gate, store_problem};
use model::{CallId, CallState, Problem};
use std::sync::Arc;
use std::time::Duration;
use store::calls::CallRow;
use tokio::sync::Semaphore;

/// How many calls run at once.
const AT_ONCE: usize = 16;

/// How long a claim holds without being renewed.
const LEASE: Duration = Duration::from_secs(120);

/// The longest the worker sleeps when nothing wakes it.
const NAP: Duration = Duration::from_secs(15);

/// Runs what may run, expires what is overdue, until the gate goes down.
pub(crate) async fn worker(gate: Gate) {
    if let Err(problem) = gate.recover().await {
        tracing::error!(%problem, "what an earlier process left half done could not be taken up");
    }
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    while !gate.inner.stopping.is_cancelled() {
        let woken = gate.inner.wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        let nap = match gate.turn(&slots).await {
            Ok(nap) => nap,
            Err(problem) => {
                tracing::error!(%problem, "the worker could not look for work");
                Duration::from_secs(1)
            }
        };
        let _ = tokio::time::timeout(nap, gate.inner.stopping.run_until_cancelled(woken)).await;
    }
}

impl Gate {
    /// One turn of the worker: everything that is due. Answers how long it may sleep.
    async fn turn(&self, slots: &Arc<Semaphore>) -> Result<Duration, Problem> {
        self.expire_now().await?;
        loop {
            let Ok(slot) = Arc::clone(slots).acquire_owned().await else { return Ok(NAP) };
            let (now, lease) = (self.now(), self.now() + LEASE);
            let claimed = self
                .inner
                .store
                .write(move |tx| store::calls::claim_next(tx, now, lease))
                .await
                .map_err(store_problem)?;
            let Some(row) = claimed else { break };
            crate::crash::point("claimed");
            let gate = self.clone();
            self.spawn(async move {
                gate.run_and_report(row).await;
                drop(slot);
                gate.inner.wake.notify_one();
            });
        }
        let (next_run, next_expiry) = self
            .inner
            .store
            .read(|tx| -> Result<_, store::Error> {
                Ok((store::calls::next_run_at(tx)?, store::approvals::next_expiry(tx)?))
            })
            .await
            .map_err(store_problem)?;
        let now = self.now();
        let soonest = [next_run, next_expiry].into_iter().flatten().min();
        Ok(match soonest {
            // A run that is due and still there is claimed by somebody: no hurry.
            Some(at) if at > now => Duration::try_from(at.duration_since(now)).unwrap_or(NAP).min(NAP),
            _ => NAP,
        })
    }

    /// Takes up what an earlier owner left: it is gone, so its claims are void.
    async fn recover(&self) -> Result<(), Problem> {
        let left = self
            .inner
            .store
            .write(|tx| {
                store::calls::release_all(tx)?;
                store::calls::queued_or_executing(tx)
            })
            .await
            .map_err(store_problem)?;
        for row in left {
            if row.call.state == CallState::Executing {
                let gate = self.clone();
                self.spawn(async move { gate.resume(row.call.id).await });
            }
        }
        self.settle_left_unknown().await
    }

    async fn resume(&self, id: CallId) {
        let (now, lease) = (self.now(), self.now() + LEASE);
        let claimed = self.inner.store.write(move |tx| store::calls::claim(tx, &id, now, lease)).await;
        match claimed {
            Ok(Some(row)) => self.run_and_report(row).await,
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "an interrupted call could not be taken up"),
        }
    }

    async fn run_and_report(&self, row: CallRow) {
        let id = row.call.id.clone();
        if let Err(problem) = self.run(row).await {
            tracing::error!(call = %id, %problem, "a call could not be run to its end; it is taken up at the next start");
        }
    }
}
