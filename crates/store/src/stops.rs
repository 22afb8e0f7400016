//! Stop switches: one for everything, one per connection. While one is on no change and no run leaves.

use crate::sql::bind;
use crate::{Result, Row, Sql, Tx};
use model::{ConnectionId, Timestamp};

/// The scope of the switch that stops every connection.
pub const EVERYTHING: &str = "*";

/// A stop switch as it was last set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// [`EVERYTHING`] or a connection's id.
    pub scope: String,
    /// Whether it is on.
    pub on: bool,
    /// Why, in that person's words.
    pub reason: String,
    /// Who set it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Sets a switch.
///
/// # Errors
/// The store's.
pub fn set(tx: &mut Tx<'_>, stop: &Stop) -> Result<()> {
    tx.execute(
        "INSERT INTO stops (scope, is_on, reason, set_by, set_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (scope) DO UPDATE SET is_on = excluded.is_on, reason = excluded.reason,
             set_by = excluded.set_by, set_at = excluded.set_at",
        bind![&stop.scope, stop.on, &stop.reason, &stop.by, stop.at],
    )?;
    Ok(())
}

/// One switch, if it was ever set.
///
/// # Errors
/// The store's.
pub fn get(tx: &mut Tx<'_>, scope: &str) -> Result<Option<Stop>> {
    tx.first("SELECT scope, is_on, reason, set_by, set_at FROM stops WHERE scope = $1", bind![scope], read)
}

/// Every switch that was ever set, that for everything first.
///
/// # Errors
/// The store's.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Stop>> {
    tx.all("SELECT scope, is_on, reason, set_by, set_at FROM stops ORDER BY scope", &[], read)
}

/// The switch that stops a connection now, if any: that for everything before its own.
///
/// # Errors
/// The store's.
pub fn is_stopped(tx: &mut Tx<'_>, connection: &ConnectionId) -> Result<Option<Stop>> {
    tx.first(
        "SELECT scope, is_on, reason, set_by, set_at FROM stops
         WHERE is_on = 1 AND (scope = '*' OR scope = $1)
         ORDER BY CASE scope WHEN '*' THEN 0 ELSE 1 END LIMIT 1",
        bind![connection],
        read,
    )
}

fn read(row: &Row) -> Result<Stop> {
    Ok(Stop { scope: row.get(0)?, on: row.get(1)?, reason: row.get(2)?, by: row.get(3)?, at: row.get(4)? })
}
