//! Approvals as they are looked at, and the decision on one.

use super::{Cursor, PersonView};
use model::{ApprovalId, ApprovalState, CallId, Effect, Timestamp};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An approval as it is looked at.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalView {
    /// Its id.
    pub id: ApprovalId,
    /// The call that waits for it.
    pub call_id: CallId,
    /// Where it stands.
    pub state: ApprovalState,
    /// One sentence: what will happen.
    pub summary: String,
    /// What the approver has to be told beyond that.
    pub warnings: Vec<String>,
    /// Canonical tool name.
    pub tool: String,
    /// What it does to the world.
    pub effect: Effect,
    /// The connection's name.
    pub connection: String,
    /// The arguments; secrets read "secret, set".
    pub arguments: Value,
    /// What it acts on: the plan's targets, each with what else is known (customer name, last check-in, offline).
    pub targets: Vec<Value>,
    /// What will be sent, secrets shown as set.
    pub writes: Vec<model::Write>,
    /// The digest of the plan.
    pub plan_digest: String,
    /// Why the caller asks, in the caller's words.
    pub reason: Option<String>,
    /// Who asks, by name.
    pub caller: String,
    /// Agent, workflow or person.
    pub caller_kind: String,
    /// Whose key it is, by name; none where a person asked.
    pub owner: Option<String>,
    /// Through what client.
    pub client: Option<String>,
    /// What held it.
    pub held_by: String,
    /// What has to be typed, if anything.
    pub confirm_required: Option<String>,
    /// Whether the connection lets the one who asked decide.
    pub self_approval: bool,
    /// Set where nobody could decide, with what to do about it.
    pub nobody_can_decide: Option<String>,
    /// When it shall run.
    pub run_at: Option<Timestamp>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it expires undecided.
    pub expires_at: Timestamp,
    /// Who decided, by name.
    pub decided_by: Option<String>,
    /// The account of whoever decided: its role, who made it and when. Shown to people only.
    #[serde(default)]
    pub decider: Option<PersonView>,
    /// When that was.
    pub decided_at: Option<Timestamp>,
    /// What that person said.
    pub decision_reason: Option<String>,
}

/// Which approvals; none of a member means any.
#[derive(Clone, Debug, Default)]
pub struct ApprovalFilter {
    /// Where it stands.
    pub state: Option<ApprovalState>,
    /// A tool, by either name.
    pub tool: Option<String>,
    /// Id or name of a connection.
    pub connection: Option<String>,
    /// A caller's id or name; a key has only its own approvals anyway.
    pub caller: Option<String>,
    /// Asked not before.
    pub from: Option<Timestamp>,
    /// Asked not after.
    pub to: Option<Timestamp>,
    /// Which page.
    pub page: Cursor,
}

/// A person's decision.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Yes or no.
    pub decision: Verdict,
    /// Goes back to the caller.
    #[serde(default)]
    pub reason: Option<String>,
    /// The typed confirmation.
    #[serde(default)]
    pub confirm: Option<String>,
    /// The password, as fresh proof.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "password", "writeOnly" = true))]
    pub password: Option<SecretString>,
    /// The digest of the plan the person looked at; refused where it is not this one's.
    #[serde(default)]
    pub plan_digest: Option<String>,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Let it run.
    Approve,
    /// Don't.
    Deny,
}
