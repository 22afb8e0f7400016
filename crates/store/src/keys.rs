//! Keys of agents and workflows. Only the hash of a secret is kept.

use crate::sql::bind;
use crate::value::Json;
use crate::{Result, Row, Tx};
use model::{Caller, CallerId, Timestamp};

/// A key and the caller it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id, which is also the caller's.
    pub id: CallerId,
    /// The SHA-256 of its secret.
    pub secret_hash: String,
    /// Who asks with it, and for what it may ask.
    pub caller: Caller,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, as far as was noted.
    pub last_used_at: Option<Timestamp>,
    /// What administrators noted about it.
    pub notes: String,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, secret_hash, caller, created_at, expires_at, revoked_at, last_used_at, notes FROM keys ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<Key> {
    let Json(caller) = row.get("caller")?;
    Ok(Key {
        id: row.get("id")?,
        secret_hash: row.get("secret_hash")?,
        caller,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        revoked_at: row.get("revoked_at")?,
        last_used_at: row.get("last_used_at")?,
        notes: row.get("notes")?,
    })
}

/// Adds a key.
///
/// # Errors
/// [`crate::Error::Unique`] if there is one of that id.
pub fn insert(tx: &mut Tx<'_>, key: &Key) -> Result<()> {
    tx.must_insert(
        "keys",
        "INSERT INTO keys (id, secret_hash, caller, created_at, expires_at, revoked_at, last_used_at, notes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        bind![
            &key.id,
            &key.secret_hash,
            Json(&key.caller),
            key.created_at,
            key.expires_at,
            key.revoked_at,
            key.last_used_at,
            &key.notes
        ],
    )
}

/// One key, revoked or not.
///
/// # Errors
/// The store's.
pub fn get(tx: &mut Tx<'_>, id: &CallerId) -> Result<Option<Key>> {
    tx.first(select!("WHERE id = $1"), bind![id], read)
}

/// Every key, revoked ones too, oldest first.
///
/// # Errors
/// The store's.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Key>> {
    tx.all(select!("ORDER BY created_at, id"), &[], read)
}

/// Replaces what can be changed about a key: for what it may ask, until when, and the notes.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn update(tx: &mut Tx<'_>, key: &Key) -> Result<()> {
    tx.must_touch(
        "keys",
        "UPDATE keys SET caller = $2, expires_at = $3, notes = $4 WHERE id = $1",
        bind![&key.id, Json(&key.caller), key.expires_at, &key.notes],
    )
}

/// Revokes a key; false if it was revoked before or never was.
///
/// # Errors
/// The store's.
pub fn revoke(tx: &mut Tx<'_>, id: &CallerId, at: Timestamp) -> Result<bool> {
    tx.touch("UPDATE keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", bind![id, at])
}

/// Notes that a key was used.
///
/// # Errors
/// The store's.
pub fn touch(tx: &mut Tx<'_>, id: &CallerId, at: Timestamp) -> Result<()> {
    tx.touch("UPDATE keys SET last_used_at = $2 WHERE id = $1", bind![id, at])?;
    Ok(())
}
