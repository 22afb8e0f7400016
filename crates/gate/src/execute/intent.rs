//! The intent to send one write, committed at the last moment: there is a slot for it and a token, and the next thing
//! that happens is its first byte. So whatever waits for a slot is not yet begun: a stop switch halts it, and a
//! process that dies leaves it to the next one.

use super::conditions;
use super::run::Running;
use crate::gate::{Gate, Refused, new_id, store_problem};
use crate::record::Line;
use futures::future::BoxFuture;
use model::{CallId, CallState, Plan, Problem, Write};
use ncentral::{Error, LastWord};
use std::sync::{Mutex, MutexGuard};

/// Why a write that was about to leave does not.
#[derive(Debug)]
pub(super) enum HeldBack {
    /// The conditions do not hold any more.
    Halted(Box<Problem>),
    /// Another process has the call now.
    Lost,
    /// The store failed.
    Failed(Problem),
}

/// The one attempt at a write that this process may make.
pub(super) struct Intent {
    gate: Gate,
    call: CallId,
    fence: i64,
    plan: Plan,
    plan_digest: String,
    position: i64,
    write: Write,
    stored: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    committed: bool,
    held_back: Option<HeldBack>,
}

impl Intent {
    pub(super) fn new(gate: &Gate, running: &Running, position: i64, write: &Write) -> Self {
        Self {
            gate: gate.clone(),
            call: running.row.call.id.clone(),
            fence: running.row.fence,
            plan: running.plan.clone(),
            plan_digest: running.row.call.plan_digest.clone(),
            position,
            write: write.clone(),
            stored: running.live.stored,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder panics")
    }

    /// Whether the intent was committed: from then on the write may have happened.
    pub(super) fn is_committed(&self) -> bool {
        self.state().committed
    }

    /// What kept the write from being begun, if anything did.
    pub(super) fn take_held_back(&self) -> Option<HeldBack> {
        self.state().held_back.take()
    }

    /// Commits that exactly this write is about to be sent, under the local conditions.
    async fn commit(&self) -> Result<(), HeldBack> {
        let now = self.gate.now();
        let attempt = new_id();
        let line = Line::new(Some(&self.plan.connection_id), "write.intent", now)
            .call(&self.call)
            .with("caller", &self.plan.caller_id)
            .with("tool", &self.plan.tool)
            .with("plan_digest", &self.plan_digest)
            .with("position", self.position)
            .with("attempt", &attempt)
            .with("operation", &self.write.operation)
            .with("method", &self.write.method)
            .with("path", &self.write.path);
        let (id, position, fence) = (self.call.clone(), self.position, self.fence);
        let (plan, stored) = (self.plan.clone(), self.stored);
        let committed = self
            .gate
            .inner
            .store
            .write(move |tx| -> Result<bool, Refused> {
                conditions::local(tx, &plan, stored, now)?;
                if !store::calls::is_held(tx, &id, fence)? {
                    return Ok(false);
                }
                store::calls::set_state(tx, &id, &[CallState::Queued], CallState::Executing)?;
                if !store::writes::commit_intent(tx, &id, position, fence, &attempt, now)? {
                    return Ok(false);
                }
                line.append(tx)?;
                Ok(true)
            })
            .await;
        match committed {
            Ok(true) => Ok(()),
            Ok(false) => Err(HeldBack::Lost),
            Err(Refused::Problem(problem)) => Err(HeldBack::Halted(problem)),
            Err(Refused::Store(error)) => Err(HeldBack::Failed(store_problem(error))),
        }
    }

    /// The conditions once more, before a write that N-central has refused for now is offered again.
    async fn check_again(&self) -> Result<(), Error> {
        let (id, fence, now) = (self.call.clone(), self.fence, self.gate.now());
        let (plan, stored) = (self.plan.clone(), self.stored);
        let checked = self
            .gate
            .inner
            .store
            .write(move |tx| -> Result<bool, Refused> {
                conditions::local(tx, &plan, stored, now)?;
                Ok(store::calls::is_held(tx, &id, fence)?)
            })
            .await;
        let reason = match checked {
            Ok(true) => return Ok(()),
            Ok(false) => "another process has taken the call over".to_owned(),
            Err(refused) => Problem::from(refused).message,
        };
        Err(Error::NotSent { reason })
    }
}

impl LastWord for Intent {
    fn may_leave(&self, _attempt: u32) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            if self.is_committed() {
                return self.check_again().await;
            }
            match self.commit().await {
                Ok(()) => {
                    self.state().committed = true;
                    crate::crash::point("intent");
                    Ok(())
                }
                Err(held_back) => {
                    self.state().held_back = Some(held_back);
                    Err(Error::NotSent { reason: "the call may not go on".to_owned() })
                }
            }
        })
    }
}
