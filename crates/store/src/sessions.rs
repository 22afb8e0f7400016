//! Sessions of signed-in people. Only the hash of a token is kept, so the state can't be used to sign in.

use crate::sql::bind;
use crate::value::Json;
use crate::{Result, Row, Sql, Tx};
use model::{CallerId, Source, Timestamp};

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
    /// When it was last used, as far as was noted.
    pub seen_at: Timestamp,
    /// From where it was begun.
    pub source: Source,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

/// How much of the hash names a session: enough to tell them apart, and useless for signing in.
const NAMED_BY: usize = 16;

impl Session {
    /// The name of the session: what may be shown.
    pub fn id(&self) -> &str {
        self.token_hash.get(..NAMED_BY).unwrap_or(&self.token_hash)
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT token_hash, person_id, created_at, expires_at, proved_at, seen_at, source, ended_at FROM sessions ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<Session> {
    let created_at = row.get("created_at")?;
    let seen_at: Option<Timestamp> = row.get("seen_at")?;
    let source: Option<Json<Source>> = row.get("source")?;
    Ok(Session {
        token_hash: row.get("token_hash")?,
        person_id: row.get("person_id")?,
        created_at,
        expires_at: row.get("expires_at")?,
        proved_at: row.get("proved_at")?,
        // Sessions from before these two were kept.
        seen_at: seen_at.unwrap_or(created_at),
        source: source.map(|Json(source)| source).unwrap_or_default(),
        ended_at: row.get("ended_at")?,
    })
}

/// Begins a session.
///
/// # Errors
/// The store's.
pub fn insert(tx: &mut Tx<'_>, session: &Session) -> Result<()> {
    tx.must_insert(
        "sessions",
        "INSERT INTO sessions (token_hash, person_id, created_at, expires_at, proved_at, seen_at, source, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        bind![
            &session.token_hash,
            &session.person_id,
            session.created_at,
            session.expires_at,
            session.proved_at,
            session.seen_at,
            Json(&session.source),
            session.ended_at
        ],
    )
}

/// The session of a token, ended or not.
///
/// # Errors
/// The store's.
pub fn get(tx: &mut Tx<'_>, token_hash: &str) -> Result<Option<Session>> {
    tx.first(select!("WHERE token_hash = $1"), bind![token_hash], read)
}

/// The session of a name, ended or not.
///
/// # Errors
/// The store's.
pub fn by_id(tx: &mut Tx<'_>, id: &str) -> Result<Option<Session>> {
    tx.first(select!("WHERE substr(token_hash, 1, 16) = $1"), bind![id], read)
}

/// The sessions that have not ended, of one person or of everybody, the last used first.
///
/// # Errors
/// The store's.
pub fn running(tx: &mut Tx<'_>, person: Option<&CallerId>, now: Timestamp) -> Result<Vec<Session>> {
    tx.all(
        select!(
            "WHERE ended_at IS NULL AND expires_at > $1 AND (person_id = $2 OR $2 IS NULL)
             ORDER BY coalesce(seen_at, created_at) DESC, token_hash"
        ),
        bind![now, person],
        read,
    )
}

/// Notes that a session was used.
///
/// # Errors
/// The store's.
pub fn see(tx: &mut Tx<'_>, token_hash: &str, at: Timestamp) -> Result<()> {
    tx.touch("UPDATE sessions SET seen_at = $2 WHERE token_hash = $1", bind![token_hash, at])?;
    Ok(())
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

/// Ends every session of a person but one; answers how many.
///
/// # Errors
/// The store's.
pub fn end_others(tx: &mut Tx<'_>, person: &CallerId, kept: &str, at: Timestamp) -> Result<u64> {
    tx.execute(
        "UPDATE sessions SET ended_at = $3 WHERE person_id = $1 AND token_hash <> $2 AND ended_at IS NULL",
        bind![person, kept, at],
    )
}

/// Forgets the sessions that have expired; answers how many.
///
/// # Errors
/// The store's.
pub fn delete_expired(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64> {
    tx.execute("DELETE FROM sessions WHERE expires_at <= $1", bind![now])
}
