//! Sums over the state, for the front page. Each is answered out of an index or of a table of sums, so it costs the
//! same with a million entries as with a hundred.

use crate::sql::bind;
use crate::{Result, Sql, Tx};
use model::{CallerId, ConnectionId, Timestamp, time};

/// An hour in milliseconds.
const HOUR: i64 = 3_600_000;

/// The events with which a call ends.
const ENDS: [&str; 4] = ["call.read", "call.finished", "call.refused", "call.not_run"];

/// How many calls ended in one way within one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// When the hour begins.
    pub hour: Timestamp,
    /// `done`, `failed`, `unknown` or `refused`.
    pub result: String,
    /// How many.
    pub calls: u64,
}

/// Counts an entry that is appended, if it tells of the end of a call.
pub(crate) fn count(
    tx: &mut Tx<'_>,
    chain: &str,
    millis: i64,
    event: &str,
    outcome: Option<&str>,
) -> Result<()> {
    if !ENDS.contains(&event) {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO activity (hour, chain, result, calls) VALUES ($1, $2, $3, 1)
         ON CONFLICT (hour, chain, result) DO UPDATE SET calls = activity.calls + 1",
        bind![millis - millis.rem_euclid(HOUR), chain, outcome.unwrap_or("refused")],
    )?;
    Ok(())
}

/// What ended since the hour of this moment, by hour and result; hours without calls are left out.
///
/// # Errors
/// The store's.
pub fn activity(tx: &mut Tx<'_>, since: Timestamp) -> Result<Vec<Activity>> {
    let since = time::to_millis(since);
    tx.all(
        "SELECT hour, result, CAST(sum(calls) AS bigint) FROM activity WHERE hour >= $1
         GROUP BY hour, result ORDER BY hour, result",
        bind![since - since.rem_euclid(HOUR)],
        |row| Ok(Activity { hour: row.get(0)?, result: row.get(1)?, calls: row.get(2)? }),
    )
}

/// How many approvals wait for a decision at this moment; those of one caller, or all.
///
/// # Errors
/// The store's.
pub fn waiting(tx: &mut Tx<'_>, caller: Option<&CallerId>, now: Timestamp) -> Result<u64> {
    tx.value(
        "SELECT count(*) FROM approvals
         WHERE state = 'pending' AND expires_at > $1 AND ($2 IS NULL OR caller_id = $2)",
        bind![now, caller],
    )
}

/// What a connection has under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Underway {
    /// The connection.
    pub connection: ConnectionId,
    /// Calls that may run and wait for a worker or for their time.
    pub queued: u64,
    /// Calls that are being sent.
    pub running: u64,
}

/// What every connection has under way; those with nothing are left out.
///
/// # Errors
/// The store's.
pub fn underway(tx: &mut Tx<'_>) -> Result<Vec<Underway>> {
    tx.all(
        "SELECT connection_id, count(CASE state WHEN 'queued' THEN 1 END), count(CASE state WHEN 'executing' THEN 1 END)
         FROM calls WHERE state IN ('queued', 'executing') GROUP BY connection_id ORDER BY connection_id",
        &[],
        |row| Ok(Underway { connection: row.get(0)?, queued: row.get(1)?, running: row.get(2)? }),
    )
}
