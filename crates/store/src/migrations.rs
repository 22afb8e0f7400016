//! The versions of the database's form. Each is one text, applied once, in one transaction with its number.

use crate::sql::bind;
use crate::sqlite::Sqlite;
use crate::{Error, Result, Sql};

/// Every version, the first at index 0. A text that was released is never edited.
const VERSIONS: &[&str] = &[include_str!("../migrations/0001_spine.sql")];

/// The newest version this program knows.
pub(crate) const KNOWN: i64 = VERSIONS.len() as i64;

/// Brings the database to the newest version.
pub(crate) fn run(database: &mut Sqlite) -> Result<()> {
    // Looking first keeps the usual start free of any write.
    if current(database).is_ok_and(|found| found == KNOWN) {
        return Ok(());
    }
    database.execute("BEGIN IMMEDIATE", &[])?;
    let result = upgrade(database);
    database.execute(if result.is_ok() { "COMMIT" } else { "ROLLBACK" }, &[])?;
    result
}

fn upgrade(database: &mut Sqlite) -> Result<()> {
    database.batch("CREATE TABLE IF NOT EXISTS schema_version (version bigint NOT NULL)")?;
    let found = current(database)?;
    if found > KNOWN {
        return Err(Error::TooNew { found, known: KNOWN });
    }
    for (version, text) in (1..).zip(VERSIONS) {
        if version > found {
            database.batch(text)?;
            database.execute("INSERT INTO schema_version (version) VALUES ($1)", bind![version])?;
        }
    }
    Ok(())
}

/// The version the database has; 0 for an empty one.
pub(crate) fn current(database: &mut Sqlite) -> Result<i64> {
    let rows = database.query("SELECT coalesce(max(version), 0) FROM schema_version", &[])?;
    rows.first().map_or(Ok(0), |row| row.get(0))
}
