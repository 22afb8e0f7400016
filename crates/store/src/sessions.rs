//! Sessions of signed-in people. Only the hash of a token is kept, so the state can't be used to sign in.

use crate::sql::bind;
use crate::{Result, Sql, Tx};
use model::{CallerId, Timestamp};

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of its token.
    pub token_hash: String,
    /// Whose it is.
    pub person_id: CallerId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When that person last gave the password.
    pub proved_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

/// Begins a session.
///
/// # Errors
/// The store's.
pub fn insert(tx: &mut Tx<'_>, session: &Session) -> Result<()> {
    tx.must_insert(
        "sessions",
        "INSERT INTO sessions (token_hash, person_id, created_at, expires_at, proved_at, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        bind![
            &session.token_hash,
            &session.person_id,
            session.created_at,
            session.expires_at,
            session.proved_at,
            session.ended_at
        ],
    )
}

/// The session of a token, ended or not.
///
/// # Errors
/// The store's.
pub fn get(tx: &mut Tx<'_>, token_hash: &str) -> Result<Option<Session>> {
    tx.first(
        "SELECT token_hash, person_id, created_at, expires_at, proved_at, ended_at FROM sessions
         WHERE token_hash = $1",
        bind![token_hash],
        |row| {
            Ok(Session {
                token_hash: row.get(0)?,
                person_id: row.get(1)?,
                created_at: row.get(2)?,
                expires_at: row.get(3)?,
                proved_at: row.get(4)?,
                ended_at: row.get(5)?,
            })
        },
    )
}

/// Notes that the person gave the password again.
///
/// # Errors
/// The store's.
pub fn prove(tx: &mut Tx<'_>, token_hash: &str, at: Timestamp) -> Result<bool> {
    tx.touch(
        "UPDATE sessions SET proved_at = $2 WHERE token_hash = $1 AND ended_at IS NULL",
        bind![token_hash, at],
    )
}

/// Ends a session; false if it was over or never was.
///
/// # Errors
/// The store's.
pub fn end(tx: &mut Tx<'_>, token_hash: &str, at: Timestamp) -> Result<bool> {
    tx.touch(
        "UPDATE sessions SET ended_at = $2 WHERE token_hash = $1 AND ended_at IS NULL",
        bind![token_hash, at],
    )
}

/// Ends every session of a person; answers how many.
///
/// # Errors
/// The store's.
pub fn end_all(tx: &mut Tx<'_>, person: &CallerId, at: Timestamp) -> Result<u64> {
    tx.execute(
        "UPDATE sessions SET ended_at = $2 WHERE person_id = $1 AND ended_at IS NULL",
        bind![person, at],
    )
}

/// Forgets the sessions that have expired; answers how many.
///
/// # Errors
/// The store's.
pub fn delete_expired(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64> {
    tx.execute("DELETE FROM sessions WHERE expires_at <= $1", bind![now])
}
