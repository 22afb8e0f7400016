//! Asking for a tool: what a face hands in, and what it gets back.

use model::answer::{Held, Ran};
use model::{ApprovalId, CallId, CallState, Caller, Mode, Source, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// Who asks, and from where. Every method of the gate that acts takes one.
#[derive(Clone, Debug)]
pub struct Requester {
    /// The caller.
    pub caller: Caller,
    /// From where and through what.
    pub source: Source,
    /// When the person's password was last proved in this session; none for keys.
    pub proved_at: Option<Timestamp>,
    /// The id of the person's session; none for keys.
    pub session: Option<String>,
}

impl Requester {
    /// Somebody who asks outside any session.
    pub(crate) fn new(caller: Caller, source: Source) -> Self {
        Self { caller, source, proved_at: None, session: None }
    }

    /// The same one in plan mode: a change or a run answers with its plan, and stops there.
    #[must_use]
    pub fn only_planning(&self) -> Self {
        let caller = Caller { plan_only: true, ..self.caller.clone() };
        Self { caller, ..self.clone() }
    }
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
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
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
