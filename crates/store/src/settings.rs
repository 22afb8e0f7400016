//! Odds and ends by name, where a table of their own would be too much.

use crate::sql::bind;
use crate::{Result, Sql, Tx};

/// The text under a name.
///
/// # Errors
/// The store's.
pub fn get(tx: &mut Tx<'_>, name: &str) -> Result<Option<String>> {
    tx.first("SELECT value FROM settings WHERE name = $1", bind![name], |row| row.get(0))
}

/// Puts a text under a name, in place of the one before.
///
/// # Errors
/// The store's.
pub fn put(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO settings (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        bind![name, value],
    )?;
    Ok(())
}
