//! What an event is about, as it stands in the transaction that makes it so. Arguments, writes and results are left
//! out: a message goes to places that the gateway does not know, and whoever may see them can look.

use crate::api::WebhookEvent;
use crate::ask::replay::{plan_of, target_outcomes};
use crate::record::Line;
use model::{CallId, CallerId, ConnectionId};
use serde_json::{Map, Value, json};
use store::Tx;
use store::calls::CallRow;

/// What an event is about.
pub(super) struct Subject {
    pub(super) connection: Option<ConnectionId>,
    pub(super) caller: Option<CallerId>,
    pub(super) data: Value,
}

/// What the event of an entry is about; none where the entry names nothing that there is.
pub(super) fn of(tx: &mut Tx<'_>, event: WebhookEvent, line: &Line) -> Result<Option<Subject>, store::Error> {
    let found = match event {
        WebhookEvent::ConnectionHealthChanged => of_connection(tx, line)?,
        _ => of_call(tx, event, line)?,
    };
    Ok(found.map(|mut subject| {
        model::text::clean_json(&mut subject.data);
        subject
    }))
}

fn of_connection(tx: &mut Tx<'_>, line: &Line) -> Result<Option<Subject>, store::Error> {
    let Some(id) = line.text("connection").map(ConnectionId::new) else { return Ok(None) };
    let mut data = Map::new();
    tell(&mut data, "connection_id", json!(id));
    tell(&mut data, "connection", json!(name_of(tx, &id)?));
    for member in ["state", "previous_state", "reason"] {
        tell(&mut data, member, line.member(member).cloned().unwrap_or_default());
    }
    Ok(Some(Subject { connection: Some(id), caller: None, data: Value::Object(data) }))
}

fn of_call(tx: &mut Tx<'_>, event: WebhookEvent, line: &Line) -> Result<Option<Subject>, store::Error> {
    let Some(id) = line.text("call").map(CallId::new) else { return Ok(None) };
    let Some(row) = store::calls::get(tx, &id)? else { return Ok(None) };
    let approval = store::approvals::by_call(tx, &id)?;
    let call = &row.call;
    let mut data = Map::new();
    tell(&mut data, "call_id", json!(call.id));
    tell(&mut data, "approval_id", json!(call.approval_id));
    tell(&mut data, "connection_id", json!(call.connection_id));
    tell(&mut data, "connection", json!(name_of(tx, &call.connection_id)?));
    tell(&mut data, "caller_id", json!(call.caller_id));
    tell(&mut data, "caller", json!(row.caller_name));
    tell(&mut data, "tool", json!(call.tool));
    tell(&mut data, "summary", json!(call.summary));
    tell(&mut data, "reason", json!(row.reason));
    tell(&mut data, "targets", targets(tx, &row)?);
    tell(&mut data, "plan_digest", json!(call.plan_digest));
    tell(&mut data, "run_at", json!(call.run_at));
    tell(&mut data, "call_state", json!(call.state));
    tell(&mut data, "outcome", json!(call.outcome));
    if let Some(approval) = approval {
        tell(&mut data, "approval_state", json!(approval.state));
        tell(&mut data, "created_at", json!(approval.created_at));
        tell(&mut data, "expires_at", json!(approval.expires_at));
        tell(&mut data, "decision_reason", json!(approval.decision_reason));
    }
    if matches!(event, WebhookEvent::ApprovalDecided | WebhookEvent::ApprovalWithdrawn) {
        let by = if event == WebhookEvent::ApprovalDecided { "decided_by" } else { "withdrawn_by" };
        tell(&mut data, by, json!(line.text("caller_name")));
    }
    // Of a decision or an expiry the state says it all.
    if matches!(event, WebhookEvent::CallFinished | WebhookEvent::CallRefused) {
        tell(&mut data, "error", json!(row.error.as_ref().map(|problem| &problem.message)));
    }
    Ok(Some(Subject {
        connection: Some(call.connection_id.clone()),
        caller: Some(call.caller_id.clone()),
        data: Value::Object(data),
    }))
}

/// The targets by name, with what became of each as far as it has.
fn targets(tx: &mut Tx<'_>, row: &CallRow) -> Result<Value, store::Error> {
    let Ok(plan) = plan_of(row) else { return Ok(Value::Null) };
    let writes = store::writes::list(tx, &row.call.id)?;
    let settled = target_outcomes(&plan, &writes);
    let told = plan.targets.iter().map(|target| {
        let mut shown = Map::new();
        tell(&mut shown, "kind", json!(target.kind));
        tell(&mut shown, "id", json!(target.id));
        tell(&mut shown, "name", json!(target.name));
        if let Some(of) = settled.iter().find(|of| of.id == target.id) {
            tell(&mut shown, "outcome", json!(of.outcome));
            tell(&mut shown, "task_id", json!(of.task_id));
            tell(&mut shown, "error", json!(of.error));
        }
        Value::Object(shown)
    });
    Ok(told.collect())
}

fn name_of(tx: &mut Tx<'_>, id: &ConnectionId) -> Result<String, store::Error> {
    // One that lives in memory only is not in the store.
    Ok(store::connections::get(tx, id)?.map_or_else(|| id.to_string(), |row| row.connection.name))
}

/// Adds a member; what does not apply is left out.
fn tell(data: &mut Map<String, Value>, name: &str, value: Value) {
    if !value.is_null() {
        data.insert(name.to_owned(), value);
    }
}
