//! What goes in and out of the gate: the requests the faces make of it and the views they show. The members are
//! those of surface.md; a face serialises them as they are.

use model::answer::{Held, Ran, TargetOutcome};
use model::{
    ApprovalId, ApprovalState, CallId, CallState, Caller, CallerId, ConnectionId, Effect, Mode, NameSet,
    Outcome, Preset, Problem, Role, Source, Timestamp,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::Topic;

/// Who asks, and from where. Every method of the gate that acts takes one.
#[derive(Clone, Debug)]
pub struct Requester {
    /// The caller.
    pub caller: Caller,
    /// From where and through what.
    pub source: Source,
    /// When the person's password was last proved in this session; none for keys.
    pub proved_at: Option<Timestamp>,
}

/// One request for a tool.
pub struct Ask {
    /// Who asks.
    pub requester: Requester,
    /// Id or name of the connection; a key has its own, a person with one connection needs none.
    pub connection: Option<String>,
    /// Canonical name or alias.
    pub tool: String,
    /// The arguments, a JSON object.
    pub arguments: Value,
    /// How long a held call may wait for its decision before the held answer is given; at most 45 s.
    pub hold: Duration,
    /// The `Idempotency-Key`, where one came.
    pub idempotency_key: Option<String>,
    /// Who follows the progress.
    pub progress: Arc<dyn catalog::Progress>,
}

/// What a call answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A look-up's result.
    Read {
        /// The call's id.
        call_id: CallId,
        /// The result object.
        result: Value,
    },
    /// It waits for a person.
    Held(Held),
    /// It may run, and waits for its time or its turn.
    Queued(Queued),
    /// Plan mode: what would be done.
    Planned(Planned),
    /// It ran.
    Ran(Ran),
}

impl Answer {
    /// The call's id, where a call was made.
    pub fn call_id(&self) -> Option<&CallId> {
        match self {
            Answer::Read { call_id, .. } => Some(call_id),
            Answer::Held(held) => Some(&held.call_id),
            Answer::Queued(queued) => Some(&queued.call_id),
            Answer::Ran(ran) => Some(&ran.call_id),
            Answer::Planned(_) => None,
        }
    }

    /// The result object that every face hands out.
    pub fn body(&self) -> Value {
        let body = match self {
            Answer::Read { result, .. } => return result.clone(),
            Answer::Held(held) => serde_json::to_value(held),
            Answer::Queued(queued) => serde_json::to_value(queued),
            Answer::Planned(planned) => serde_json::to_value(planned),
            Answer::Ran(ran) => serde_json::to_value(ran),
        };
        body.expect("answers are JSON")
    }

    /// Whether the caller has to come back: HTTP 202, exit code 3.
    pub fn is_waiting(&self) -> bool {
        matches!(self, Answer::Held(_) | Answer::Queued(_))
    }
}

/// A call that may run and has not yet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Queued {
    /// `queued`, or `executing`.
    pub status: CallState,
    /// The call.
    pub call_id: CallId,
    /// The approval it had, if it needed one.
    pub approval_id: Option<ApprovalId>,
    /// One sentence: what will happen.
    pub summary: String,
    /// What it acts on.
    pub targets: Vec<model::Target>,
    /// The digest of the frozen plan.
    pub plan_digest: String,
    /// When it shall run.
    pub run_at: Option<Timestamp>,
    /// What the caller should do now.
    pub next_step: String,
}

/// Plan mode's answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Planned {
    /// `planned`.
    pub status: &'static str,
    /// The digest of the plan.
    pub plan_digest: String,
    /// One sentence: what would happen.
    pub summary: String,
    /// What it would act on.
    pub targets: Vec<model::Target>,
    /// What would be sent, secrets shown as set.
    pub writes: Vec<model::Write>,
}

/// One tool as a caller sees it.
#[derive(Clone)]
pub struct Offer {
    /// The tool.
    pub tool: &'static catalog::Entry,
    /// The name to show: canonical or alias, as the caller's key says.
    pub shown_name: &'static str,
    /// Its policy on the caller's connection.
    pub policy: Mode,
}

/// A call as it is looked at.
#[derive(Clone, Debug, Serialize, Deserialize)]
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

/// One target of a call as it is looked at; without an outcome until there is one.
#[derive(Clone, Debug, Serialize, Deserialize)]
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

/// An approval as it is looked at.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    /// What that person said.
    pub decision_reason: Option<String>,
}

/// A person's decision.
#[derive(Clone, Debug, Deserialize)]
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
    pub password: Option<SecretString>,
    /// The digest of the plan the person looked at; refused where it is not this one's.
    #[serde(default)]
    pub plan_digest: Option<String>,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Let it run.
    Approve,
    /// Don't.
    Deny,
}

/// A page of a list; `next` is the cursor to go on with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
}

/// Which page.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Cursor {
    /// From an earlier page's `next`.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Rows; 50 by default, at most 500.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// A new connection, or a new JWT for one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewConnection {
    /// What people will call it; derived from the address where it is missing.
    #[serde(default)]
    pub name: Option<String>,
    /// The server's address.
    pub url: String,
    /// The User-API Token.
    pub jwt: SecretString,
    /// A private certificate authority, PEM.
    #[serde(default)]
    pub ca: Option<String>,
    /// The policies to start with.
    #[serde(default)]
    pub preset: Option<Preset>,
}

/// A connection that was made, changed or healed, and what is worth knowing about it.
#[derive(Clone, Debug, Serialize)]
pub struct Connected {
    /// The connection.
    #[serde(flatten)]
    pub connection: model::Connection,
    /// What was noticed and accepted: a dropped slash, a version the server does not tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
}

/// A change to a connection.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionChange {
    /// A new JWT reconnects.
    #[serde(default)]
    pub jwt: Option<SecretString>,
    /// A new private certificate authority, PEM.
    #[serde(default)]
    pub ca: Option<String>,
    /// Whether the one who asked may decide.
    #[serde(default)]
    pub self_approval: Option<bool>,
    /// Most devices a call may act on.
    #[serde(default)]
    pub max_targets: Option<u32>,
}

/// The policies of a connection: every tool's mode.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PoliciesView {
    /// The version to send with a change.
    pub version: u64,
    /// The preset last applied.
    pub preset: Preset,
    /// Mode by canonical tool name.
    pub policies: BTreeMap<String, Mode>,
}

/// A partial change of policies.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyChange {
    /// The version it is based on; a stale one is refused. None takes whatever is current.
    #[serde(default)]
    pub version: Option<u64>,
    /// A preset to start from; the single modes come on top.
    #[serde(default)]
    pub preset: Option<Preset>,
    /// Mode by tool name, canonical or alias.
    #[serde(default)]
    pub policies: BTreeMap<String, Mode>,
}

/// A new key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What the record calls it.
    pub name: String,
    /// `agent` or `workflow`.
    pub kind: KeyKind,
    /// Id or name of its connection; the only one where it is missing.
    #[serde(default)]
    pub connection: Option<String>,
    /// Tools it is narrowed to, by either name.
    #[serde(default)]
    pub tools: Option<Vec<String>>,
    /// Customers it is narrowed to, by id.
    #[serde(default)]
    pub customers: Option<Vec<i64>>,
    /// Whether changes and runs answer with their plan.
    #[serde(default)]
    pub plan_only: bool,
    /// Which names it is shown.
    #[serde(default)]
    pub names: NameSet,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// Agent or workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// For an AI agent.
    Agent,
    /// For a workflow engine.
    Workflow,
}

/// A key as it is looked at; never its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyView {
    /// Its id.
    pub id: CallerId,
    /// What the record calls it.
    pub name: String,
    /// Agent or workflow.
    pub kind: KeyKind,
    /// Its connection's name.
    pub connection: String,
    /// The person who made it, by name.
    pub owner: Option<String>,
    /// Tools it is narrowed to.
    pub tools: Option<Vec<String>>,
    /// Customers it is narrowed to.
    pub customers: Option<Vec<i64>>,
    /// Whether changes and runs answer with their plan.
    pub plan_only: bool,
    /// Which names it is shown.
    pub names: NameSet,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// A key's secret, handed out once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewKeySecret {
    /// Its id.
    pub id: CallerId,
    /// What the record calls it.
    pub name: String,
    /// `ncg_<id>_<random>`; not kept, so it can't be shown again.
    pub secret: String,
}

/// A person as others see them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PersonView {
    /// Their id.
    pub id: CallerId,
    /// The name they sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
}

/// A new person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// The name to sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The first password, 10 characters or more.
    pub password: SecretString,
}

/// A session's token, handed out once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewSession {
    /// `ncs_<random>`.
    pub token: String,
    /// Who signed in.
    pub person: PersonView,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A script to be put on the list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewScript {
    /// The name callers use.
    pub name: String,
    /// Its repository id.
    pub item_id: i64,
    /// `AutomationPolicy`, `Script` or `MacScript`.
    pub task_type: model::script::TaskType,
    /// Its parameters.
    #[serde(default)]
    pub parameters: Vec<model::script::ScriptParameter>,
    /// What it does.
    #[serde(default)]
    pub description: String,
}

/// Pressing or releasing a stop switch.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopChange {
    /// On or off.
    pub on: bool,
    /// Id or name of the connection; all where it is missing.
    #[serde(default)]
    pub connection: Option<String>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A stop switch as it is looked at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StopView {
    /// The connection's name; none for all.
    pub connection: Option<String>,
    /// Whether it is on.
    pub on: bool,
    /// Why.
    pub reason: Option<String>,
    /// Who, by name.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// One audit entry as it is looked at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditView {
    /// The chain.
    pub chain: String,
    /// Its place.
    pub seq: u64,
    /// When.
    pub time: Timestamp,
    /// What kind of event.
    pub event: String,
    /// Lower-case hex SHA-256 of the entry.
    pub hash: String,
    /// What was recorded.
    pub body: Value,
}

/// Which audit entries.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct AuditFilter {
    /// Id or name of a connection.
    #[serde(default)]
    pub connection: Option<String>,
    /// A caller's id or name.
    #[serde(default)]
    pub caller: Option<String>,
    /// A tool, by either name.
    #[serde(default)]
    pub tool: Option<String>,
    /// One call's entries.
    #[serde(default)]
    pub call: Option<String>,
    /// Not before.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// Not after.
    #[serde(default)]
    pub to: Option<Timestamp>,
    /// Which page.
    #[serde(flatten)]
    pub page: Cursor,
}

/// Something that happened, for whoever follows live.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// What kind of thing changed.
    pub topic: Topic,
    /// The id of what changed.
    pub id: String,
    /// The connection it belongs to.
    pub connection: Option<ConnectionId>,
}

/// One finding of the doctor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// What was looked at.
    pub check: String,
    /// `ok`, `warning`, `failed`.
    pub status: String,
    /// What was found.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub hint: String,
}
