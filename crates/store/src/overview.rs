//! Sums over the state, for the front page. Each is answered out of an index or a table of sums, so it costs the same
//! with a million entries as with a hundred.

use crate::sql::bind;
use crate::{Result, Tx};
use model::{CallerId, Timestamp};

/// How many approvals wait for a decision at this moment; those of one caller, or all.
///
/// # Errors
/// The store's.
pub fn waiting(tx: &mut Tx<'_>, caller: Option<&CallerId>, now: Timestamp) -> Result<u64> {
    tx.value(
        "SELECT count(*) FROM approvals
         WHERE state = 'pending' AND expires_at > $1 AND (caller_id = $2 OR $2 IS NULL)",
        bind![now, caller],
    )
}
