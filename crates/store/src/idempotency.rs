//! Idempotency keys of REST callers: the same key and body is the same call, whatever has become of it.

use crate::sql::bind;
use crate::value::Sealed;
use crate::{Result, Sql, Tx};
use model::{CallId, CallerId, Timestamp};

/// What is remembered under a caller's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The hash of the body that came with it.
    pub body_hash: String,
    /// The call it made, if it got that far.
    pub call_id: Option<CallId>,
    /// The response, where there was no call to look at.
    pub response: Option<Sealed>,
    /// When it was first used.
    pub created_at: Timestamp,
}

/// What a caller's key was used for.
///
/// # Errors
/// The store's.
pub fn get(tx: &mut Tx<'_>, caller: &CallerId, key: &str) -> Result<Option<Remembered>> {
    tx.first(
        "SELECT body_hash, call_id, response_key, response, created_at FROM idempotency
         WHERE caller_id = $1 AND idempotency_key = $2",
        bind![caller, key],
        |row| {
            Ok(Remembered {
                body_hash: row.get("body_hash")?,
                call_id: row.get("call_id")?,
                response: row.sealed("response_key", "response")?,
                created_at: row.get("created_at")?,
            })
        },
    )
}

/// Remembers a key, or adds to what is remembered under it. Answers false, and changes nothing, if it was used
/// with another body.
///
/// # Errors
/// The store's.
pub fn put(tx: &mut Tx<'_>, caller: &CallerId, key: &str, entry: &Remembered) -> Result<bool> {
    let (response_key, response) = Sealed::columns(entry.response.as_ref());
    tx.touch(
        "INSERT INTO idempotency
             (caller_id, idempotency_key, body_hash, call_id, response_key, response, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (caller_id, idempotency_key) DO UPDATE SET call_id = excluded.call_id,
             response_key = excluded.response_key, response = excluded.response
         WHERE idempotency.body_hash = excluded.body_hash",
        bind![
            caller,
            key,
            &entry.body_hash,
            entry.call_id.as_ref(),
            response_key,
            response,
            entry.created_at
        ],
    )
}

/// Forgets the keys first used before this time; answers how many.
///
/// # Errors
/// The store's.
pub fn delete_older(tx: &mut Tx<'_>, than: Timestamp) -> Result<u64> {
    tx.execute("DELETE FROM idempotency WHERE created_at < $1", bind![than])
}
