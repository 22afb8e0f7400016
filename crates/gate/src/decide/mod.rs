//! Decisions: who may decide on a held call, what it takes, and what follows in the same transaction.
//!
//! A key never decides. Nor does the person who made the call or owns its key, unless an administrator allowed
//! self-approval for the connection, and then only with the password. A run on servers takes typing what they are
//! called and fresh proof. Whoever decides first is the one; the store makes it a compare-and-set.

mod expire;
mod look;

pub(crate) use expire::expire_overdue;
pub(crate) use look::list_problem;

use crate::api::{ApprovalView, Decision, Requester, Verdict};
use crate::gate::{Gate, Refused, store_problem};
use crate::record::Line;
use model::{Approval, ApprovalState, CallState, CallerId, Kind, Problem, Role, Timestamp};
use std::time::Duration;
use store::calls::CallRow;
use store::{Topic, Tx};

/// How fresh a password counts as fresh proof.
const FRESH: Duration = Duration::from_secs(5 * 60);

/// Longest reason, in characters.
const REASON: usize = 500;

impl Gate {
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
            return Err(Problem::new(Kind::Forbidden, "deciding takes the role approver")
                .hint("ask a person with the role approver"));
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
        crate::crash::point("deciding");
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
        crate::crash::point("withdrawn");
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

fn no_such() -> Problem {
    Problem::new(Kind::NotFound, "no such approval").hint(
        "`ncgate approvals list` (`GET /api/v1/approvals`) lists them; a key sees those of its own calls, and what is \
         long over is forgotten",
    )
}
