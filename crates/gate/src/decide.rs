//! Decisions: who may decide on a held call, what it takes, and what follows in the same transaction.
//!
//! A key never decides. Nor does the person who made the call or owns its key, unless an administrator allowed
//! self-approval for the connection, and then only with the password. A run on servers takes typing what they are
//! called and fresh proof. Whoever decides first is the one; the store makes it a compare-and-set.

use crate::api::{ApprovalView, Cursor, Decision, Page, Requester, Verdict};
use crate::ask::replay::plan_of;
use crate::gate::{Gate, Refused, store_problem};
use crate::record::Line;
use model::{
    Approval, ApprovalId, ApprovalState, CallState, CallerId, Kind, Plan, Problem, Role, Timestamp, secret,
};
use serde_json::{Value, json};
use std::time::Duration;
use store::calls::CallRow;
use store::{Topic, Tx};

/// How fresh a password counts as fresh proof.
const FRESH: Duration = Duration::from_secs(5 * 60);

/// Longest reason, in characters.
const REASON: usize = 500;

impl Gate {
    /// One approval, for a person or for the key that asked.
    ///
    /// # Errors
    /// Nothing of that id for this requester.
    pub async fn approval(&self, who: &Requester, id: &str) -> Result<ApprovalView, Problem> {
        let approval = self.approval_for_requester(who, id).await?;
        self.approval_view(approval).await
    }

    /// Approvals, newest first; a key sees its own.
    ///
    /// # Errors
    /// A cursor that is none.
    pub async fn approvals(
        &self,
        who: &Requester,
        state: Option<ApprovalState>,
        page: Cursor,
    ) -> Result<Page<ApprovalView>, Problem> {
        self.expire_now().await?;
        let filter = store::approvals::Filter { state, caller: own_only(who) };
        let limit = page.limit.unwrap_or(50).clamp(1, 500);
        let found = self
            .inner
            .store
            .read(move |tx| store::approvals::list(tx, &filter, page.cursor.as_deref(), limit))
            .await
            .map_err(list_problem)?;
        let mut items = Vec::with_capacity(found.items.len());
        for approval in found.items {
            items.push(self.approval_view(approval).await?);
        }
        Ok(Page { items, next: found.next })
    }

    /// Decides on a held call.
    ///
    /// # Errors
    /// Who may not decide, what is missing (fresh proof, the typed confirmation), what is too late (decided, expired,
    /// stopped), or a digest that is not this plan's. Nothing is changed by any of them.
    pub async fn decide(
        &self,
        who: &Requester,
        id: &str,
        decision: Decision,
    ) -> Result<ApprovalView, Problem> {
        match self.try_decide(who, id, &decision).await {
            Ok(view) => Ok(view),
            Err(problem) => {
                let line = Line::new(None, "approval.decision_refused", self.now())
                    .by(who)
                    .with("approval", model::text::shorten(&model::text::clean(id, false), 80))
                    .with("problem", &problem);
                self.record(line).await?;
                Err(problem)
            }
        }
    }

    async fn try_decide(
        &self,
        who: &Requester,
        id: &str,
        decision: &Decision,
    ) -> Result<ApprovalView, Problem> {
        if !who.caller.is_person() {
            return Err(Problem::new(Kind::NotAPerson, "a key never decides; only a signed-in person does")
                .hint("ask a person with the role approver"));
        }
        if !who.caller.has_role(Role::Approver) {
            return Err(Problem::new(Kind::Forbidden, "deciding takes the role approver"));
        }
        self.expire_now().await?;
        let approval = self.approval_for_requester(who, id).await?;
        approval.check_open(self.now())?;
        let row = self.call_row(&approval.call_id).await?.ok_or_else(no_such)?;
        if decision.plan_digest.as_ref().is_some_and(|given| *given != approval.plan_digest) {
            return Err(Problem::new(Kind::DigestMismatch, "this is not the plan that was looked at")
                .hint("look at the approval again, and decide on what it says now"));
        }
        if decision.reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON) {
            return Err(Problem::new(Kind::InvalidArguments, "the reason is longer than 500 characters"));
        }
        if decision.decision == Verdict::Approve {
            self.may_approve(who, decision, &approval, &row).await?;
        }
        self.store_decision(who, decision, approval.clone(), row).await?;
        crate::crash::point("decided");
        self.inner.wake.notify_one();
        self.approval(who, id).await
    }

    /// Everything that stands between a person and a yes.
    async fn may_approve(
        &self,
        who: &Requester,
        decision: &Decision,
        approval: &Approval,
        row: &CallRow,
    ) -> Result<(), Problem> {
        self.check_not_stopped(&approval.connection_id).await?;
        let own = self.is_own(&who.caller.id, row).await?;
        let live = self.inner.registry.get(&approval.connection_id);
        if own && !live.is_some_and(|live| live.connection.self_approval) {
            return Err(Problem::new(
                Kind::SelfApproval,
                "the person who asked, or who owns the key that asked, may not approve it",
            )
            .hint("ask another approver, or have an administrator allow self-approval for this connection"));
        }
        if let Some(expected) = &approval.confirm_required {
            let typed = decision.confirm.as_deref().map(str::trim);
            if typed != Some(expected.as_str()) {
                return Err(Problem::new(
                    Kind::WrongConfirmation,
                    format!("type exactly `{expected}` to approve this"),
                )
                .hint("it runs on servers, or on something that may be one"));
            }
        }
        if own || approval.confirm_required.is_some() {
            match &decision.password {
                Some(password) => self.prove(who, password).await?,
                None if !own && self.is_fresh(who) => {}
                None => {
                    return Err(Problem::new(
                        Kind::FreshProofRequired,
                        "this decision takes your password again",
                    )
                    .hint("send the password with the decision"));
                }
            }
        }
        Ok(())
    }

    fn is_fresh(&self, who: &Requester) -> bool {
        who.proved_at.is_some_and(|at| self.now() < at + FRESH)
    }

    async fn store_decision(
        &self,
        who: &Requester,
        decision: &Decision,
        approval: Approval,
        row: CallRow,
    ) -> Result<(), Problem> {
        let now = self.now();
        let approve = decision.decision == Verdict::Approve;
        let state = if approve { ApprovalState::Approved } else { ApprovalState::Denied };
        let reason =
            decision.reason.as_deref().map(|r| model::text::clean(r.trim(), true)).filter(|r| !r.is_empty());
        let line = approval_line(
            &approval,
            &row,
            if approve { "approval.approved" } else { "approval.denied" },
            now,
        )
        .by(who)
        .with("asked_by", &row.call.caller_id)
        .with("decision_reason", &reason)
        .with("confirmed", &approval.confirm_required);
        let by = who.caller.id.clone();
        let denied = denied(reason.as_deref(), &who.caller.name);
        self.inner
            .store
            .write(move |tx| -> Result<(), Refused> {
                if !store::approvals::decide(tx, &approval.id, state, Some(&by), now, reason.as_deref())? {
                    let current = store::approvals::get(tx, &approval.id)?.ok_or_else(no_such)?;
                    current.check_open(now)?;
                    return Err(no_such().into());
                }
                if approve {
                    store::calls::set_state(tx, &approval.call_id, &[CallState::Pending], CallState::Queued)?;
                } else {
                    store::calls::refuse(tx, &approval.call_id, &denied, now)?;
                }
                line.append(tx)?;
                announce(tx, &approval);
                Ok(())
            })
            .await
            .map_err(Problem::from)
    }

    /// Takes a pending approval back: its caller, or a person.
    ///
    /// # Errors
    /// Nothing of that id for this requester, or no longer pending.
    pub async fn withdraw(&self, who: &Requester, id: &str) -> Result<ApprovalView, Problem> {
        let approval = self.approval_for_requester(who, id).await?;
        if who.caller.is_person()
            && !who.caller.has_role(Role::Approver)
            && who.caller.id != approval.caller_id
        {
            return Err(Problem::new(
                Kind::Forbidden,
                "withdrawing another caller's call takes the role approver",
            ));
        }
        let now = self.now();
        approval.check_open(now)?;
        let row = self.call_row(&approval.call_id).await?.ok_or_else(no_such)?;
        let line = approval_line(&approval, &row, "approval.withdrawn", now).by(who);
        let by = who.caller.id.clone();
        let problem = Problem::new(
            Kind::Withdrawn,
            format!("{} took the call back before it was decided", who.caller.name),
        );
        self.inner
            .store
            .write(move |tx| -> Result<(), Refused> {
                if !store::approvals::decide(
                    tx,
                    &approval.id,
                    ApprovalState::Withdrawn,
                    Some(&by),
                    now,
                    None,
                )? {
                    let current = store::approvals::get(tx, &approval.id)?.ok_or_else(no_such)?;
                    current.check_open(now)?;
                    return Err(no_such().into());
                }
                store::calls::refuse(tx, &approval.call_id, &problem, now)?;
                line.append(tx)?;
                announce(tx, &approval);
                Ok(())
            })
            .await
            .map_err(Problem::from)?;
        self.approval(who, id).await
    }

    /// Whether the call is this person's own: made by them, or by a key they own.
    async fn is_own(&self, person: &CallerId, row: &CallRow) -> Result<bool, Problem> {
        Ok(row.call.caller_id == *person
            || self.owner_of(&row.call.caller_id).await?.as_ref() == Some(person))
    }

    async fn owner_of(&self, caller: &CallerId) -> Result<Option<CallerId>, Problem> {
        let caller = caller.clone();
        let key =
            self.inner.store.read(move |tx| store::keys::get(tx, &caller)).await.map_err(store_problem)?;
        Ok(key.and_then(|key| key.caller.owner))
    }

    /// Says so where no active person could decide on a call, and what to do about it.
    pub(crate) async fn nobody_can_decide(&self, row: &CallRow) -> Result<Option<String>, Problem> {
        let people = self.inner.store.read(store::people::list).await.map_err(store_problem)?;
        let owner = self.owner_of(&row.call.caller_id).await?;
        let live = self.inner.registry.get(&row.call.connection_id);
        let self_approval = live.is_some_and(|live| live.connection.self_approval);
        let somebody = people.iter().any(|person| {
            let own = person.id == row.call.caller_id || Some(&person.id) == owner.as_ref();
            person.disabled_at.is_none() && person.role >= Role::Approver && (self_approval || !own)
        });
        Ok((!somebody).then(|| {
            "At present nobody could approve this: it takes an active person with the role approver who neither asked \
             nor owns the asking key. An administrator can add one (`ncgate user add NAME --role approver`)."
                .to_owned()
        }))
    }

    pub(crate) async fn approval_row(&self, id: &ApprovalId) -> Result<Approval, Problem> {
        let id = id.clone();
        let found =
            self.inner.store.read(move |tx| store::approvals::get(tx, &id)).await.map_err(store_problem)?;
        found.ok_or_else(no_such)
    }

    /// An approval, if the requester may know of it: people see all, a key its own.
    pub(crate) async fn approval_for_requester(
        &self,
        who: &Requester,
        id: &str,
    ) -> Result<Approval, Problem> {
        let approval = self.approval_row(&ApprovalId::new(id)).await?;
        if who.caller.is_person() || approval.caller_id == who.caller.id {
            Ok(approval)
        } else {
            Err(no_such())
        }
    }

    async fn approval_view(&self, approval: Approval) -> Result<ApprovalView, Problem> {
        let row = self.call_row(&approval.call_id).await?.ok_or_else(no_such)?;
        let plan = plan_of(&row)?;
        let now = self.now();
        let state = approval.state_at(now);
        let nobody = if state == ApprovalState::Pending { self.nobody_can_decide(&row).await? } else { None };
        let decider = approval.decided_by.clone();
        let decided_by = match decider {
            None => None,
            Some(id) => {
                let lookup = id.clone();
                let person = self
                    .inner
                    .store
                    .read(move |tx| store::people::get(tx, &lookup))
                    .await
                    .map_err(store_problem)?;
                Some(person.map_or_else(|| id.to_string(), |person| person.name))
            }
        };
        let live = self.inner.registry.get(&approval.connection_id);
        Ok(ApprovalView {
            state,
            summary: row.call.summary.clone(),
            warnings: serde_json::from_value(row.facts["warnings"].clone()).unwrap_or_default(),
            tool: row.call.tool.clone(),
            effect: plan.effect,
            connection: live
                .as_ref()
                .map_or_else(|| approval.connection_id.to_string(), |l| l.connection.name.clone()),
            arguments: secret::shown(&plan.arguments),
            targets: targets_with_facts(&plan, &row.facts),
            writes: plan.writes.iter().map(crate::ask::shown_write).collect(),
            plan_digest: approval.plan_digest,
            reason: approval.reason,
            caller: row.caller_name,
            caller_kind: self.kind_of(&row.call.caller_id).await?,
            client: row.source.client,
            held_by: approval.held_by,
            confirm_required: approval.confirm_required,
            self_approval: live.is_some_and(|l| l.connection.self_approval),
            nobody_can_decide: nobody,
            run_at: plan.run_at,
            created_at: approval.created_at,
            expires_at: approval.expires_at,
            decided_by,
            decision_reason: approval.decision_reason,
            id: approval.id,
            call_id: approval.call_id,
        })
    }

    /// What kind of caller an id belongs to.
    async fn kind_of(&self, caller: &CallerId) -> Result<String, Problem> {
        let id = caller.clone();
        let key = self.inner.store.read(move |tx| store::keys::get(tx, &id)).await.map_err(store_problem)?;
        Ok(match key {
            Some(key) => key.caller.kind.as_str(),
            None if caller.as_str() == crate::LOCAL_AGENT => "agent",
            None => "person",
        }
        .to_owned())
    }

    /// Expires what is overdue.
    pub(crate) async fn expire_now(&self) -> Result<(), Problem> {
        let now = self.now();
        let ttl = self.inner.options.approval_ttl;
        let due = self.inner.store.read(store::approvals::next_expiry).await.map_err(store_problem)?;
        if due.is_none_or(|at| at > now) {
            return Ok(());
        }
        self.inner.store.write(move |tx| expire_overdue(tx, now, ttl)).await.map_err(store_problem)
    }
}

/// Expires every overdue approval within a transaction, each with its entry.
pub(crate) fn expire_overdue(tx: &mut Tx<'_>, now: Timestamp, ttl: Duration) -> Result<(), store::Error> {
    for id in store::approvals::expire_due(tx, now)? {
        let Some(approval) = store::approvals::get(tx, &id)? else { continue };
        let Some(row) = store::calls::get(tx, &approval.call_id)? else { continue };
        approval_line(&approval, &row, "approval.expired", now)
            .with("ttl_seconds", ttl.as_secs())
            .append(tx)?;
        announce(tx, &approval);
    }
    Ok(())
}

fn announce(tx: &mut Tx<'_>, approval: &Approval) {
    tx.announce(Topic::Approval, &approval.id, Some(&approval.connection_id));
    tx.announce(Topic::Call, &approval.call_id, Some(&approval.connection_id));
}

fn approval_line(approval: &Approval, row: &CallRow, event: &'static str, now: Timestamp) -> Line {
    Line::new(Some(&approval.connection_id), event, now)
        .call(&approval.call_id)
        .with("approval", &approval.id)
        .with("tool", &row.call.tool)
        .with("plan_digest", &approval.plan_digest)
}

fn denied(reason: Option<&str>, by: &str) -> Problem {
    let message = match reason {
        Some(reason) => format!("{by} denied this: {reason}"),
        None => format!("{by} denied this"),
    };
    Problem::new(Kind::Denied, message)
        .hint("nothing was done; do not ask for the same again, talk to the person")
}

fn targets_with_facts(plan: &Plan, facts: &Value) -> Vec<Value> {
    plan.targets
        .iter()
        .enumerate()
        .map(|(index, target)| {
            let mut shown = serde_json::to_value(target).expect("a target is JSON");
            let members = shown.as_object_mut().expect("a target is an object");
            members.insert("server".into(), json!(target.counts_as_server()));
            if let Some(more) = facts["targets"][index].as_object() {
                members.extend(more.clone());
            }
            shown
        })
        .collect()
}

/// Which caller a list is narrowed to: people see everybody's, a key its own.
pub(crate) fn own_only(who: &Requester) -> Option<CallerId> {
    (!who.caller.is_person()).then(|| who.caller.id.clone())
}

pub(crate) fn list_problem(error: store::Error) -> Problem {
    match error {
        store::Error::Cursor => Problem::new(Kind::BadRequest, "this cursor is not one that a list gave out")
            .hint("start again without a cursor"),
        other => store_problem(other),
    }
}

fn no_such() -> Problem {
    Problem::new(Kind::NotFound, "no such approval")
}
