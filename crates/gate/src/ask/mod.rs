//! Asking for a tool: the first half of the doorway, from the request to its answer or to the held call.
//!
//! Order matters here and is the same for every face: who asks, whether the tool exists for them, which connection,
//! which policy, whether the arguments can be meant, whether the switch is on; then look-ups are read and changes
//! are planned. Only `execute` sends writes.

pub(crate) mod admit;
mod draft;
mod hold;
mod idempotency;
mod offers;
mod read;
pub(crate) mod replay;
mod write;

use crate::api::{Answer, Ask, Requester};
use crate::gate::{Gate, going_down, new_call_id};
use crate::record::{Exchanges, Line};
use crate::registry::Live;
use crate::trace;
use catalog::entry::Action;
use catalog::{Context, Entry, Progress};
use idempotency::Start;
use model::secret::Vault;
use model::{CallId, Effect, Mode, Problem};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use store::idempotency::Attempt;
use tracing::Instrument;

pub(crate) use hold::MOST as MOST_HOLD;
pub(crate) use idempotency::{KEPT as KEEP_IDEMPOTENCY, free_abandoned, place as idempotency_place};
pub(crate) use write::shown as shown_write;

/// A request that was let in: the tool exists for the caller, and this is its policy.
pub(crate) struct Admitted {
    pub(crate) tool: &'static Entry,
    pub(crate) live: Arc<Live>,
    pub(crate) effect: Effect,
    pub(crate) mode: Mode,
    /// What decided the mode, in words.
    pub(crate) decided_by: String,
}

impl Gate {
    /// Asks for a tool.
    ///
    /// # Errors
    /// Everything that keeps the call from being answered, held or run, as a [`Problem`] that says whether anything
    /// was changed.
    pub async fn ask(&self, ask: Ask) -> Result<Answer, Problem> {
        let begun = self.inner.metrics.begin(&ask);
        let answer = self.answer(ask).await;
        begun.answered(&answer);
        answer
    }

    async fn answer(&self, ask: Ask) -> Result<Answer, Problem> {
        if self.inner.stopping.is_cancelled() {
            return Err(going_down());
        }
        // A gateway that goes down waits for what it has begun to answer.
        let _begun = self.inner.tasks.token();
        let _seat = match self.call_seat(&ask.requester) {
            Ok(seat) => seat,
            Err(problem) => return Err(self.refused(&ask, None, problem).await),
        };
        let admitted = match self.admit(&ask) {
            Ok(admitted) => admitted,
            Err(problem) => return Err(self.refused(&ask, None, problem).await),
        };
        let _place = match self.connection_seat(&ask.requester, &admitted.live.connection) {
            Ok(seats) => seats,
            Err(problem) => return Err(self.refused(&ask, Some(&admitted), problem).await),
        };
        if let Err(problem) = admitted.tool.check_arguments(&ask.arguments) {
            return Err(self.refused(&ask, Some(&admitted), problem).await);
        }
        let Some(key) = &ask.idempotency_key else {
            return self.work(&ask, &admitted, new_call_id(), None).await;
        };
        match self.claim_idempotency(&ask, &admitted, key).await? {
            Start::Answered(answer) => Ok(answer),
            Start::Call(call_id) => {
                let span = trace::call(&call_id, admitted.tool.record.name);
                self.replay(&ask.requester, &call_id, ask.hold).instrument(span).await
            }
            Start::Work(call_id, held) => {
                let answer = held.during(self.work(&ask, &admitted, call_id, held.attempt())).await;
                held.end(&answer).await;
                answer
            }
        }
    }

    /// Reads or plans, whatever the request asks for, under this id.
    async fn work(
        &self,
        ask: &Ask,
        admitted: &Admitted,
        call_id: CallId,
        attempt: Option<Attempt>,
    ) -> Result<Answer, Problem> {
        let span = trace::call(&call_id, admitted.tool.record.name);
        let work = async {
            let answer = self.read_or_plan(ask, admitted, call_id.clone(), attempt).await;
            trace::answered(&call_id, &answer);
            answer
        };
        work.instrument(span).await
    }

    async fn read_or_plan(
        &self,
        ask: &Ask,
        admitted: &Admitted,
        call_id: CallId,
        attempt: Option<Attempt>,
    ) -> Result<Answer, Problem> {
        let answer = match &admitted.tool.action {
            // It puts its own failure on the record.
            Action::Read(reader) if admitted.mode == Mode::Auto => {
                let answer = self.read_now(ask, admitted, reader, call_id.clone()).await;
                return answer.map_err(|problem| of_call(problem, &call_id));
            }
            Action::Read(reader) => self.hold_read(ask, admitted, reader, call_id.clone(), attempt).await,
            Action::Write(writer) => self.plan_write(ask, admitted, writer, call_id.clone(), attempt).await,
        };
        match answer {
            Ok(answer) => Ok(answer),
            Err(problem) => {
                let problem = of_call(admitted.live.explain(problem), &call_id);
                Err(self.refused(ask, Some(admitted), problem).await)
            }
        }
    }

    /// What a tool is given when it works for this call.
    pub(crate) fn context(
        &self,
        live: &Arc<Live>,
        who: &Requester,
        call_id: CallId,
        exchanges: &Arc<Exchanges>,
        progress: Arc<dyn Progress>,
    ) -> Context {
        let observer = Arc::clone(exchanges) as Arc<dyn ncentral::Observer>;
        Context {
            client: self.scoped(live, who.caller.id.as_str(), observer),
            clock: Arc::clone(&self.inner.options.clock),
            call_id,
            customers: who.caller.customers.clone(),
            max_targets: live.connection.max_targets,
            local: Arc::new(crate::execute::desk::Desk::new(
                self.clone(),
                live.connection.id.clone(),
                who.clone(),
            )),
            progress,
            vault: Mutex::new(Vault::new(self.inner.sealer.marks_key())),
        }
    }

    /// Puts a refusal on the record and passes the problem on. Arguments are left out: before a plan is made,
    /// nobody knows which of them are secret.
    async fn refused(&self, ask: &Ask, admitted: Option<&Admitted>, problem: Problem) -> Problem {
        let connection = admitted.map(|a| &a.live.connection.id).or(ask.requester.caller.connection.as_ref());
        let tool = match (admitted, catalog::find(&ask.tool)) {
            (Some(admitted), _) => admitted.tool.record.name.to_owned(),
            (None, Some(entry)) => entry.record.name.to_owned(),
            (None, None) => model::text::shorten(&model::text::clean(&ask.tool, false), 80),
        };
        let line = Line::new(connection, "call.refused", self.now())
            .by(&ask.requester)
            .with("tool", tool)
            .with("problem", &problem);
        if admitted.is_some_and(|a| a.effect.durable_record()) {
            if let Err(error) = self.record(line).await {
                tracing::error!(%error, "a refusal could not be recorded");
            }
        } else {
            self.note(line);
        }
        problem
    }
}

/// The problem with the id of the call it befell, for the face to show.
pub(crate) fn of_call(mut problem: Problem, id: &CallId) -> Problem {
    problem.details.entry("call_id").or_insert_with(|| id.as_str().into());
    problem
}

/// The caller's reason and the rest of the arguments.
pub(crate) fn split_reason(arguments: &Value) -> (Option<String>, Value) {
    let mut rest = arguments.clone();
    let reason = rest
        .as_object_mut()
        .and_then(|members| members.remove(catalog::schema::REASON))
        .and_then(|reason| reason.as_str().map(|text| model::text::clean(text.trim(), true)))
        .filter(|text| !text.is_empty());
    (reason, rest)
}
