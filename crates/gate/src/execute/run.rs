//! One call, from being claimed to its outcome. The same path serves a fresh call and one that an earlier process
//! left in the middle: whatever has its intent committed is settled as unknown, the rest goes on.

use super::echo::Echo;
use super::ends;
use crate::api::Requester;
use crate::ask::replay::{outcome_of, plan_of};
use crate::gate::{Gate, result_place, secrets_place, store_problem};
use crate::record::{Exchanges, Line};
use crate::registry::Live;
use catalog::entry::{Action, Reader, Writer};
use catalog::{Context, Silent};
use model::{CallState, Caller, Changed, Kind, Outcome, Plan, Problem, Role};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Topic;
use store::calls::CallRow;
use store::writes::{Settlement, WriteRow, WriteState};

/// A call that is being run.
pub(super) struct Running {
    pub(super) row: CallRow,
    pub(super) plan: Plan,
    pub(super) live: Arc<Live>,
    pub(super) exchanges: Arc<Exchanges>,
    pub(super) cx: Context,
    pub(super) secrets: BTreeMap<String, String>,
    /// What N-central may repeat of them.
    pub(super) echo: Echo,
}

impl Gate {
    /// Runs a claimed call to its end.
    pub(super) async fn run(&self, row: CallRow) -> Result<(), Problem> {
        let plan = plan_of(&row)?;
        let Some(tool) = catalog::find(&plan.tool) else {
            let gone =
                Problem::new(Kind::PlanOutdated, format!("{} is not a tool of this version", plan.tool));
            return self.refuse(&row, &plan, gone).await;
        };
        let Some(live) = self.inner.registry.get(&plan.connection_id) else {
            let gone =
                Problem::new(Kind::PlanOutdated, "the connection was removed meanwhile; nothing was sent");
            return self.give_up(&row, &plan, gone).await;
        };
        let secrets = match &row.secrets {
            None => BTreeMap::new(),
            Some(sealed) => {
                self.inner.sealer.open_json(&secrets_place(&row.call.id), sealed).map_err(Problem::from)?
            }
        };
        let exchanges = Arc::new(Exchanges::default());
        let who = runner(&row);
        let cx = self.context(&live, &who, row.call.id.clone(), &exchanges, Arc::new(Silent));
        let echo = Echo::of(&secrets);
        let running = Running { row, plan, live, exchanges, cx, secrets, echo };
        match &tool.action {
            Action::Read(reader) => self.run_read(&running, reader).await,
            Action::Write(writer) => self.run_writes(&running, writer).await,
        }
    }

    async fn run_writes(&self, running: &Running, writer: &Writer) -> Result<(), Problem> {
        self.settle_orphans(running).await?;
        crate::crash::point("orphans-settled");
        let writes = self.writes_of(&running.row).await?;
        let begun = writes.iter().any(|w| w.state != WriteState::Planned);
        let left: Vec<&WriteRow> = writes.iter().filter(|w| w.state == WriteState::Planned).collect();
        if !left.is_empty() {
            let check = Some((writer, &running.cx));
            if let Err(problem) = self.check_in_full(&running.row, &running.plan, &running.live, check).await
            {
                let problem = running.live.explain(problem);
                return if begun {
                    self.give_up(&running.row, &running.plan, problem).await
                } else {
                    self.refuse(&running.row, &running.plan, problem).await
                };
            }
        }
        crate::crash::point("checked");
        let mut certain = writes.iter().all(|write| write.state != WriteState::Unknown);
        let mut refused = None;
        for write in left {
            if self.inner.stopping.is_cancelled() {
                // The next owner goes on from here.
                return Ok(());
            }
            match self.send_write(running, writer, write).await? {
                super::send::Sent::Settled(None) => {}
                super::send::Sent::Settled(Some(problem)) => {
                    certain &= problem.changed == Changed::No;
                    refused = refused.or(Some(*problem));
                }
                super::send::Sent::Halted(problem) => {
                    let begun =
                        self.writes_of(&running.row).await?.iter().any(|w| w.state != WriteState::Planned);
                    return if begun {
                        self.give_up(&running.row, &running.plan, *problem).await
                    } else {
                        self.refuse(&running.row, &running.plan, *problem).await
                    };
                }
                super::send::Sent::Lost => return Ok(()),
            }
        }
        self.finish(&running.row, &running.plan, refused.filter(|_| certain)).await
    }

    /// Intents that a process left behind when it died: they may have happened.
    async fn settle_orphans(&self, running: &Running) -> Result<(), Problem> {
        for write in self.writes_of(&running.row).await?.iter().filter(|w| w.state == WriteState::Intent) {
            let settlement = Settlement {
                state: WriteState::Unknown,
                receipt: None,
                task_id: None,
                error: Some("the gateway went down while this was being sent; it may have happened".into()),
            };
            self.settle_write(running, write.position, WriteState::Intent, settlement, None).await?;
        }
        Ok(())
    }

    /// A look-up that a person allowed.
    async fn run_read(&self, running: &Running, reader: &Reader) -> Result<(), Problem> {
        let Running { row, plan, live, cx, exchanges, .. } = running;
        if let Err(problem) = self.check_in_full(row, plan, live, None).await {
            return self.refuse(row, plan, live.explain(problem)).await;
        }
        let (id, fence) = (row.call.id.clone(), row.fence);
        self.inner
            .store
            .write(move |tx| {
                // Whoever took it over reads on; a look-up may be made twice.
                if store::calls::is_held(tx, &id, fence)? {
                    store::calls::set_state(tx, &id, &[CallState::Queued], CallState::Executing)?;
                }
                Ok(())
            })
            .await
            .map_err(store_problem)?;
        let answer = (reader.read)(cx, plan.arguments.clone()).await.map_err(|problem| live.explain(problem));
        self.watch_health(live, answer.as_ref().err());
        let (outcome, result, error) = match answer {
            Ok(mut value) => {
                model::text::clean_json(&mut value);
                (Outcome::Done, Some(value), None)
            }
            Err(problem) => (Outcome::Failed, None, Some(problem)),
        };
        let line =
            self.outcome_line(row, plan, outcome).with("requests", exchanges.take()).with("problem", &error);
        self.store_finish(row, outcome, result, error, line).await
    }

    /// Ends a call whose writes are all settled. `error` is what kept it from being done, where that is known better
    /// than the store knows it.
    pub(super) async fn finish(
        &self,
        row: &CallRow,
        plan: &Plan,
        error: Option<Problem>,
    ) -> Result<(), Problem> {
        let writes = self.writes_of(row).await?;
        let outcome = Outcome::of_all(writes.iter().filter_map(|w| outcome_of(w.state)));
        let mut results = Vec::new();
        for write in &writes {
            if let Some(sealed) = &write.receipt {
                let place = super::send::receipt_place(&row.call.id, write.position);
                let opened: Value = self.inner.sealer.open_json(&place, sealed).map_err(Problem::from)?;
                results.push(opened);
            }
        }
        let result = match results.len() {
            0 => None,
            1 => results.pop(),
            _ => Some(Value::Array(results)),
        };
        let error = ends::problem(outcome, &writes, error);
        let line = self
            .outcome_line(row, plan, outcome)
            .with("writes", writes.iter().map(|w| json!({"position": w.position, "state": w.state.as_str(), "task_id": w.task_id, "error": w.error})).collect::<Vec<_>>());
        self.store_finish(row, outcome, result, error, line).await?;
        // A read-back ends its call once more, in whatever process it comes due: no test asks for that.
        if row.call.state != CallState::Finished {
            crate::crash::point("finished");
        }
        if outcome == Outcome::Unknown {
            self.read_back_later(row.call.id.clone());
        }
        Ok(())
    }

    pub(super) fn outcome_line(&self, row: &CallRow, plan: &Plan, outcome: Outcome) -> Line {
        Line::new(Some(&plan.connection_id), "call.finished", self.now())
            .call(&row.call.id)
            .with("caller", &plan.caller_id)
            .with("caller_name", &row.caller_name)
            .with("tool", &plan.tool)
            .with("plan_digest", &row.call.plan_digest)
            .with("outcome", outcome)
    }

    pub(super) async fn store_finish(
        &self,
        row: &CallRow,
        outcome: Outcome,
        result: Option<Value>,
        error: Option<Problem>,
        line: Line,
    ) -> Result<(), Problem> {
        let (id, connection, fence, now) =
            (row.call.id.clone(), row.call.connection_id.clone(), row.fence, self.now());
        let sealed = result.map(|value| self.inner.sealer.seal_json(&result_place(&id), &value));
        let read_back_at = (outcome == Outcome::Unknown).then(|| self.read_back_by_anybody_at());
        let fence = (row.call.state != CallState::Finished).then_some(fence);
        let finished = self
            .inner
            .store
            .write(move |tx| {
                let finished =
                    store::calls::finish(tx, &id, fence, outcome, sealed.as_ref(), error.as_ref(), now)?;
                if finished {
                    line.append(tx)?;
                    match read_back_at {
                        Some(at) => store::read_backs::schedule(tx, &id, at)?,
                        None => store::read_backs::done(tx, &id)?,
                    }
                    tx.announce(Topic::Call, &id, Some(&connection));
                }
                Ok(finished)
            })
            .await
            .map_err(store_problem)?;
        if finished && row.call.state != CallState::Finished {
            tracing::info!(outcome = outcome.as_str(), "a call is over");
            self.inner.metrics.ended(&row.call.tool, Some(outcome));
        }
        Ok(())
    }

    /// Refuses a call of which nothing was sent.
    pub(super) async fn refuse(&self, row: &CallRow, plan: &Plan, problem: Problem) -> Result<(), Problem> {
        let line = Line::new(Some(&plan.connection_id), "call.not_run", self.now())
            .call(&row.call.id)
            .with("caller", &plan.caller_id)
            .with("caller_name", &row.caller_name)
            .with("tool", &plan.tool)
            .with("plan_digest", &row.call.plan_digest)
            .with("problem", &problem);
        let (id, connection, now) = (row.call.id.clone(), row.call.connection_id.clone(), self.now());
        let fence = row.fence;
        let refused = self
            .inner
            .store
            .write(move |tx| {
                let refused =
                    store::calls::is_held(tx, &id, fence)? && store::calls::refuse(tx, &id, &problem, now)?;
                if refused {
                    line.append(tx)?;
                    tx.announce(Topic::Call, &id, Some(&connection));
                }
                Ok(refused)
            })
            .await
            .map_err(store_problem)?;
        if refused {
            tracing::info!("a call was not run; nothing was sent");
            self.inner.metrics.ended(&row.call.tool, None);
        }
        Ok(())
    }

    /// Ends a call in the middle: what was not sent is failed, "not sent", and says why.
    async fn give_up(&self, row: &CallRow, plan: &Plan, problem: Problem) -> Result<(), Problem> {
        let (id, fence, now) = (row.call.id.clone(), row.fence, self.now());
        let why = format!("not sent: {}", problem.message);
        let held = self
            .inner
            .store
            .write(move |tx| {
                let held = store::calls::is_held(tx, &id, fence)?;
                if held {
                    store::writes::give_up_planned(tx, &id, &why, now)?;
                }
                Ok(held)
            })
            .await
            .map_err(store_problem)?;
        if !held {
            return Ok(());
        }
        self.finish(row, plan, Some(problem)).await
    }

    pub(super) async fn writes_of(&self, row: &CallRow) -> Result<Vec<WriteRow>, Problem> {
        let id = row.call.id.clone();
        self.inner.store.read(move |tx| store::writes::list(tx, &id)).await.map_err(store_problem)
    }
}

/// In whose name permits are asked for while a stored call runs. Scope was checked when it was planned, and the
/// targets are compared with the plan.
pub(super) fn runner(row: &CallRow) -> Requester {
    let caller = Caller::person(row.call.caller_id.clone(), row.caller_name.clone(), Role::Viewer);
    Requester::new(caller, row.source.clone())
}
