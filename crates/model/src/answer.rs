//! Answers: the shapes that every face hands out (surface.md, *Answers of a gated call* and *Lists*). The same
//! object is MCP's structured content and text, the REST body and the command's output.

use crate::id::{ApprovalId, CallId};
use crate::outcome::Outcome;
use crate::plan::{Target, TargetId};
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Rows under named columns, with the totals and how to go on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// Column names, in order.
    pub columns: Vec<String>,
    /// One array a row, as long as `columns`.
    pub rows: Vec<Vec<Value>>,
    /// How many rows are here.
    pub returned: u64,
    /// How many there are in all, where that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub total: Option<u64>,
    /// The page to ask for next; none at the end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_page: Option<u64>,
    /// What the reader has to know: that there is more, what is missing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

/// A call that waits for a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Held {
    /// `approval_required`.
    pub status: HeldStatus,
    /// The call.
    pub call_id: CallId,
    /// The approval it waits for.
    pub approval_id: ApprovalId,
    /// The page where a person decides; none where no page is served.
    pub approval_url: Option<String>,
    /// When it expires undecided.
    pub expires_at: Timestamp,
    /// One sentence: what will happen.
    pub summary: String,
    /// What it acts on.
    pub targets: Vec<Target>,
    /// The digest of the frozen plan.
    pub plan_digest: String,
    /// What the caller should do now.
    pub next_step: String,
}

/// The one value of [`Held::status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeldStatus {
    /// A person decides first.
    ApprovalRequired,
}

/// One target's part of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetOutcome {
    /// The target's id.
    pub id: TargetId,
    /// Its name.
    pub name: String,
    /// What is known.
    pub outcome: Outcome,
    /// The task N-central made for it, where it made one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub task_id: Option<Value>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

/// A run and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ran {
    /// The outcome over all targets.
    pub status: Outcome,
    /// The call.
    pub call_id: CallId,
    /// One sentence: what happened.
    pub summary: String,
    /// What happened to each target.
    pub targets: Vec<TargetOutcome>,
    /// What the tool makes of N-central's answers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub result: Option<Value>,
}
