//! Calls as they are looked at.

use super::Cursor;
use model::answer::TargetOutcome;
use model::{ApprovalId, CallId, CallState, Outcome, Problem, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A call as it is looked at.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CallView {
    /// Its id.
    pub id: CallId,
    /// Canonical tool name.
    pub tool: String,
    /// The connection's name.
    pub connection: String,
    /// Who asked, by name.
    pub caller: String,
    /// Where it stands.
    pub state: CallState,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// The approval it needed.
    pub approval_id: Option<ApprovalId>,
    /// The digest of its plan.
    pub plan_digest: String,
    /// One sentence.
    pub summary: String,
    /// What happened to each target.
    pub targets: Vec<TargetState>,
    /// The tool's result.
    pub result: Option<Value>,
    /// Why it was refused or failed.
    pub error: Option<Problem>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it shall run.
    pub run_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

/// Which calls; none of a member means any.
#[derive(Clone, Debug, Default)]
pub struct CallFilter {
    /// Where it stands.
    pub state: Option<CallState>,
    /// A tool, by either name.
    pub tool: Option<String>,
    /// Id or name of a connection.
    pub connection: Option<String>,
    /// A caller's id or name; a key has only its own calls anyway.
    pub caller: Option<String>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// Asked not before.
    pub from: Option<Timestamp>,
    /// Asked not after.
    pub to: Option<Timestamp>,
    /// Which page.
    pub page: Cursor,
}

/// One target of a call as it is looked at; without an outcome until there is one.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TargetState {
    /// The target's id.
    pub id: model::plan::TargetId,
    /// Its name.
    pub name: String,
    /// What is known of it.
    pub outcome: Option<Outcome>,
    /// The task N-central made for it.
    pub task_id: Option<Value>,
    /// What went wrong.
    pub error: Option<String>,
}

impl From<TargetOutcome> for TargetState {
    fn from(t: TargetOutcome) -> Self {
        Self { id: t.id, name: t.name, outcome: Some(t.outcome), task_id: t.task_id, error: t.error }
    }
}
