//! The versions of the database's form. Each is one text, applied once, in one transaction with its number.

use crate::backend::Backend;
use crate::sql::bind;
use crate::{Error, Result};

/// Every version, the first at index 0. A text that was released is never edited.
const VERSIONS: &[&str] = &[
    include_str!("../migrations/0001_spine.sql"),
    include_str!("../migrations/0002_nodes.sql"),
    include_str!("../migrations/0003_webhooks.sql"),
    include_str!("../migrations/0004_callers.sql"),
    include_str!("../migrations/0005_retention.sql"),
    include_str!("../migrations/0006_idempotency.sql"),
    include_str!("../migrations/0007_activity.sql"),
    include_str!("../migrations/0008_tool_uses.sql"),
    include_str!("../migrations/0009_people.sql"),
    include_str!("../migrations/0010_audit_search.sql"),
    include_str!("../migrations/0011_turns.sql"),
];

/// The newest version this program knows.
pub(crate) const KNOWN: i64 = VERSIONS.len() as i64;

/// Brings the database to the newest version.
pub(crate) fn run(database: &mut dyn Backend) -> Result<()> {
    // Looking first keeps the usual start free of any write.
    database.begin_reading()?;
    let found = current(database);
    database.roll_back();
    if found.is_ok_and(|found| found == KNOWN) {
        return Ok(());
    }
    database.begin()?;
    let result = upgrade(database).and_then(|()| database.commit(&[]));
    if result.is_err() {
        database.roll_back();
    }
    result
}

fn upgrade(database: &mut dyn Backend) -> Result<()> {
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
    database.after_migrations()
}

/// The version the database has; 0 for an empty one.
pub(crate) fn current(database: &mut dyn Backend) -> Result<i64> {
    let rows = database.query("SELECT coalesce(max(version), 0) FROM schema_version", &[])?;
    rows.first().map_or(Ok(0), |row| row.get(0))
}
