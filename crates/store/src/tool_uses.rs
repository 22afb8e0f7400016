//! When each tool was last used on each connection, for the table of policies: a tool that nobody has used for months
//! is one that can be disabled.

use crate::audit::Index;
use crate::sql::bind;
use crate::{Result, Sql, Tx};
use model::{ConnectionId, Timestamp};
use std::collections::BTreeMap;

/// The events of a tool that ran. A call that was refused or is held used nothing.
const USES: [&str; 2] = ["call.read", "call.finished"];

/// Notes an entry that is appended, if it tells of a tool that ran.
pub(crate) fn note(tx: &mut Tx<'_>, millis: i64, event: &str, index: &Index) -> Result<()> {
    let (Some(connection), Some(tool)) = (&index.connection, &index.tool) else { return Ok(()) };
    if !USES.contains(&event) {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO tool_uses (connection_id, tool, used_at) VALUES ($1, $2, $3)
         ON CONFLICT (connection_id, tool) DO UPDATE SET used_at = excluded.used_at
         WHERE tool_uses.used_at < excluded.used_at",
        bind![connection, tool, millis],
    )?;
    Ok(())
}

/// When each tool was last used on a connection, by canonical name; one that never was is left out.
///
/// # Errors
/// The store's.
pub fn of_connection(tx: &mut Tx<'_>, connection: &ConnectionId) -> Result<BTreeMap<String, Timestamp>> {
    let uses =
        tx.all("SELECT tool, used_at FROM tool_uses WHERE connection_id = $1", bind![connection], |row| {
            Ok((row.get::<String>("tool")?, row.get::<Timestamp>("used_at")?))
        })?;
    Ok(uses.into_iter().collect())
}
