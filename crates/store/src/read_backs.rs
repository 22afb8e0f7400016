//! Calls of unknown outcome that are to be looked at once more, so that whoever is alive by then does it.

use crate::sql::bind;
use crate::{Result, Sql, Tx};
use model::{CallId, Timestamp};

/// Notes that a call is to be read back at a time, in place of what was noted before.
///
/// # Errors
/// The store's.
pub fn schedule(tx: &mut Tx<'_>, call: &CallId, due_at: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO read_backs (call_id, due_at, tries) VALUES ($1, $2, 0)
         ON CONFLICT (call_id) DO UPDATE SET due_at = excluded.due_at",
        bind![call, due_at],
    )?;
    Ok(())
}

/// Takes the one that is due first, if any: it is due again at `again_at` unless it is done by then. Answers also
/// how often it was taken before.
///
/// # Errors
/// The store's.
pub fn claim(tx: &mut Tx<'_>, now: Timestamp, again_at: Timestamp) -> Result<Option<(CallId, u32)>> {
    // The condition stands twice because PostgreSQL, having waited for another claim, looks at the outer one again.
    tx.first(
        "UPDATE read_backs SET due_at = $2, tries = tries + 1
         WHERE call_id = (SELECT call_id FROM read_backs WHERE due_at <= $1 ORDER BY due_at, call_id LIMIT 1)
             AND due_at <= $1
         RETURNING call_id, tries - 1",
        bind![now, again_at],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// When the next one is due.
///
/// # Errors
/// The store's.
pub fn next(tx: &mut Tx<'_>) -> Result<Option<Timestamp>> {
    tx.value("SELECT min(due_at) FROM read_backs", &[])
}

/// There is nothing more to look for.
///
/// # Errors
/// The store's.
pub fn done(tx: &mut Tx<'_>, call: &CallId) -> Result<()> {
    tx.execute("DELETE FROM read_backs WHERE call_id = $1", bind![call])?;
    Ok(())
}
