//! Approvals. Deciding is a compare-and-set: of two who decide at once, or of one and the clock, one is first.

use crate::page::{Page, Place};
use crate::sql::bind;
use crate::{Result, Row, Tx, calls};
use model::{
    Approval, ApprovalId, ApprovalState, CallId, CallerId, ConnectionId, Kind, Problem, Timestamp, time,
};

macro_rules! columns {
    () => {
        "id, call_id, connection_id, caller_id, state, plan_digest, reason, held_by, confirm_required, created_at,
         expires_at, decided_by, decided_at, decision_reason"
    };
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM approvals ", $rest)
    };
}

fn read(row: &Row) -> Result<Approval> {
    Ok(Approval {
        id: row.get("id")?,
        call_id: row.get("call_id")?,
        connection_id: row.get("connection_id")?,
        caller_id: row.get("caller_id")?,
        state: row.get("state")?,
        plan_digest: row.get("plan_digest")?,
        reason: row.get("reason")?,
        held_by: row.get("held_by")?,
        confirm_required: row.get("confirm_required")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        decided_by: row.get("decided_by")?,
        decided_at: row.get("decided_at")?,
        decision_reason: row.get("decision_reason")?,
    })
}

/// Raises an approval; its call must be there.
///
/// # Errors
/// [`crate::Error::Unique`] if there is one of that id or for that call.
pub fn insert(tx: &mut Tx<'_>, approval: &Approval) -> Result<()> {
    tx.must_insert(
        "approvals",
        concat!(
            "INSERT INTO approvals (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING"
        ),
        bind![
            &approval.id,
            &approval.call_id,
            &approval.connection_id,
            &approval.caller_id,
            approval.state,
            &approval.plan_digest,
            approval.reason.as_ref(),
            &approval.held_by,
            approval.confirm_required.as_ref(),
            approval.created_at,
            approval.expires_at,
            approval.decided_by.as_ref(),
            approval.decided_at,
            approval.decision_reason.as_ref()
        ],
    )
}

/// One approval.
///
/// # Errors
/// The store's.
pub fn get(tx: &mut Tx<'_>, id: &ApprovalId) -> Result<Option<Approval>> {
    tx.first(select!("WHERE id = $1"), bind![id], read)
}

/// The approval of a call.
///
/// # Errors
/// The store's.
pub fn by_call(tx: &mut Tx<'_>, call: &CallId) -> Result<Option<Approval>> {
    tx.first(select!("WHERE call_id = $1"), bind![call], read)
}

/// Which approvals are wanted; none of a member means any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those in one state, as far as the store has noticed: see [`expire_due`].
    pub state: Option<ApprovalState>,
    /// Those one caller asked for.
    pub caller: Option<CallerId>,
    /// Those on one connection.
    pub connection: Option<ConnectionId>,
    /// Those of one tool, by its canonical name.
    pub tool: Option<String>,
    /// Those not asked before this.
    pub from: Option<Timestamp>,
    /// Those asked before this.
    pub to: Option<Timestamp>,
}

/// One page of approvals, newest first.
///
/// # Errors
/// [`crate::Error::Cursor`] for a cursor that this list did not give out.
pub fn list(tx: &mut Tx<'_>, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Page<Approval>> {
    let Place { time, rest } = Place::before(cursor)?.min(Place::until(filter.to));
    let rows = tx.all(
        select!(
            "WHERE (state = $1 OR $1 IS NULL) AND (caller_id = $2 OR $2 IS NULL)
                 AND (connection_id = $3 OR $3 IS NULL)
                 AND (EXISTS (SELECT 1 FROM calls WHERE calls.id = call_id AND calls.tool = $4) OR $4 IS NULL)
                 AND created_at >= $5 AND (created_at, id) < ($6, $7)
             ORDER BY created_at DESC, id DESC LIMIT $8"
        ),
        bind![
            filter.state,
            filter.caller.as_ref(),
            filter.connection.as_ref(),
            filter.tool.as_ref(),
            filter.from.map_or(i64::MIN, time::to_millis),
            time,
            rest,
            limit.saturating_add(1)
        ],
        read,
    )?;
    Ok(Page::cut(rows, limit, |approval| Place {
        time: time::to_millis(approval.created_at),
        rest: approval.id.to_string(),
    }))
}

/// Decides a pending approval that has not expired. Answers false, and changes nothing, if someone or the clock
/// was first.
///
/// # Errors
/// The store's.
pub fn decide(
    tx: &mut Tx<'_>,
    id: &ApprovalId,
    to: ApprovalState,
    by: Option<&CallerId>,
    at: Timestamp,
    reason: Option<&str>,
) -> Result<bool> {
    tx.touch(
        "UPDATE approvals SET state = $2, decided_by = $3, decided_at = $4, decision_reason = $5
         WHERE id = $1 AND state = 'pending' AND expires_at > $4",
        bind![id, to, by, at, reason],
    )
}

/// Expires the pending approvals whose time is up and refuses their calls; answers which.
///
/// # Errors
/// The store's.
pub fn expire_due(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<ApprovalId>> {
    let due: Vec<(ApprovalId, CallId)> = tx.all(
        "UPDATE approvals SET state = 'expired' WHERE state = 'pending' AND expires_at <= $1
         RETURNING id, call_id",
        bind![now],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let expired = Problem::new(Kind::Expired, "nobody decided before the approval expired")
        .hint("ask for the call again; a new approval is raised");
    for (_, call) in &due {
        calls::refuse(tx, call, &expired, now)?;
    }
    Ok(due.into_iter().map(|(id, _)| id).collect())
}

/// When the next pending approval expires.
///
/// # Errors
/// The store's.
pub fn next_expiry(tx: &mut Tx<'_>) -> Result<Option<Timestamp>> {
    tx.value("SELECT min(expires_at) FROM approvals WHERE state = 'pending'", &[])
}

/// How many approvals of a caller are pending.
///
/// # Errors
/// The store's.
pub fn count_pending(tx: &mut Tx<'_>, caller: &CallerId) -> Result<i64> {
    tx.value("SELECT count(*) FROM approvals WHERE state = 'pending' AND caller_id = $1", bind![caller])
}
