//! Answering for a call that exists: every later look replays what is stored, and runs nothing.

use crate::api::{Answer, Queued, Requester};
use crate::gate::{Gate, result_place, store_problem};
use catalog::entry::Action;
use model::answer::{Held, HeldStatus, Ran, TargetOutcome};
use model::{Approval, CallId, CallState, Kind, Outcome, Plan, Problem};
use serde_json::Value;
use std::time::Duration;
use store::calls::CallRow;
use store::writes::{WriteRow, WriteState};

/// The plan of a stored call.
pub(crate) fn plan_of(row: &CallRow) -> Result<Plan, Problem> {
    serde_json::from_str(&row.plan).map_err(|error| {
        Problem::new(
            Kind::Internal,
            format!("the stored plan of call {} can't be read: {error}", row.call.id),
        )
    })
}

impl Gate {
    /// Waits for a call as long as it may be held, then answers with what is stored of it.
    pub(crate) async fn replay(
        &self,
        who: &Requester,
        id: &CallId,
        hold: Duration,
    ) -> Result<Answer, Problem> {
        let row = self.wait_for(id, hold).await?.ok_or_else(no_call)?;
        match row.call.state {
            CallState::Pending => self.held(&row).await.map(Answer::Held),
            CallState::Queued | CallState::Executing => self.queued(&row).map(Answer::Queued),
            CallState::Finished => {
                self.tell(who, &row).await?;
                self.finished(&row).await
            }
            CallState::Refused => {
                self.tell(who, &row).await?;
                let problem =
                    row.error.unwrap_or_else(|| Problem::new(Kind::Internal, "the call was refused"));
                Err(super::of_call(problem, id))
            }
        }
    }

    /// Remembers that its caller has been told of the outcome, so that asking again is a new call.
    pub(crate) async fn tell(&self, who: &Requester, row: &CallRow) -> Result<(), Problem> {
        if row.told || who.caller.id != row.call.caller_id || row.call.outcome == Some(Outcome::Unknown) {
            return Ok(());
        }
        let id = row.call.id.clone();
        self.inner
            .store
            .write(move |tx| store::calls::mark_told(tx, &id).map(|_| ()))
            .await
            .map_err(store_problem)
    }

    async fn held(&self, row: &CallRow) -> Result<Held, Problem> {
        let plan = plan_of(row)?;
        let id = row.call.approval_id.clone().ok_or_else(no_call)?;
        let approval = self.approval_row(&id).await?;
        let next_step = self.next_step(row, &approval).await?;
        Ok(Held {
            status: HeldStatus::ApprovalRequired,
            call_id: row.call.id.clone(),
            approval_url: self.approval_url(&approval),
            approval_id: id,
            expires_at: approval.expires_at,
            summary: row.call.summary.clone(),
            targets: plan.targets,
            plan_digest: row.call.plan_digest.clone(),
            next_step,
        })
    }

    async fn next_step(&self, row: &CallRow, approval: &Approval) -> Result<String, Problem> {
        let wait = format!(
            "A person has to approve this; nothing has been done yet. Tell the person who asked you, then wait with \
             n_central-get-approval (approval_id {}, wait_seconds 45) a few times. Do not rephrase, split or repeat the \
             call: asking the same again only attaches to this one.",
            approval.id
        );
        Ok(match self.nobody_can_decide(row).await? {
            Some(why) => format!("{why} {wait}"),
            None => wait,
        })
    }

    fn approval_url(&self, approval: &Approval) -> Option<String> {
        let base = self.inner.options.public_url.as_deref()?;
        Some(format!("{}/approvals/{}", base.trim_end_matches('/'), approval.id))
    }

    fn queued(&self, row: &CallRow) -> Result<Queued, Problem> {
        let plan = plan_of(row)?;
        let next_step = match (row.call.run_at, &row.call.approval_id) {
            (Some(at), _) => {
                format!("It will run at {at}. Ask for the call again, or look at it later, for the outcome.")
            }
            (None, _) => {
                "It is being run. Ask for the call again, or look at it, for the outcome.".to_owned()
            }
        };
        Ok(Queued {
            status: row.call.state,
            call_id: row.call.id.clone(),
            approval_id: row.call.approval_id.clone(),
            summary: row.call.summary.clone(),
            targets: plan.targets,
            plan_digest: row.call.plan_digest.clone(),
            run_at: row.call.run_at,
            next_step,
        })
    }

    /// The answer of a finished call.
    pub(crate) async fn finished(&self, row: &CallRow) -> Result<Answer, Problem> {
        let result = self.stored_result(row)?;
        let is_read =
            catalog::find(&row.call.tool).is_some_and(|tool| matches!(tool.action, Action::Read(_)));
        if is_read {
            return match (result, &row.error) {
                (Some(result), _) => Ok(Answer::Read { call_id: row.call.id.clone(), result }),
                (None, Some(problem)) => Err(problem.clone()),
                (None, None) => Err(Problem::new(Kind::Internal, "the look-up left no result")),
            };
        }
        let id = row.call.id.clone();
        let writes =
            self.inner.store.read(move |tx| store::writes::list(tx, &id)).await.map_err(store_problem)?;
        let plan = plan_of(row)?;
        let targets = target_outcomes(&plan, &writes);
        let status = row.call.outcome.unwrap_or(Outcome::Unknown);
        let summary = summary_of(&row.call.summary, &writes);
        Ok(Answer::Ran(Ran { status, call_id: row.call.id.clone(), summary, targets, result }))
    }

    /// The stored result of a call, opened.
    pub(crate) fn stored_result(&self, row: &CallRow) -> Result<Option<Value>, Problem> {
        let opened = row
            .result
            .as_ref()
            .map(|s| self.inner.sealer.open_json(&result_place(&row.call.id), s))
            .transpose();
        opened.map_err(Problem::from)
    }
}

/// What happened to each target, from its writes; targets without a settled write are left out.
pub(crate) fn target_outcomes(plan: &Plan, writes: &[WriteRow]) -> Vec<TargetOutcome> {
    plan.targets
        .iter()
        .zip(0_i64..)
        .filter_map(|(target, index)| {
            let own: Vec<&WriteRow> = writes.iter().filter(|w| w.target == Some(index)).collect();
            let outcomes: Option<Vec<Outcome>> = own.iter().map(|w| outcome_of(w.state)).collect();
            let outcomes = outcomes.filter(|o| !o.is_empty())?;
            Some(TargetOutcome {
                id: target.id.clone(),
                name: target.name.clone(),
                outcome: Outcome::of_all(outcomes),
                task_id: own.iter().find_map(|w| w.task_id.clone()),
                error: own.iter().find_map(|w| w.error.clone()),
            })
        })
        .collect()
}

/// The outcome that a write's state stands for; none before there is one.
pub(crate) fn outcome_of(state: WriteState) -> Option<Outcome> {
    match state {
        WriteState::Planned | WriteState::Intent => None,
        WriteState::Done => Some(Outcome::Done),
        WriteState::Failed => Some(Outcome::Failed),
        WriteState::Unknown => Some(Outcome::Unknown),
    }
}

fn summary_of(what: &str, writes: &[WriteRow]) -> String {
    let count = |state| writes.iter().filter(|w| w.state == state).count();
    let (done, failed, unknown) =
        (count(WriteState::Done), count(WriteState::Failed), count(WriteState::Unknown));
    let mut parts = Vec::new();
    if done > 0 {
        parts.push(format!("{done} accepted by N-central"));
    }
    if failed > 0 {
        parts.push(format!("{failed} failed"));
    }
    if unknown > 0 {
        parts.push(format!("{unknown} unknown: may have happened, never repeated by itself"));
    }
    format!(
        "{} Outcome: {}.",
        what.trim_end(),
        if parts.is_empty() { "nothing was sent".into() } else { parts.join(", ") }
    )
}

pub(crate) fn no_call() -> Problem {
    Problem::new(Kind::NotFound, "no such call")
        .hint("`ncgate calls list` (`GET /api/v1/calls`) lists them; a key sees its own, and what is long over is forgotten")
}
