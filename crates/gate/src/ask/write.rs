//! Changes and runs: planned, frozen, and then answered with the plan, held for a person, or queued to run.

use super::{Admitted, split_reason};
use crate::api::{Answer, Ask, Planned};
use crate::decide::expire_overdue;
use crate::gate::{Gate, Refused, new_id, secrets_place};
use crate::limits;
use crate::record::{Exchanges, Line};
use catalog::Draft;
use catalog::entry::Writer;
use model::time::whole_millis;
use model::{
    Approval, ApprovalId, ApprovalState, Call, CallId, CallState, Mode, Plan, Problem, canonical, plan,
    secret,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Topic;
use store::calls::CallRow;
use store::idempotency::Attempt;

/// A plan and what lies beside it.
pub(super) struct Frozen {
    pub(super) call_id: CallId,
    pub(super) plan: Plan,
    pub(super) summary: String,
    /// What approvers see and the plan does not hold.
    pub(super) facts: Value,
    /// Which target each write belongs to.
    pub(super) write_targets: Vec<Option<i64>>,
    pub(super) secrets: BTreeMap<String, String>,
    pub(super) reason: Option<String>,
    /// The request under the caller's Idempotency-Key, where it has one.
    pub(super) attempt: Option<Attempt>,
}

impl Gate {
    pub(super) async fn plan_write(
        &self,
        ask: &Ask,
        admitted: &Admitted,
        writer: &Writer,
        call_id: CallId,
        attempt: Option<Attempt>,
    ) -> Result<Answer, Problem> {
        let live = &admitted.live;
        self.check_not_stopped(&live.connection.id).await?;
        let (reason, arguments) = split_reason(&ask.arguments);
        let exchanges = Arc::new(Exchanges::default());
        let cx = self.context(live, &ask.requester, call_id.clone(), &exchanges, Arc::clone(&ask.progress));
        let draft = (writer.plan)(&cx, arguments).await;
        self.watch_health(live, draft.as_ref().err());
        let mut draft = draft?;
        if take_out_unseen(&mut draft) {
            draft.warnings.push("Characters that nobody sees were taken out of the arguments.".to_owned());
        }
        let target_of = |target: &Option<usize>| target.and_then(|index| i64::try_from(index).ok());
        let write_targets = draft.writes.iter().map(|(_, target)| target_of(target)).collect();
        let frozen = Frozen {
            call_id,
            plan: Plan {
                v: plan::VERSION,
                connection_id: live.connection.id.clone(),
                server_url: live.connection.url.clone(),
                caller_id: ask.requester.caller.id.clone(),
                tool: admitted.tool.record.name.to_owned(),
                effect: admitted.effect,
                arguments: draft.arguments,
                targets: draft.targets,
                writes: draft.writes.into_iter().map(|(write, _)| write).collect(),
                run_at: draft.run_at.map(whole_millis),
                policy_version: live.policies.version,
            },
            summary: model::text::clean(&draft.summary, false),
            facts: json!({ "targets": draft.facts, "warnings": draft.warnings }),
            secrets: cx.vault.into_inner().expect("no holder of the vault panics").into_values(),
            reason,
            write_targets,
            attempt,
        };
        if ask.requester.caller.plan_only {
            return self.answer_plan(ask, admitted, &frozen, exchanges.take()).await;
        }
        self.hold_or_queue(ask, admitted, frozen, exchanges.take()).await
    }

    /// Plan mode: the plan is the answer, and no approval is raised.
    async fn answer_plan(
        &self,
        ask: &Ask,
        admitted: &Admitted,
        frozen: &Frozen,
        requests: Vec<Value>,
    ) -> Result<Answer, Problem> {
        self.record(planned_line(self, ask, admitted, frozen, "call.planned", requests)).await?;
        let writes = frozen.plan.writes.iter().map(shown).collect();
        Ok(Answer::Planned(Planned {
            status: "planned",
            plan_digest: frozen.plan.digest(),
            summary: frozen.summary.clone(),
            targets: frozen.plan.targets.clone(),
            writes,
        }))
    }

    /// Stores the call, with an approval where the policy wants one, or attaches to the same call asked before.
    pub(super) async fn hold_or_queue(
        &self,
        ask: &Ask,
        admitted: &Admitted,
        frozen: Frozen,
        requests: Vec<Value>,
    ) -> Result<Answer, Problem> {
        let held = admitted.mode == Mode::ApprovalNeeded;
        let event = if held { "call.held" } else { "call.queued" };
        let line = planned_line(self, ask, admitted, &frozen, event, requests);
        let now = self.now();
        let write_targets = frozen.write_targets.clone();
        let confirm = frozen.plan.confirmation();
        let attempt = frozen.attempt.clone();
        let row = self.row(ask, admitted, frozen, held);
        let approval = held.then(|| self.approval_for(&row, admitted, confirm));
        let ttl = self.inner.options.approval_ttl;
        let (caller, most_pending) =
            (ask.requester.caller.clone(), self.inner.options.limits.pending_approvals);
        crate::crash::point("planned");
        let asked = self
            .inner
            .store
            .write(move |tx| -> Result<CallId, Refused> {
                expire_overdue(tx, now, ttl)?;
                if store::calls::get(tx, &row.call.id)?.is_some() {
                    // The same Idempotency-Key came twice, and the other was quicker.
                    return Ok(row.call.id.clone());
                }
                let open = store::calls::find_open(tx, &row.fingerprint)?;
                let same = match open {
                    Some(open) => Some(open),
                    None => store::calls::find_untold(tx, &row.fingerprint)?,
                };
                if let Some(same) = same {
                    Gate::stand_for(tx, attempt.as_ref(), &same.call.id)?;
                    return Ok(same.call.id);
                }
                if approval.is_some() {
                    let pending = store::approvals::count_pending(tx, &row.call.caller_id)?;
                    limits::check_pending(&caller, pending, most_pending)?;
                }
                store::calls::insert(tx, &row)?;
                store::writes::insert_all(tx, &row.call.id, &write_targets)?;
                if let Some(approval) = &approval {
                    store::approvals::insert(tx, approval)?;
                    tx.announce(Topic::Approval, &approval.id, Some(&row.call.connection_id));
                }
                line.append(tx)?;
                tx.announce(Topic::Call, &row.call.id, Some(&row.call.connection_id));
                Ok(row.call.id.clone())
            })
            .await
            .map_err(Problem::from)?;
        crate::crash::point("stored");
        self.inner.wake.notify_one();
        self.replay(&ask.requester, &asked, ask.hold).await
    }

    fn row(&self, ask: &Ask, admitted: &Admitted, frozen: Frozen, held: bool) -> CallRow {
        let secrets = (!frozen.secrets.is_empty())
            .then(|| self.inner.sealer.seal_json(&secrets_place(&frozen.call_id), &frozen.secrets));
        CallRow {
            call: Call {
                id: frozen.call_id,
                connection_id: frozen.plan.connection_id.clone(),
                caller_id: frozen.plan.caller_id.clone(),
                tool: frozen.plan.tool.clone(),
                state: if held { CallState::Pending } else { CallState::Queued },
                outcome: None,
                approval_id: held.then(|| ApprovalId::new(new_id())),
                plan_digest: frozen.plan.digest(),
                summary: frozen.summary,
                created_at: self.now(),
                run_at: frozen.plan.run_at,
                finished_at: None,
            },
            fingerprint: frozen.plan.fingerprint(),
            plan: canonical::to_text(&frozen.plan),
            facts: frozen.facts,
            reason: frozen.reason,
            source: ask.requester.source.clone(),
            caller_name: ask.requester.caller.name.clone(),
            held_by: held.then(|| admitted.decided_by.clone()),
            secrets,
            result: None,
            error: None,
            told: false,
            fence: 0,
            lease_until: None,
        }
    }

    fn approval_for(&self, row: &CallRow, admitted: &Admitted, confirm_required: Option<String>) -> Approval {
        let now = self.now();
        Approval {
            id: row.call.approval_id.clone().expect("a held call has an approval"),
            call_id: row.call.id.clone(),
            connection_id: row.call.connection_id.clone(),
            caller_id: row.call.caller_id.clone(),
            state: ApprovalState::Pending,
            plan_digest: row.call.plan_digest.clone(),
            reason: row.reason.clone(),
            held_by: admitted.decided_by.clone(),
            confirm_required,
            created_at: now,
            expires_at: whole_millis(now + self.inner.options.approval_ttl),
            decided_by: None,
            decided_at: None,
            decision_reason: None,
        }
    }
}

/// Takes characters that nobody sees out of what was asked, so that what an approver reads is what is sent. Secrets are
/// marks by now, and stay as they are. Answers whether there were any.
fn take_out_unseen(draft: &mut Draft) -> bool {
    let clean = |value: &mut Value| {
        let before = value.clone();
        model::text::clean_json(value);
        *value != before
    };
    let mut found = clean(&mut draft.arguments);
    for (write, _) in &mut draft.writes {
        found |= write.body.as_mut().is_some_and(clean);
        for text in write.query.values_mut() {
            let seen = model::text::clean(text, false);
            found |= seen != *text;
            *text = seen;
        }
    }
    found
}

/// A write as people see it: secrets read "secret, set".
pub(crate) fn shown(write: &model::Write) -> model::Write {
    model::Write { body: write.body.as_ref().map(secret::shown), ..write.clone() }
}

fn planned_line(
    gate: &Gate,
    ask: &Ask,
    admitted: &Admitted,
    frozen: &Frozen,
    event: &'static str,
    requests: Vec<Value>,
) -> Line {
    Line::new(Some(&admitted.live.connection.id), event, gate.now())
        .by(&ask.requester)
        .call(&frozen.call_id)
        .with("tool", admitted.tool.record.name)
        .with("effect", admitted.effect)
        .with("arguments", secret::shown(&frozen.plan.arguments))
        .with("targets", &frozen.plan.targets)
        .with("summary", &frozen.summary)
        .with("reason", &frozen.reason)
        .with("plan_digest", frozen.plan.digest())
        .with("policy", &admitted.decided_by)
        .with("policy_version", admitted.live.policies.version)
        .with("run_at", frozen.plan.run_at)
        .with("requests", requests)
}
