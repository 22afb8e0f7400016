//! Settling what is unknown: a read-back after the deadline, which only looks, or a person who looked.

use crate::api::{CallView, Requester};
use crate::ask::replay::{no_call, plan_of};
use crate::gate::{Gate, store_problem};
use crate::record::{Exchanges, Line};
use crate::trace;
use catalog::entry::Action;
use catalog::{ReadBack, Silent};
use model::{CallId, Kind, Outcome, Problem, Role, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use store::writes::{Settlement, WriteState};
use tracing::Instrument;

/// How long after the deadline a read-back looks, so that N-central has finished what it was going to do.
const GRACE: Duration = Duration::from_secs(1);

/// How long after that anybody looks, where the process that had to is gone.
const BY_ANYBODY: Duration = Duration::from_secs(5);

/// How long a read-back may take before another one is tried, and how often it is tried.
const AGAIN: (Duration, u32) = (Duration::from_secs(300), 5);

impl Gate {
    /// Looks again at a call of unknown outcome once every one of its writes is past its deadline.
    pub(super) fn read_back_later(&self, id: CallId) {
        let gate = self.clone();
        let wait = self.inner.options.upstream_deadline + GRACE;
        self.spawn(async move {
            if gate.inner.stopping.run_until_cancelled(tokio::time::sleep(wait)).await.is_some() {
                gate.read_back_or_complain(&id).await;
            }
        });
    }

    /// When anybody may read back a call that ends now.
    pub(super) fn read_back_by_anybody_at(&self) -> Timestamp {
        self.now() + self.inner.options.upstream_deadline + GRACE + BY_ANYBODY
    }

    /// Reads back what is overdue, because whoever had to is gone or could not.
    pub(super) async fn read_back_overdue(&self) -> Result<(), Problem> {
        loop {
            let now = self.now();
            let next = self.inner.store.read(store::read_backs::next).await.map_err(store_problem)?;
            if next.is_none_or(|at| at > now) {
                return Ok(());
            }
            let claimed = self
                .inner
                .store
                .write(move |tx| {
                    let claimed = store::read_backs::claim(tx, now, now + AGAIN.0)?;
                    if let Some((id, tries)) = &claimed
                        && tries + 1 >= AGAIN.1
                    {
                        store::read_backs::done(tx, id)?;
                    }
                    Ok(claimed)
                })
                .await
                .map_err(store_problem)?;
            let Some((id, _)) = claimed else { return Ok(()) };
            let gate = self.clone();
            self.spawn(async move { gate.read_back_or_complain(&id).await });
        }
    }

    async fn read_back_or_complain(&self, id: &CallId) {
        let look = async {
            if let Err(problem) = self.read_back(id).await {
                tracing::warn!(%problem, "a call of unknown outcome could not be read back");
            }
        };
        look.instrument(trace::read_back(id)).await;
    }

    async fn read_back(&self, id: &CallId) -> Result<(), Problem> {
        let Some(row) = self.call_row(id).await? else { return Ok(()) };
        let plan = plan_of(&row)?;
        let Some(live) = self.inner.registry.get(&plan.connection_id) else { return Ok(()) };
        let Some(Action::Write(writer)) = catalog::find(&plan.tool).map(|tool| &tool.action) else {
            return Ok(());
        };
        let exchanges = Arc::new(Exchanges::default());
        let who = super::run::runner(&row);
        let cx = self.context(&live, &who, id.clone(), &exchanges, Arc::new(Silent));
        let writes = self.writes_of(&row).await?;
        // None are left where a process died between settling the last one and the call.
        let mut settled = writes.iter().all(|write| write.state != WriteState::Unknown);
        for write in writes.iter().filter(|w| w.state == WriteState::Unknown) {
            let position = usize::try_from(write.position).unwrap_or(usize::MAX);
            let (state, receipt) = match (writer.read_back)(&cx, &plan, position).await {
                ReadBack::Applied(receipt) => (WriteState::Done, receipt),
                ReadBack::NotApplied => (WriteState::Failed, Default::default()),
                ReadBack::CannotTell => continue,
            };
            let place = super::send::receipt_place(id, write.position);
            let settlement = Settlement {
                state,
                receipt: receipt.result.map(|result| self.inner.sealer.seal_json(&place, &result)),
                task_id: receipt.task_id,
                error: (state == WriteState::Failed).then(|| "read back: it did not happen".to_owned()),
            };
            let line = Line::new(Some(&plan.connection_id), "write.read_back", self.now())
                .call(id)
                .with("caller", &plan.caller_id)
                .with("tool", &plan.tool)
                .with("position", write.position)
                .with("state", state.as_str())
                .with("task_id", &settlement.task_id)
                .with("requests", exchanges.take());
            crate::crash::point("read-back");
            self.store_settlement(id, write.position, settlement, line).await?;
            crate::crash::point("read-back-stored");
            settled = true;
        }
        if settled { self.finish(&row, &plan, None).await } else { Ok(()) }
    }

    async fn store_settlement(
        &self,
        id: &CallId,
        position: i64,
        to: Settlement,
        line: Line,
    ) -> Result<(), Problem> {
        let (id, now) = (id.clone(), self.now());
        self.inner
            .store
            .write(move |tx| -> Result<(), store::Error> {
                if store::writes::settle(tx, &id, position, WriteState::Unknown, &to, now)? {
                    line.append(tx)?;
                }
                Ok(())
            })
            .await
            .map_err(store_problem)
    }

    /// A person who looked in N-central says what became of a call of unknown outcome.
    ///
    /// # Errors
    /// Not a person with the role approver, no such call, or an outcome that is known.
    pub async fn settle(
        &self,
        who: &Requester,
        call: &str,
        outcome: Outcome,
        reason: Option<String>,
    ) -> Result<CallView, Problem> {
        if !who.caller.is_person() {
            return Err(Problem::new(Kind::NotAPerson, "only a signed-in person settles an outcome")
                .hint("ask a person with the role approver to look in N-central"));
        }
        if !who.caller.has_role(Role::Approver) {
            return Err(Problem::new(Kind::Forbidden, "settling an outcome takes the role approver")
                .hint("ask a person with the role approver"));
        }
        let state = match outcome {
            Outcome::Done => WriteState::Done,
            Outcome::Failed => WriteState::Failed,
            Outcome::Unknown => {
                return Err(Problem::new(
                    Kind::InvalidArguments,
                    "settle it as done or failed; unknown it is already",
                ));
            }
        };
        let id = CallId::new(call);
        let row = self.call_row(&id).await?.ok_or_else(no_call)?;
        if row.call.outcome != Some(Outcome::Unknown) {
            let stands = match row.call.outcome {
                Some(known) => format!("the outcome of this call is known already: {}", known.as_str()),
                None => format!("this call has no outcome to settle: it is {}", row.call.state.as_str()),
            };
            return Err(Problem::new(Kind::Conflict, stands)
                .hint("only an unknown outcome is settled; the record tells what happened to this call"));
        }
        let plan = plan_of(&row)?;
        let reason = reason.map(|text| model::text::clean(text.trim(), true));
        for write in self.writes_of(&row).await?.iter().filter(|w| w.state == WriteState::Unknown) {
            let line = Line::new(Some(&plan.connection_id), "write.settled_by_person", self.now())
                .by(who)
                .call(&id)
                .with("tool", &plan.tool)
                .with("position", write.position)
                .with("state", state.as_str())
                .with("reason", &reason);
            let to = Settlement {
                state,
                receipt: None,
                task_id: None,
                error: (state == WriteState::Failed)
                    .then(|| format!("{} settled it: it did not happen", who.caller.name)),
            };
            self.store_settlement(&id, write.position, to, line).await?;
        }
        self.finish(&row, &plan, None).await?;
        self.call(who, call).await
    }
}
