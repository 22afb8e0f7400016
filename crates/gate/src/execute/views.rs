//! Looking at calls.

use crate::admin::filter::{canonical_name, just_after};
use crate::api::{CallFilter, CallView, Page, Requester, TargetState};
use crate::ask::replay::{no_call, plan_of, target_outcomes};
use crate::decide::list_problem;
use crate::gate::{Gate, store_problem};
use model::{CallId, ConnectionId, Problem};
use store::calls::CallRow;

impl Gate {
    /// One call, for a person or for the key that asked. To the caller itself, its outcome is told with this.
    ///
    /// # Errors
    /// Nothing of that id for this requester.
    pub async fn call(&self, who: &Requester, id: &str) -> Result<CallView, Problem> {
        let row = self.call_row(&CallId::new(id)).await?;
        let row = row
            .filter(|row| who.caller.is_person() || row.call.caller_id == who.caller.id)
            .ok_or_else(no_call)?;
        if row.call.state.is_over() {
            self.tell(who, &row).await?;
        }
        self.call_view(row).await
    }

    /// Calls, newest first; a key sees its own.
    ///
    /// # Errors
    /// A cursor that is none; a name that several callers have.
    pub async fn calls(&self, who: &Requester, wanted: CallFilter) -> Result<Page<CallView>, Problem> {
        let CallFilter { state, tool, connection, caller, outcome, from, to, page } = wanted;
        let filter = store::calls::Filter {
            caller: self.caller_to_show(who, caller).await?,
            connection: connection.map(|name| ConnectionId::new(self.connection_on_record(name))),
            state,
            tool: tool.map(canonical_name),
            outcome,
            from,
            to: to.map(just_after),
        };
        let limit = page.rows();
        let found = self
            .inner
            .store
            .read(move |tx| store::calls::list(tx, &filter, page.cursor.as_deref(), limit))
            .await
            .map_err(list_problem)?;
        let mut items = Vec::with_capacity(found.items.len());
        for row in found.items {
            items.push(self.call_view(row).await?);
        }
        Ok(Page { items, next: found.next })
    }

    async fn call_view(&self, row: CallRow) -> Result<CallView, Problem> {
        let plan = plan_of(&row)?;
        let id = row.call.id.clone();
        let writes =
            self.inner.store.read(move |tx| store::writes::list(tx, &id)).await.map_err(store_problem)?;
        let settled = target_outcomes(&plan, &writes);
        let targets = plan.targets.iter().map(|target| {
            settled.iter().find(|t| t.id == target.id).cloned().map_or_else(
                || TargetState {
                    id: target.id.clone(),
                    name: target.name.clone(),
                    outcome: None,
                    task_id: None,
                    error: None,
                },
                TargetState::from,
            )
        });
        let live = self.inner.registry.get(&row.call.connection_id);
        Ok(CallView {
            targets: targets.collect(),
            result: self.stored_result(&row)?,
            id: row.call.id,
            tool: row.call.tool,
            connection: live
                .map_or_else(|| row.call.connection_id.to_string(), |l| l.connection.name.clone()),
            caller: row.caller_name,
            state: row.call.state,
            outcome: row.call.outcome,
            approval_id: row.call.approval_id,
            plan_digest: row.call.plan_digest,
            summary: row.call.summary,
            error: row.error,
            created_at: row.call.created_at,
            run_at: row.call.run_at,
            finished_at: row.call.finished_at,
        })
    }
}
