//! What has to change in a state that was put back from a backup: nobody knows what happened after the backup was
//! taken, so nothing that was on its way may go on.

use crate::sql::bind;
use crate::{Result, Sql, Tx, calls};
use model::{Approval, ApprovalId, CallId, Problem, Timestamp};

/// Expires every pending approval and refuses its call for this reason; answers the approvals as they were.
///
/// # Errors
/// The store's.
pub fn expire_pending(tx: &mut Tx<'_>, why: &Problem, at: Timestamp) -> Result<Vec<Approval>> {
    let pending: Vec<ApprovalId> = tx.all(
        "UPDATE approvals SET state = 'expired', decided_at = $1 WHERE state = 'pending' RETURNING id",
        bind![at],
        |row| row.get(0),
    )?;
    let mut approvals = Vec::new();
    for id in pending {
        if let Some(approval) = crate::approvals::get(tx, &id)? {
            calls::refuse(tx, &approval.call_id, why, at)?;
            approvals.push(approval);
        }
    }
    Ok(approvals)
}

/// The calls that were approved or running, oldest first.
///
/// # Errors
/// The store's.
pub fn under_way(tx: &mut Tx<'_>) -> Result<Vec<CallId>> {
    tx.all(
        "SELECT id FROM calls WHERE state IN ('queued', 'executing') ORDER BY created_at, id",
        &[],
        |row| row.get(0),
    )
}

/// Notes of every write of a call that was not settled that it may have been sent; answers how many there were.
///
/// # Errors
/// The store's.
pub fn may_have_left(tx: &mut Tx<'_>, call: &CallId, error: &str, at: Timestamp) -> Result<u64> {
    tx.execute(
        "UPDATE call_writes SET state = 'unknown', error = $2, settled_at = $3
         WHERE call_id = $1 AND state IN ('planned', 'intent')",
        bind![call, error, at],
    )
}

/// Ends every session; answers how many there were.
///
/// # Errors
/// The store's.
pub fn end_sessions(tx: &mut Tx<'_>, at: Timestamp) -> Result<u64> {
    tx.execute("UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL", bind![at])
}
