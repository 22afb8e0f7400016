//! Execution: the second half of the doorway, and the only place from which a write leaves.
//!
//! A worker claims what may run, each call is checked again in full, the intent to send each write is committed
//! before its first byte leaves, and what came of it is committed with its entry. Whatever happens in between — a
//! crash, a reset, a silent server — a write whose intent is committed is never sent again.

pub(crate) mod conditions;
pub(crate) mod desk;
mod echo;
mod ends;
pub(crate) mod held;
mod intent;
mod run;
mod send;
mod settle;
mod views;

pub(crate) use send::receipt_place;

use crate::gate::{Gate, store_problem};
use model::{Problem, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use store::calls::CallRow;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many calls run at once.
const AT_ONCE: usize = 16;

/// The longest the worker sleeps when nothing wakes it: alone on its state, and where other nodes may leave work
/// behind or make some.
const NAP: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(1));

/// Runs what may run, expires what is overdue, until the gate goes down.
pub(crate) async fn worker(gate: Gate) {
    if gate.inner.member.is_alone()
        && let Err(error) = gate.inner.store.write(store::calls::release_all).await
    {
        tracing::error!(%error, "what an earlier process held could not be freed; it is taken up once its claims run out");
    }
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    while !gate.inner.stopping.is_cancelled() && !gate.inner.draining.is_cancelled() {
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
        let _ = tokio::time::timeout(nap, gate.inner.draining.run_until_cancelled(woken)).await;
    }
}

impl Gate {
    /// One turn of the worker: everything that is due. Answers how long it may sleep.
    async fn turn(&self, slots: &Arc<Semaphore>) -> Result<Duration, Problem> {
        let begun = self.now();
        self.expire_now().await?;
        self.take_up_abandoned(slots).await?;
        while self.is_anything_waiting().await? {
            let Ok(slot) = Arc::clone(slots).acquire_owned().await else { break };
            let (now, lease) = (self.now(), self.now() + self.lease());
            let claimed = self
                .inner
                .store
                .write(move |tx| store::calls::claim_next(tx, now, lease))
                .await
                .map_err(store_problem)?;
            // None where another node was faster; there may be more.
            if let Some(row) = claimed {
                crate::crash::point("claimed");
                self.run_in(slot, row);
            }
        }
        self.read_back_overdue().await?;
        self.nap(begun).await
    }

    async fn is_anything_waiting(&self) -> Result<bool, Problem> {
        if self.inner.draining.is_cancelled() {
            return Ok(false);
        }
        let now = self.now();
        self.inner.store.read(move |tx| store::calls::is_any_waiting(tx, now)).await.map_err(store_problem)
    }

    /// Takes up the calls in the middle of which a process died, or let go.
    async fn take_up_abandoned(&self, slots: &Arc<Semaphore>) -> Result<(), Problem> {
        let now = self.now();
        let abandoned =
            self.inner.store.read(move |tx| store::calls::abandoned(tx, now)).await.map_err(store_problem)?;
        for id in abandoned.into_iter().filter(|id| !self.inner.held.has(id)) {
            let Ok(slot) = Arc::clone(slots).acquire_owned().await else { break };
            let (now, lease) = (self.now(), self.now() + self.lease());
            let claimed = self
                .inner
                .store
                .write(move |tx| store::calls::claim(tx, &id, now, lease))
                .await
                .map_err(store_problem)?;
            if let Some(row) = claimed {
                crate::crash::point("taken-up");
                self.run_in(slot, row);
            }
        }
        Ok(())
    }

    fn run_in(&self, slot: OwnedSemaphorePermit, row: CallRow) {
        let gate = self.clone();
        self.spawn(async move {
            gate.run_held(row).await;
            drop(slot);
            gate.inner.wake.notify_one();
        });
    }

    /// How long there is nothing to do, as far as the store knows, after a turn that began at this moment.
    async fn nap(&self, begun: Timestamp) -> Result<Duration, Problem> {
        let due = self
            .inner
            .store
            .read(move |tx| -> Result<_, store::Error> {
                Ok([
                    store::calls::next_run_at(tx, begun)?,
                    store::approvals::next_expiry(tx)?,
                    store::read_backs::next(tx)?,
                ])
            })
            .await
            .map_err(store_problem)?;
        let longest = if self.inner.member.is_alone() { NAP.0 } else { NAP.1 };
        let now = self.now();
        // What was due when the turn began and is still there is in somebody's hands: no hurry. What fell due since may
        // have been missed.
        let next = due.into_iter().flatten().filter(|at| *at > begun).min();
        Ok(next.map_or(longest, |at| {
            Duration::try_from(at.duration_since(now)).unwrap_or_default().min(longest)
        }))
    }
}
