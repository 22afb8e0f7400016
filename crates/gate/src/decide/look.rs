//! Looking at approvals: what a person is shown before deciding, and what a key sees of its own.

use super::no_such;
use crate::admin::filter::{canonical_name, just_after};
use crate::api::{ApprovalFilter, ApprovalView, Page, PersonView, Requester};
use crate::ask::replay::plan_of;
use crate::gate::{Gate, store_problem};
use model::{Approval, ApprovalId, ApprovalState, CallerId, ConnectionId, Kind, Plan, Problem, secret};
use serde_json::{Value, json};
use store::people::Person;

impl Gate {
    /// One approval, for a person or for the key that asked.
    ///
    /// # Errors
    /// Nothing of that id for this requester.
    pub async fn approval(&self, who: &Requester, id: &str) -> Result<ApprovalView, Problem> {
        let approval = self.approval_for_requester(who, id).await?;
        self.approval_view(who, approval).await
    }

    /// Approvals, newest first; a key sees its own.
    ///
    /// # Errors
    /// A cursor that is none; a name that several callers have.
    pub async fn approvals(
        &self,
        who: &Requester,
        wanted: ApprovalFilter,
    ) -> Result<Page<ApprovalView>, Problem> {
        self.expire_now().await?;
        let ApprovalFilter { state, tool, connection, caller, from, to, page } = wanted;
        let filter = store::approvals::Filter {
            state,
            caller: self.caller_to_show(who, caller).await?,
            connection: connection.map(|name| ConnectionId::new(self.connection_on_record(name))),
            tool: tool.map(canonical_name),
            from,
            to: to.map(just_after),
        };
        let limit = page.rows();
        let found = self
            .inner
            .store
            .read(move |tx| store::approvals::list(tx, &filter, page.cursor.as_deref(), limit))
            .await
            .map_err(list_problem)?;
        let mut items = Vec::with_capacity(found.items.len());
        for approval in found.items {
            items.push(self.approval_view(who, approval).await?);
        }
        Ok(Page { items, next: found.next })
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

    async fn approval_view(&self, who: &Requester, approval: Approval) -> Result<ApprovalView, Problem> {
        let row = self.call_row(&approval.call_id).await?.ok_or_else(no_such)?;
        let plan = plan_of(&row)?;
        let now = self.now();
        let state = approval.state_at(now);
        let nobody = if state == ApprovalState::Pending { self.nobody_can_decide(&row).await? } else { None };
        let decider = self.account_of(approval.decided_by.clone()).await?;
        let decided_by = approval
            .decided_by
            .as_ref()
            .map(|id| decider.as_ref().map_or_else(|| id.to_string(), |person| person.name.clone()));
        let owner = self.name_of(self.owner_of(&row.call.caller_id).await?).await?;
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
            owner,
            client: row.source.client,
            held_by: approval.held_by,
            confirm_required: approval.confirm_required,
            self_approval: live.is_some_and(|l| l.connection.self_approval),
            nobody_can_decide: nobody,
            run_at: plan.run_at,
            created_at: approval.created_at,
            expires_at: approval.expires_at,
            decided_by,
            // Keys are not told of people's accounts.
            decider: decider.map(PersonView::from).filter(|_| who.caller.is_person()),
            decided_at: approval.decided_at,
            decision_reason: approval.decision_reason,
            id: approval.id,
            call_id: approval.call_id,
        })
    }

    /// What a person is called; their id, where the account is gone.
    async fn name_of(&self, person: Option<CallerId>) -> Result<Option<String>, Problem> {
        let account = self.account_of(person.clone()).await?;
        Ok(person.map(|id| account.map_or_else(|| id.to_string(), |person| person.name)))
    }

    /// The account of a person, where there is one.
    async fn account_of(&self, person: Option<CallerId>) -> Result<Option<Person>, Problem> {
        let Some(id) = person else { return Ok(None) };
        self.inner.store.read(move |tx| store::people::get(tx, &id)).await.map_err(store_problem)
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

pub(crate) fn list_problem(error: store::Error) -> Problem {
    match error {
        store::Error::Cursor => {
            Problem::new(Kind::InvalidArguments, "this cursor is not one that a list gave out")
                .hint("start again without a cursor")
        }
        other => store_problem(other),
    }
}
