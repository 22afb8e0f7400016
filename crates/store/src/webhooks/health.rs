//! What the use of a webhook says of it: how long it has failed, and whether anything is still sent to it.

use crate::sql::bind;
use crate::{Result, Sql, Tx};
use model::Timestamp;

/// Notes that something was delivered.
///
/// # Errors
/// The store's.
pub fn delivered(tx: &mut Tx<'_>, id: &str, at: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE webhooks SET failing_since = NULL, last_delivered_at = $2 WHERE id = $1",
        bind![id, at],
    )?;
    Ok(())
}

/// Notes that a delivery failed; answers since when they have failed, none if the webhook is gone.
///
/// # Errors
/// The store's.
pub fn failed(tx: &mut Tx<'_>, id: &str, at: Timestamp, error: &str) -> Result<Option<Timestamp>> {
    tx.first(
        "UPDATE webhooks SET failing_since = coalesce(failing_since, $2), last_failed_at = $2, last_error = $3
         WHERE id = $1 RETURNING failing_since",
        bind![id, at, error],
        |row| row.get(0),
    )
}

/// Disables a webhook: what waits for it is kept, and nothing new is put there. False if it was disabled before.
///
/// # Errors
/// The store's.
pub fn disable(tx: &mut Tx<'_>, id: &str, at: Timestamp, reason: &str) -> Result<bool> {
    tx.touch(
        "UPDATE webhooks SET disabled_at = $2, disabled_reason = $3 WHERE id = $1 AND disabled_at IS NULL",
        bind![id, at, reason],
    )
}

/// Enables a webhook, and what waits for it is due at once. False if it was not disabled.
///
/// # Errors
/// The store's.
pub fn enable(tx: &mut Tx<'_>, id: &str, now: Timestamp) -> Result<bool> {
    let changed = tx.touch(
        "UPDATE webhooks SET disabled_at = NULL, disabled_reason = NULL, failing_since = NULL
         WHERE id = $1 AND disabled_at IS NOT NULL",
        bind![id],
    )?;
    if changed {
        tx.execute(
            "UPDATE webhook_deliveries SET next_at = $2 WHERE hook_id = $1 AND state = 'pending'",
            bind![id, now],
        )?;
    }
    Ok(changed)
}
