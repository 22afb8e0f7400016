//! Sending one write: intent first, then the bytes, then what came of it. Nothing else in the product sends one.

use super::intent::{HeldBack, Intent};
use super::run::Running;
use crate::gate::{Gate, store_problem};
use crate::record::Line;
use catalog::entry::Writer;
use model::{CallId, CallState, Changed, Kind, Problem, Write, secret};
use ncentral::{Certainty, LastWord, Operation, Params, operations};
use serde_json::Value;
use std::sync::Arc;
use store::writes::{Settlement, WriteRow, WriteState};

/// What became of the attempt to send a write.
pub(super) enum Sent {
    /// It has its state; with what N-central's answer was, where it was no receipt.
    Settled(Option<Box<Problem>>),
    /// The conditions do not hold any more; nothing was sent.
    Halted(Box<Problem>),
    /// Another process has the call now.
    Lost,
}

/// Where a write's receipt lies, for sealing.
pub(crate) fn receipt_place(call: &CallId, position: i64) -> String {
    format!("calls/{call}/writes/{position}/receipt")
}

impl Gate {
    pub(super) async fn send_write(
        &self,
        running: &Running,
        writer: &Writer,
        row: &WriteRow,
    ) -> Result<Sent, Problem> {
        let position = usize::try_from(row.position).unwrap_or(usize::MAX);
        let Some(write) = running.plan.writes.get(position) else {
            return Err(Problem::new(Kind::Internal, "a stored write is not in its plan"));
        };
        // Everything that can fail without sending is done before the intent is committed.
        let request = match prepare(write, &running.secrets) {
            Ok(request) => request,
            Err(problem) => return Ok(Sent::Halted(Box::new(problem))),
        };
        running.exchanges.take();
        let intent = Arc::new(Intent::new(self, running, row.position, write));
        let client = running.cx.client.with_last_word(Arc::clone(&intent) as Arc<dyn LastWord>);
        let answer = client.call(request.operation, request.params, request.body).await;
        match intent.take_held_back() {
            None => {}
            Some(HeldBack::Halted(problem)) => return Ok(Sent::Halted(problem)),
            Some(HeldBack::Lost) => return Ok(Sent::Lost),
            Some(HeldBack::Failed(problem)) => return Err(problem),
        }
        crate::crash::point("answered");
        let echo = &running.echo;
        let (settlement, problem) = match answer {
            Ok(reply) => {
                let mut receipt =
                    (writer.receive)(&running.cx, &running.plan, position, reply.into_data()).await;
                // In this order, or a secret with a mark within would be whole again afterwards.
                receipt.result.iter_mut().for_each(model::text::clean_json);
                receipt.result.iter_mut().for_each(|result| echo.value(result));
                receipt.not_taken.iter_mut().for_each(|why| echo.text(why));
                let place = receipt_place(&running.row.call.id, row.position);
                let taken = receipt.not_taken.is_none();
                let settlement = Settlement {
                    state: if taken { WriteState::Done } else { WriteState::Failed },
                    receipt: receipt.result.map(|result| self.inner.sealer.seal_json(&place, &result)),
                    task_id: receipt.task_id,
                    error: receipt.not_taken,
                };
                (settlement, None)
            }
            Err(error) => {
                let unknown = error.certainty() == Certainty::Unknown;
                let changed = if unknown { Changed::Unknown } else { Changed::No };
                let problem = echo.problem(catalog::problem::from_upstream(error, changed));
                let settlement = Settlement {
                    state: if unknown { WriteState::Unknown } else { WriteState::Failed },
                    receipt: None,
                    task_id: None,
                    error: Some(problem.message.clone()),
                };
                (settlement, Some(problem))
            }
        };
        self.watch_health(&running.live, problem.as_ref());
        // What never got as far as an intent is certain not to have left.
        let from = if intent.is_committed() { WriteState::Intent } else { WriteState::Planned };
        self.settle_write(running, row.position, from, settlement, problem.clone()).await?;
        crate::crash::point("settled");
        Ok(Sent::Settled(problem.map(Box::new)))
    }

    /// Commits what a write came to, with its entry. What comes late, after another process has taken the call over,
    /// is recorded and changes nothing.
    pub(super) async fn settle_write(
        &self,
        running: &Running,
        position: i64,
        from: WriteState,
        settlement: Settlement,
        problem: Option<Problem>,
    ) -> Result<(), Problem> {
        let (now, mut requests) = (self.now(), running.exchanges.take());
        requests.iter_mut().for_each(|request| running.echo.value(request));
        let line = |event| {
            Line::new(Some(&running.plan.connection_id), event, now)
                .call(&running.row.call.id)
                .with("caller", &running.plan.caller_id)
                .with("tool", &running.plan.tool)
                .with("position", position)
                .with("state", settlement.state.as_str())
                .with("task_id", &settlement.task_id)
                .with("error", &settlement.error)
                .with("problem", &problem)
                .with("requests", &requests)
        };
        let (settled, late) = (line("write.settled"), line("write.late"));
        let (id, fence) = (running.row.call.id.clone(), running.row.fence);
        self.inner
            .store
            .write(move |tx| {
                if !store::calls::is_held(tx, &id, fence)? {
                    return late.append(tx);
                }
                store::calls::set_state(tx, &id, &[CallState::Queued], CallState::Executing)?;
                if store::writes::settle(tx, &id, position, from, &settlement, now)? {
                    settled.append(tx)?;
                }
                Ok(())
            })
            .await
            .map_err(store_problem)
    }
}

/// A write made into a request: its secrets put back, its path taken apart again.
struct Prepared {
    operation: &'static Operation,
    params: Params,
    body: Option<Value>,
}

fn prepare(write: &Write, secrets: &std::collections::BTreeMap<String, String>) -> Result<Prepared, Problem> {
    let not_sent = |why: String| Problem::new(Kind::NotSent, format!("{why}; nothing was sent"));
    let operation = operations::find(&write.operation)
        .ok_or_else(|| not_sent(format!("operation {} is not in the contract", write.operation)))?;
    let params = operation
        .params_of(&write.path)
        .ok_or_else(|| not_sent(format!("{} is not a path of {}", write.path, write.operation)))?;
    let params = write.query.iter().fold(params, |params, (name, value)| params.set(name.clone(), value));
    let body = write
        .body
        .as_ref()
        .map(|body| secret::reveal(body, secrets))
        .transpose()
        .map_err(|_| not_sent("a secret of the plan is not there any more".into()))?;
    Ok(Prepared { operation, params, body })
}
