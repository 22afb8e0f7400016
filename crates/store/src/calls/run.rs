//! Calls on their way through a worker: claimed with a fencing number and a lease, ended once.

use super::{CallRow, columns, read};
use crate::sql::bind;
use crate::value::{Json, Sealed};
use crate::{Result, Sql, Tx};
use model::{CallId, Outcome, Problem, Timestamp};

// The id of the call that is to be claimed next. It takes one look into an index for each caller that has calls queued,
// and for each call that is in hand, however many are queued: `waiting` steps from caller to caller.
macro_rules! next {
    () => {
        "WITH RECURSIVE waiting (caller_id) AS (
             SELECT min(caller_id) FROM calls WHERE state = 'queued' AND caller_id > ''
             UNION ALL
             SELECT (SELECT min(c.caller_id) FROM calls c
                     WHERE c.state = 'queued' AND c.caller_id > waiting.caller_id)
             FROM waiting WHERE waiting.caller_id IS NOT NULL
         )
         SELECT oldest.id FROM (
             SELECT w.caller_id, (
                 SELECT c.id FROM calls c
                 WHERE c.state = 'queued' AND c.caller_id = w.caller_id AND coalesce(c.run_at, 0) <= $1
                     AND (c.lease_until IS NULL OR c.lease_until <= $1)
                 ORDER BY coalesce(c.run_at, 0), c.created_at, c.id LIMIT 1) AS id
             FROM waiting w WHERE w.caller_id IS NOT NULL
         ) oldest LEFT JOIN turns t ON t.caller_id = oldest.caller_id
         WHERE oldest.id IS NOT NULL
         ORDER BY (SELECT count(*) FROM calls c WHERE c.caller_id = oldest.caller_id AND c.lease_until > $1),
             coalesce(t.turn, 0), oldest.caller_id
         LIMIT 1"
    };
}

/// Claims a queued call that may run now and that nobody holds. Its state stays `queued`: the worker checks everything
/// again before it commits that it executes.
///
/// Callers take turns, over all nodes, so that one with a long queue keeps nobody else waiting: first whoever has the
/// fewest calls in hand; of those whoever's last turn is the longest ago. Of the caller's calls first the oldest of those
/// that wait for no time, then the one whose time came first.
///
/// # Errors
/// The store's.
pub fn claim_next(tx: &mut Tx<'_>, now: Timestamp, lease_until: Timestamp) -> Result<Option<CallRow>> {
    // The conditions stand twice because PostgreSQL, having waited for another claim, looks at the outer ones again.
    let claimed = tx.first(
        concat!(
            "UPDATE calls SET fence = fence + 1, lease_until = $2 WHERE id = (",
            next!(),
            ") AND state = 'queued' AND (lease_until IS NULL OR lease_until <= $1) RETURNING ",
            columns!()
        ),
        bind![now, lease_until],
        read,
    )?;
    if let Some(row) = &claimed {
        tx.execute(
            "INSERT INTO turns (caller_id, turn) VALUES ($1, (SELECT coalesce(max(turn), 0) + 1 FROM turns))
             ON CONFLICT (caller_id) DO UPDATE SET turn = excluded.turn",
            bind![&row.call.caller_id],
        )?;
    }
    Ok(claimed)
}

/// Claims one call that is queued, whatever its time, or executing, if nobody holds it.
///
/// # Errors
/// The store's.
pub fn claim(
    tx: &mut Tx<'_>,
    id: &CallId,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<CallRow>> {
    tx.first(
        concat!(
            "UPDATE calls SET fence = fence + 1, lease_until = $3
             WHERE id = $1 AND state IN ('queued', 'executing') AND (lease_until IS NULL OR lease_until <= $2)
             RETURNING ",
            columns!()
        ),
        bind![id, now, lease_until],
        read,
    )
}

/// Prolongs a claim; false if somebody else holds the call by now, or it is over.
///
/// # Errors
/// The store's.
pub fn renew_lease(tx: &mut Tx<'_>, id: &CallId, fence: i64, until: Timestamp) -> Result<bool> {
    tx.touch(
        "UPDATE calls SET lease_until = $3 WHERE id = $1 AND fence = $2 AND state IN ('queued', 'executing')",
        bind![id, fence, until],
    )
}

/// Gives a claim back, so that another may take the call up at once; nothing if somebody else holds it by now.
///
/// # Errors
/// The store's.
pub fn release(tx: &mut Tx<'_>, id: &CallId, fence: i64) -> Result<()> {
    tx.execute("UPDATE calls SET lease_until = NULL WHERE id = $1 AND fence = $2", bind![id, fence])?;
    Ok(())
}

/// Whether a fencing number is still the one under which a call is queued or executes. Takes the call's row, so that
/// nobody claims it before this transaction is over.
///
/// # Errors
/// The store's.
pub fn is_held(tx: &mut Tx<'_>, id: &CallId, fence: i64) -> Result<bool> {
    tx.touch(
        "UPDATE calls SET fence = fence WHERE id = $1 AND fence = $2 AND state IN ('queued', 'executing')",
        bind![id, fence],
    )
}

/// Drops every lease: a process that has just become the only owner of the state knows that their holders are
/// gone. Answers how many there were.
///
/// # Errors
/// The store's.
pub fn release_all(tx: &mut Tx<'_>) -> Result<u64> {
    tx.execute(
        "UPDATE calls SET lease_until = NULL
         WHERE state IN ('queued', 'executing') AND lease_until IS NOT NULL",
        &[],
    )
}

/// Whether there is a queued call that may run now and that nobody holds. Where several claim at once, one of them
/// may get none from [`claim_next`] although there are more.
///
/// # Errors
/// The store's.
pub fn is_any_waiting(tx: &mut Tx<'_>, now: Timestamp) -> Result<bool> {
    Ok(!tx.query(next!(), bind![now])?.is_empty())
}

/// The calls that execute and that nobody holds any more, oldest first: whoever ran them is gone, or has let go.
///
/// # Errors
/// The store's.
pub fn abandoned(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<CallId>> {
    tx.all(
        "SELECT id FROM calls WHERE state = 'executing' AND (lease_until IS NULL OR lease_until <= $1)
         ORDER BY created_at, id",
        bind![now],
        |row| row.get(0),
    )
}

/// When, after this moment, the time of the next queued call comes; none if none waits for its time.
///
/// # Errors
/// The store's.
pub fn next_run_at(tx: &mut Tx<'_>, after: Timestamp) -> Result<Option<Timestamp>> {
    tx.value("SELECT min(run_at) FROM calls WHERE state = 'queued' AND run_at > $1", bind![after])
}

/// Gives a call its outcome: one that executes, under this fencing number where one is given, or one whose outcome
/// was unknown and is settled now. The plan's secrets are wiped, and the caller is yet to be told. Answers false,
/// and changes nothing, if the call is in another state or has been claimed by another.
///
/// # Errors
/// The store's.
pub fn finish(
    tx: &mut Tx<'_>,
    id: &CallId,
    fence: Option<i64>,
    outcome: Outcome,
    result: Option<&Sealed>,
    error: Option<&Problem>,
    at: Timestamp,
) -> Result<bool> {
    let (result_key, result) = Sealed::columns(result);
    tx.touch(
        "UPDATE calls SET state = 'finished', outcome = $3, result_key = $4, result = $5, error = $6,
             finished_at = $7, told = 0, lease_until = NULL, secrets_key = NULL, secrets = NULL
         WHERE id = $1 AND (fence = $2 OR $2 IS NULL)
             AND (state = 'executing' OR (state = 'finished' AND outcome = 'unknown'))",
        bind![id, fence, outcome, result_key, result, error.map(Json), at],
    )
}

/// Refuses a call that has not begun: none of its writes may have left. The plan's secrets are wiped. Answers
/// false, and changes nothing, if it is over or something may have been sent.
///
/// # Errors
/// The store's.
pub fn refuse(tx: &mut Tx<'_>, id: &CallId, error: &Problem, at: Timestamp) -> Result<bool> {
    tx.touch(
        "UPDATE calls SET state = 'refused', error = $2, finished_at = $3, lease_until = NULL,
             secrets_key = NULL, secrets = NULL
         WHERE id = $1 AND state IN ('pending', 'queued', 'executing')
             AND NOT EXISTS (SELECT 1 FROM call_writes w WHERE w.call_id = $1 AND w.state <> 'planned')",
        bind![id, Json(error), at],
    )
}
