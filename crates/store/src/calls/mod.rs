//! Calls: one row each, from being asked to the outcome. Every step is a compare-and-set, so two who try the same
//! step can't both succeed, in one process or in several.

mod list;
mod retention;
mod run;

pub use list::{Filter, list};
pub use retention::{delete_finished, open_with_marks};
pub use run::{
    abandoned, claim, claim_next, finish, is_any_waiting, is_held, next_run_at, refuse, release, release_all,
    renew_lease,
};

use crate::sql::bind;
use crate::value::{Json, Sealed};
use crate::{Result, Row, Tx};
use model::{Call, CallId, CallState, Problem, Source, Timestamp};
use serde_json::Value;

/// A call as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRow {
    /// What every face shows.
    pub call: Call,
    /// The canonical text of the plan.
    pub plan: String,
    /// What it shares with the same call asked again (`model::Plan::fingerprint`).
    pub fingerprint: String,
    /// What approvers see beside the plan: last check-ins and the like.
    pub facts: Value,
    /// Why the caller asks, in the caller's words.
    pub reason: Option<String>,
    /// From where and through what it came.
    pub source: Source,
    /// The caller's name at that time.
    pub caller_name: String,
    /// The policy that held it, in words.
    pub held_by: Option<String>,
    /// What the plan's marks stand for; wiped once the call is over.
    pub secrets: Option<Sealed>,
    /// What N-central answered, in the form every face shows.
    pub result: Option<Sealed>,
    /// Why it failed or was refused.
    pub error: Option<Problem>,
    /// Whether the caller has been told the outcome.
    pub told: bool,
    /// Rises with every claim; who holds an older one has lost the call.
    pub fence: i64,
    /// Until when the claim holds.
    pub lease_until: Option<Timestamp>,
}

macro_rules! columns {
    () => {
        "id, connection_id, caller_id, caller_name, tool, state, outcome, approval_id, plan_digest, summary,
         created_at, run_at, finished_at, plan, fingerprint, facts, reason, source, held_by, secrets_key, secrets,
         result_key, result, error, told, fence, lease_until"
    };
}
use columns;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", $crate::calls::columns!(), " FROM calls ", $rest)
    };
}
use select;

fn read(row: &Row) -> Result<CallRow> {
    let (Json(facts), Json(source)) = (row.get("facts")?, row.get("source")?);
    Ok(CallRow {
        call: Call {
            id: row.get("id")?,
            connection_id: row.get("connection_id")?,
            caller_id: row.get("caller_id")?,
            tool: row.get("tool")?,
            state: row.get("state")?,
            outcome: row.get("outcome")?,
            approval_id: row.get("approval_id")?,
            plan_digest: row.get("plan_digest")?,
            summary: row.get("summary")?,
            created_at: row.get("created_at")?,
            run_at: row.get("run_at")?,
            finished_at: row.get("finished_at")?,
        },
        plan: row.get("plan")?,
        fingerprint: row.get("fingerprint")?,
        facts,
        reason: row.get("reason")?,
        source,
        caller_name: row.get("caller_name")?,
        held_by: row.get("held_by")?,
        secrets: row.sealed("secrets_key", "secrets")?,
        result: row.sealed("result_key", "result")?,
        error: row.get::<Option<Json<Problem>>>("error")?.map(|Json(problem)| problem),
        told: row.get("told")?,
        fence: row.get("fence")?,
        lease_until: row.get("lease_until")?,
    })
}

/// Adds a call.
///
/// # Errors
/// [`crate::Error::Unique`] if there is one of that id.
pub fn insert(tx: &mut Tx<'_>, row: &CallRow) -> Result<()> {
    let call = &row.call;
    let (secrets_key, secrets) = Sealed::columns(row.secrets.as_ref());
    let (result_key, result) = Sealed::columns(row.result.as_ref());
    tx.must_insert(
        "calls",
        concat!(
            "INSERT INTO calls (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                 $21, $22, $23, $24, $25, $26, $27)
             ON CONFLICT DO NOTHING"
        ),
        bind![
            &call.id,
            &call.connection_id,
            &call.caller_id,
            &row.caller_name,
            &call.tool,
            call.state,
            call.outcome,
            call.approval_id.as_ref(),
            &call.plan_digest,
            &call.summary,
            call.created_at,
            call.run_at,
            call.finished_at,
            &row.plan,
            &row.fingerprint,
            Json(&row.facts),
            row.reason.as_ref(),
            Json(&row.source),
            row.held_by.as_ref(),
            secrets_key,
            secrets,
            result_key,
            result,
            row.error.as_ref().map(Json),
            row.told,
            row.fence,
            row.lease_until
        ],
    )
}

/// One call.
///
/// # Errors
/// The store's.
pub fn get(tx: &mut Tx<'_>, id: &CallId) -> Result<Option<CallRow>> {
    tx.first(select!("WHERE id = $1"), bind![id], read)
}

/// The newest call of this fingerprint that is not settled: pending, queued, executing, or of unknown outcome.
///
/// # Errors
/// The store's.
pub fn find_open(tx: &mut Tx<'_>, fingerprint: &str) -> Result<Option<CallRow>> {
    tx.first(
        select!(
            "WHERE fingerprint = $1
                 AND (state IN ('pending', 'queued', 'executing') OR (state = 'finished' AND outcome = 'unknown'))
             ORDER BY created_at DESC, id DESC LIMIT 1"
        ),
        bind![fingerprint],
        read,
    )
}

/// The newest call of this fingerprint that is over and whose caller has not been told.
///
/// # Errors
/// The store's.
pub fn find_untold(tx: &mut Tx<'_>, fingerprint: &str) -> Result<Option<CallRow>> {
    tx.first(
        select!(
            "WHERE fingerprint = $1 AND told = 0 AND state IN ('finished', 'refused')
             ORDER BY created_at DESC, id DESC LIMIT 1"
        ),
        bind![fingerprint],
        read,
    )
}

/// Notes that the caller was told the outcome; false if that was noted before, or there is no outcome yet.
///
/// # Errors
/// The store's.
pub fn mark_told(tx: &mut Tx<'_>, id: &CallId) -> Result<bool> {
    tx.touch(
        "UPDATE calls SET told = 1 WHERE id = $1 AND told = 0 AND state IN ('finished', 'refused')",
        bind![id],
    )
}

/// Moves a call on, if it is in one of these states. [`finish`] and [`refuse`] end a call.
///
/// # Errors
/// The store's.
pub fn set_state(tx: &mut Tx<'_>, id: &CallId, from: &[CallState], to: CallState) -> Result<bool> {
    // There are five states; a place that is not needed stays empty and matches nothing.
    let from = |place: usize| from.get(place).copied();
    tx.touch(
        "UPDATE calls SET state = $2 WHERE id = $1 AND state IN ($3, $4, $5, $6, $7)",
        bind![id, to, from(0), from(1), from(2), from(3), from(4)],
    )
}

/// Whether a fencing number is still the one that holds an executing call. Takes the call's row, so that nobody
/// claims it before this transaction is over.
pub(crate) fn holds(tx: &mut Tx<'_>, id: &CallId, fence: i64) -> Result<bool> {
    tx.touch(
        "UPDATE calls SET fence = fence WHERE id = $1 AND state = 'executing' AND fence = $2",
        bind![id, fence],
    )
}
