//! Forgetting calls that have been over for long enough. The record of them stays.

use crate::sql::bind;
use crate::{Result, Sql, Tx};
use model::Timestamp;

/// Removes calls that were over before this time, with their writes, results and approvals, at most `limit` of
/// them; answers how many. One whose outcome is unknown stays until somebody settles it.
///
/// # Errors
/// The store's.
pub fn delete_finished(tx: &mut Tx<'_>, before: Timestamp, limit: u32) -> Result<u64> {
    tx.execute(
        "DELETE FROM calls WHERE id IN (
             SELECT id FROM calls
             WHERE finished_at < $1
                 AND (state = 'refused' OR (state = 'finished' AND outcome <> 'unknown'))
             ORDER BY finished_at LIMIT $2)",
        bind![before, limit],
    )
}

/// How many calls, still to be recognised when they are asked for again, have a plan with a secret in it: open ones,
/// and those whose caller has not been told.
///
/// # Errors
/// The store's.
pub fn open_with_marks(tx: &mut Tx<'_>) -> Result<i64> {
    tx.value(
        "SELECT count(*) FROM calls
         WHERE plan LIKE '%{\"$secret\":%'
             AND (state IN ('pending', 'queued', 'executing') OR outcome = 'unknown' OR told = 0)",
        &[],
    )
}
