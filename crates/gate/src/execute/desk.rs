//! What the gate itself answers for tools: the connection's script list, and the state of a held call.

use crate::api::{Answer, Requester};
use crate::ask::MOST_HOLD;
use crate::gate::{Gate, store_problem};
use catalog::Local;
use futures::future::BoxFuture;
use model::{ApprovalState, CallState, ConnectionId, Problem, Script};
use serde_json::{Value, json};
use std::time::Duration;

/// The gate, seen from one call's tool.
pub(crate) struct Desk {
    gate: Gate,
    connection: ConnectionId,
    who: Requester,
}

impl Desk {
    pub(crate) fn new(gate: Gate, connection: ConnectionId, who: Requester) -> Self {
        Self { gate, connection, who }
    }

    async fn approval_state(&self, id: &str, wait: Duration) -> Result<Value, Problem> {
        let approval = self.gate.approval_for_requester(&self.who, id).await?;
        let row = self.gate.wait_for(&approval.call_id, wait.min(MOST_HOLD)).await?;
        let approval = self.gate.approval_for_requester(&self.who, id).await?;
        let state = approval.state_at(self.gate.now());
        let mut answer = json!({
            "approval_id": approval.id,
            "call_id": approval.call_id,
            "state": state,
        });
        let members = answer.as_object_mut().expect("it was made as an object");
        if let Some(reason) = &approval.decision_reason {
            members.insert("decision_reason".into(), json!(reason));
        }
        let Some(row) = row else { return Ok(answer) };
        match row.call.state {
            CallState::Finished => {
                members.insert("outcome".into(), json!(row.call.outcome));
                match self.gate.finished(&row).await {
                    Ok(Answer::Read { result, .. }) => members.insert("result".into(), result),
                    Ok(other) => members.insert("result".into(), other.body()),
                    Err(problem) => members.insert("error".into(), json!(problem)),
                };
                self.gate.tell(&self.who, &row).await?;
            }
            CallState::Refused => {
                if let Some(problem) = &row.error {
                    members.insert("error".into(), json!(problem));
                }
                self.gate.tell(&self.who, &row).await?;
            }
            CallState::Pending => {
                let until = approval.expires_at;
                members.insert(
                    "next_step".into(),
                    json!(format!("nobody has decided yet; it expires at {until}; wait again")),
                );
            }
            CallState::Queued | CallState::Executing => {
                members.insert("call_state".into(), json!(row.call.state));
                let when = row.call.run_at.map_or_else(|| "now".to_owned(), |at| format!("at {at}"));
                if state == ApprovalState::Approved {
                    members.insert(
                        "next_step".into(),
                        json!(format!("approved; it runs {when}; wait again for the outcome")),
                    );
                }
            }
        }
        Ok(answer)
    }
}

impl Local for Desk {
    fn scripts(&self) -> BoxFuture<'_, Result<Vec<Script>, Problem>> {
        let id = self.connection.clone();
        Box::pin(async move {
            self.gate.inner.store.read(move |tx| store::scripts::list(tx, &id)).await.map_err(store_problem)
        })
    }

    fn approval<'a>(&'a self, approval_id: &'a str, wait: Duration) -> BoxFuture<'a, Result<Value, Problem>> {
        Box::pin(self.approval_state(approval_id, wait))
    }
}
