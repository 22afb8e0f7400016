//! The claims of this process: which calls it runs, each under its fencing number, and how they are kept.
//!
//! A claim is a lease. Whoever stops renewing it (killed, frozen, cut off from the database) has lost the call to
//! whoever claims it next, and finds out at the latest when it wants to commit the next intent.

use crate::gate::Gate;
use crate::trace;
use model::CallId;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use store::calls::CallRow;
use tracing::Instrument;

/// The shortest and the longest that a claim holds without being renewed.
const LEASE: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(30));

/// How often a claim is renewed within the time that it holds.
const RENEWALS: u32 = 5;

/// How often it is looked, once the gate goes down, whether the last call has ended.
const ENDING: Duration = Duration::from_millis(20);

/// How long a call that could not be run to its end is left alone.
const PAUSE: Duration = Duration::from_secs(60);

/// The calls that this process runs.
#[derive(Default)]
pub(crate) struct Held(Mutex<BTreeMap<CallId, i64>>);

impl Held {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<CallId, i64>> {
        self.0.lock().expect("no holder panics")
    }

    pub(super) fn has(&self, id: &CallId) -> bool {
        self.lock().contains_key(id)
    }

    fn all(&self) -> Vec<(CallId, i64)> {
        self.lock().iter().map(|(id, fence)| (id.clone(), *fence)).collect()
    }
}

impl Gate {
    /// How long a claim holds: as long as one exchange may take, within bounds.
    pub(super) fn lease(&self) -> Duration {
        self.inner.options.upstream_deadline.clamp(LEASE.0, LEASE.1)
    }

    /// Runs a claimed call, keeps the claim meanwhile, and lets go of it where the call is not over.
    pub(super) async fn run_held(&self, row: CallRow) {
        let (id, fence) = (row.call.id.clone(), row.fence);
        self.inner.held.lock().insert(id.clone(), fence);
        let (tool, begun) = (row.call.tool.clone(), tokio::time::Instant::now());
        let span = trace::call(&id, &tool);
        let ran = self.run(row).instrument(span.clone()).await;
        self.inner.metrics.ran(&tool, begun.elapsed());
        self.inner.held.lock().remove(&id);
        let again_at = match &ran {
            Ok(()) if !self.inner.stopping.is_cancelled() => return,
            Ok(()) => None,
            Err(problem) => {
                span.in_scope(|| {
                    tracing::error!(%problem, "a call could not be run to its end; it is taken up again");
                });
                Some(self.now() + PAUSE).filter(|_| !self.inner.stopping.is_cancelled())
            }
        };
        let let_go = self
            .inner
            .store
            .write(move |tx| match again_at {
                Some(at) => store::calls::renew_lease(tx, &id, fence, at).map(|_| ()),
                None => store::calls::release(tx, &id, fence),
            })
            .await;
        if let Err(error) = let_go {
            tracing::warn!(%error, "a claim could not be given back; it runs out by itself");
        }
    }

    /// Renews every claim of this process.
    async fn renew_held(&self) {
        let (held, until) = (self.inner.held.all(), self.now() + self.lease());
        if held.is_empty() {
            return;
        }
        let renewed = self
            .inner
            .store
            .write(move |tx| {
                let mut lost = Vec::new();
                for (id, fence) in &held {
                    if !store::calls::renew_lease(tx, id, *fence, until)? {
                        lost.push(id.clone());
                    }
                }
                Ok::<_, store::Error>(lost)
            })
            .await;
        match renewed {
            // Most of them have just ended.
            Ok(lost) => lost.iter().filter(|id| self.inner.held.has(id)).for_each(
                |id| tracing::warn!(call_id = %id, "another process has taken this call over; nothing more of it is sent from here"),
            ),
            Err(error) => tracing::warn!(%error, "the claims could not be renewed"),
        }
    }
}

/// Renews the claims of this process until the gate goes down, and then for as long as it still holds some.
pub(crate) async fn keep(gate: Gate) {
    let mut tick = tokio::time::interval(gate.lease() / RENEWALS);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while gate.inner.stopping.run_until_cancelled(tick.tick()).await.is_some() {
        gate.renew_held().await;
    }
    while !gate.inner.held.lock().is_empty() {
        if tokio::time::timeout(ENDING, tick.tick()).await.is_ok() {
            gate.renew_held().await;
        }
    }
}
