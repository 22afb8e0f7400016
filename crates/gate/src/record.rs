//! The record: what is written to the audit chains, and when.
//!
//! What belongs to a change, a run or a sensitive look-up is appended in the same transaction as the state it
//! describes, and is durable before the answer leaves. Plain look-ups are collected and written together at least
//! once a second: a crash loses at most that second, never the chain.

use crate::api::Requester;
use crate::gate::Gate;
use model::audit::SYSTEM_CHAIN;
use model::{CallId, CallerKind, ConnectionId, Problem, Timestamp};
use serde_json::{Map, Value, json};
use std::sync::Mutex;
use std::time::Duration;
use store::Tx;

/// How often plain look-ups are written.
const BATCH: Duration = Duration::from_millis(500);

/// How many may wait before they are written at once.
const BATCH_SIZE: usize = 256;

/// One entry to be, with its secrets already removed.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    chain: String,
    at: Timestamp,
    event: &'static str,
    body: Map<String, Value>,
}

impl Line {
    /// An entry of a connection's chain, or of the system's.
    pub(crate) fn new(connection: Option<&ConnectionId>, event: &'static str, at: Timestamp) -> Self {
        let mut body = Map::new();
        if let Some(id) = connection {
            body.insert("connection".into(), json!(id));
        }
        Self { chain: connection.map_or(SYSTEM_CHAIN, ConnectionId::as_str).to_owned(), at, event, body }
    }

    /// Who did it, from where, through which client.
    pub(crate) fn by(mut self, who: &Requester) -> Self {
        self.body.insert("caller".into(), json!(who.caller.id));
        self.body.insert("caller_name".into(), json!(who.caller.name));
        self.body.insert("caller_kind".into(), json!(who.caller.kind.as_str()));
        if let CallerKind::Person { role } = who.caller.kind {
            self.body.insert("role".into(), json!(role));
        }
        self.body.insert("source".into(), json!(who.source));
        self
    }

    pub(crate) fn call(self, id: &CallId) -> Self {
        self.with("call", id)
    }

    /// Adds a member; null ones are left out.
    pub(crate) fn with(mut self, name: &str, value: impl serde::Serialize) -> Self {
        let value = serde_json::to_value(value).expect("what is recorded is JSON");
        if !value.is_null() {
            self.body.insert(name.to_owned(), value);
        }
        self
    }

    /// What kind of event it is.
    pub(crate) fn event(&self) -> &'static str {
        self.event
    }

    /// When it happened.
    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    /// One of its members.
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        self.body.get(name)
    }

    /// One of its members that is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.member(name).and_then(Value::as_str)
    }

    /// Appends it within a transaction, after whatever it tells of; the webhooks that want to hear of it are told.
    pub(crate) fn append(&self, tx: &mut Tx<'_>) -> Result<(), store::Error> {
        store::audit::append(tx, &self.chain, self.at, self.event, Value::Object(self.body.clone()))?;
        crate::webhooks::enqueue(tx, self)
    }
}

/// The look-ups that are not yet written.
pub(crate) struct Recorder {
    waiting: Mutex<Vec<Line>>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self { waiting: Mutex::new(Vec::new()) }
    }
}

impl Gate {
    /// Records a plain look-up with the next batch.
    pub(crate) fn note(&self, line: Line) {
        let full = {
            let mut waiting = self.inner.recorder.waiting.lock().expect("no holder panics");
            waiting.push(line);
            waiting.len() == BATCH_SIZE
        };
        if full {
            let gate = self.clone();
            self.spawn(async move { gate.flush_or_complain().await });
        }
    }

    /// Records something now; durable when it returns.
    pub(crate) async fn record(&self, line: Line) -> Result<(), Problem> {
        self.inner.store.write(move |tx| line.append(tx)).await.map_err(crate::gate::store_problem)
    }

    /// Writes the look-ups that wait. They are taken out only once they are written.
    pub(crate) async fn flush_record(&self) -> Result<(), store::Error> {
        let lines: Vec<Line> =
            self.inner.recorder.waiting.lock().expect("no holder panics").drain(..).collect();
        if lines.is_empty() {
            return Ok(());
        }
        let kept = lines.clone();
        let written =
            self.inner.store.write(move |tx| lines.iter().try_for_each(|line| line.append(tx))).await;
        if written.is_err() {
            self.inner.recorder.waiting.lock().expect("no holder panics").splice(0..0, kept);
        }
        written
    }

    async fn flush_or_complain(&self) {
        if let Err(error) = self.flush_record().await {
            tracing::error!(%error, "the record of look-ups could not be written; it is tried again");
        }
    }
}

/// Writes what has been collected, every half second until the gate goes down.
pub(crate) async fn flush_regularly(gate: Gate) {
    let mut tick = tokio::time::interval(BATCH);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while gate.inner.stopping.run_until_cancelled(tick.tick()).await.is_some() {
        gate.flush_or_complain().await;
    }
}

/// Collects the exchanges of one call, for its entry.
#[derive(Default)]
pub(crate) struct Exchanges(Mutex<Vec<Value>>);

impl Exchanges {
    /// What was sent so far, and forgets it.
    pub(crate) fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.0.lock().expect("no holder panics"))
    }
}

impl ncentral::Observer for Exchanges {
    fn exchange(&self, e: &ncentral::Exchange) {
        let entry = json!({
            "operation": e.operation,
            "method": e.method,
            "path": e.path,
            "status": e.status,
            "error": e.error,
            "attempt": e.attempt,
            "ms": u64::try_from(e.duration.as_millis()).unwrap_or(u64::MAX),
        });
        self.0.lock().expect("no holder panics").push(entry);
    }
}
