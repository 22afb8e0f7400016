//! Numbers about the state, for whoever watches the gateway.

use crate::sql::bind;
use crate::webhooks::{self, Backlog};
use crate::{Result, Tx};
use model::Timestamp;

/// The state in numbers, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    /// Approvals by state.
    pub approvals: Vec<(String, i64)>,
    /// When the oldest pending approval was raised.
    pub oldest_pending: Option<Timestamp>,
    /// Calls by state; finished ones by outcome.
    pub calls: Vec<(String, i64)>,
    /// The last entry of each audit chain.
    pub audit_heads: Vec<(String, i64)>,
    /// Sessions that have not ended.
    pub sessions: i64,
    /// What waits for webhooks.
    pub webhooks: Vec<Backlog>,
}

/// Takes all measures.
///
/// # Errors
/// The store's.
pub fn take(tx: &mut Tx<'_>, now: Timestamp) -> Result<Measures> {
    Ok(Measures {
        approvals: tx.all("SELECT state, count(*) FROM approvals GROUP BY state", &[], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?,
        oldest_pending: tx.value("SELECT min(created_at) FROM approvals WHERE state = 'pending'", &[])?,
        calls: tx.all(
            "SELECT coalesce(outcome, state), count(*) FROM calls GROUP BY coalesce(outcome, state)",
            &[],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?,
        audit_heads: tx
            .all("SELECT chain, seq FROM audit_heads", &[], |row| Ok((row.get(0)?, row.get(1)?)))?,
        sessions: tx
            .value("SELECT count(*) FROM sessions WHERE ended_at IS NULL AND expires_at > $1", bind![now])?,
        webhooks: webhooks::backlog(tx)?,
    })
}
