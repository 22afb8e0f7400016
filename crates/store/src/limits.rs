//! How many calls in flight N-central was found to take, per connection and class of operation, so that the next
//! start need not learn it again.

use crate::sql::bind;
use crate::{Result, Sql, Tx};
use model::ConnectionId;
use std::collections::BTreeMap;

/// What was learned about a connection, by class.
///
/// # Errors
/// The store's.
pub fn learned(tx: &mut Tx<'_>, connection: &ConnectionId) -> Result<BTreeMap<String, u16>> {
    let rows = tx.all(
        "SELECT class, in_flight FROM learned_limits WHERE connection_id = $1",
        bind![connection],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(rows.into_iter().collect())
}

/// Remembers how many calls of a class go together.
///
/// # Errors
/// The store's.
pub fn put(tx: &mut Tx<'_>, connection: &ConnectionId, class: &str, in_flight: u16) -> Result<()> {
    tx.execute(
        "INSERT INTO learned_limits (connection_id, class, in_flight) VALUES ($1, $2, $3)
         ON CONFLICT (connection_id, class) DO UPDATE SET in_flight = excluded.in_flight",
        bind![connection, class, in_flight],
    )?;
    Ok(())
}
