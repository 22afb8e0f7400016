//! Calls on their way through a worker: claimed with a fencing number and a lease, ended once.

use super::{CallRow, columns, read};
use crate::sql::bind;
use crate::value::{Json, Sealed};
use crate::{Result, Sql, Tx};
use model::{CallId, CallerId, Outcome, Problem, Timestamp};

/// Claims a queued call that may run now and that nobody holds. Its state stays `queued`: the worker checks everything
/// again before it commits that it executes.
///
/// Callers take turns, so that one with a long queue keeps nobody else waiting: first whoever has the fewest calls in
/// hand, over all nodes; of those the next after `served`, who came last, in the order of their ids; of the caller's
/// calls the oldest.
///
/// # Errors
/// The store's.
pub fn claim_next(
    tx: &mut Tx<'_>,
    now: Timestamp,
    lease_until: Timestamp,
    served: Option<&CallerId>,
) -> Result<Option<CallRow>> {
    // The conditions stand twice because PostgreSQL, having waited for another claim, looks at the outer ones again.
    tx.first(
        concat!(
            "UPDATE calls SET fence = fence + 1, lease_until = $2
             WHERE id = (
                 SELECT q.id FROM calls q
                     LEFT JOIN (
                         SELECT caller_id, count(*) AS calls FROM calls
                         WHERE state IN ('queued', 'executing') AND lease_until > $1 GROUP BY caller_id
                     ) in_hand ON in_hand.caller_id = q.caller_id
                 WHERE q.state = 'queued' AND (q.run_at IS NULL OR q.run_at <= $1)
                     AND (q.lease_until IS NULL OR q.lease_until <= $1)
                 ORDER BY coalesce(in_hand.calls, 0), CASE WHEN q.caller_id > $3 THEN 0 ELSE 1 END, q.caller_id,
                     q.created_at, q.id
                 LIMIT 1)
             AND state = 'queued' AND (lease_until IS NULL OR lease_until <= $1)
             RETURNING ",
            columns!()
        ),
        bind![now, lease_until, served.map_or("", CallerId::as_str)],
        read,
    )
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
    let waiting: i64 = tx.value(
        "SELECT count(*) FROM calls
         WHERE state = 'queued' AND (run_at IS NULL OR run_at <= $1) AND (lease_until IS NULL OR lease_until <= $1)",
        bind![now],
    )?;
    Ok(waiting > 0)
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

/// When the next queued call wants to run; none if none waits for its time.
///
/// # Errors
/// The store's.
pub fn next_run_at(tx: &mut Tx<'_>) -> Result<Option<Timestamp>> {
    tx.value("SELECT min(run_at) FROM calls WHERE state = 'queued'", &[])
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
