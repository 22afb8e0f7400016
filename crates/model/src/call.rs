//! Calls: one request for a tool with arguments, from being asked to its outcome.

use crate::id::{ApprovalId, CallId, CallerId, ConnectionId};
use crate::outcome::Outcome;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// Waits for a decision.
    Pending,
    /// Approved or allowed, and not begun: waits for a worker or for its time.
    Queued,
    /// Its intent is committed.
    Executing,
    /// Has its outcome.
    Finished,
    /// Will never run: denied, expired, withdrawn, stopped, or its world had changed.
    Refused,
}

impl CallState {
    /// The name used on every face.
    pub fn as_str(self) -> &'static str {
        match self {
            CallState::Pending => "pending",
            CallState::Queued => "queued",
            CallState::Executing => "executing",
            CallState::Finished => "finished",
            CallState::Refused => "refused",
        }
    }

    /// Whether nothing further will happen to it by itself.
    pub fn is_over(self) -> bool {
        matches!(self, CallState::Finished | CallState::Refused)
    }
}

impl std::str::FromStr for CallState {
    type Err = crate::policy::UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "pending" => Ok(CallState::Pending),
            "queued" => Ok(CallState::Queued),
            "executing" => Ok(CallState::Executing),
            "finished" => Ok(CallState::Finished),
            "refused" => Ok(CallState::Refused),
            _ => Err(crate::policy::UnknownWord {
                what: "state of a call",
                given: word.into(),
                known: "pending, queued, executing, finished, refused",
            }),
        }
    }
}

/// One request for a tool, as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its id.
    pub id: CallId,
    /// The connection it is for.
    pub connection_id: ConnectionId,
    /// Who asked.
    pub caller_id: CallerId,
    /// Canonical tool name.
    pub tool: String,
    /// Where it stands.
    pub state: CallState,
    /// What came of it, once finished.
    pub outcome: Option<Outcome>,
    /// The approval it needed, if any.
    pub approval_id: Option<ApprovalId>,
    /// The digest of its plan.
    pub plan_digest: String,
    /// One sentence: what it does.
    pub summary: String,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it shall run, if not at once.
    pub run_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}
