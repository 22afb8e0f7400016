//! Wrong passwords, counted by what they were tried at (a name) and by where they came from (an address).

use crate::sql::bind;
use crate::{Result, Sql, Tx};
use model::Timestamp;

/// Wrong passwords in a row of one subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guesses {
    /// How many.
    pub failures: i64,
    /// Until when no more are listened to.
    pub locked_until: Option<Timestamp>,
}

/// What is known of a subject; nothing is the same as no wrong password.
///
/// # Errors
/// The store's.
pub fn get(tx: &mut Tx<'_>, subject: &str) -> Result<Guesses> {
    let found =
        tx.first("SELECT failures, locked_until FROM guesses WHERE subject = $1", bind![subject], |row| {
            Ok(Guesses { failures: row.get(0)?, locked_until: row.get(1)? })
        })?;
    Ok(found.unwrap_or_default())
}

/// Notes a wrong password, and until when the subject is locked by it.
///
/// # Errors
/// The store's.
pub fn put(tx: &mut Tx<'_>, subject: &str, guesses: Guesses, at: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO guesses (subject, failures, failed_at, locked_until) VALUES ($1, $2, $3, $4)
         ON CONFLICT (subject) DO UPDATE
         SET failures = excluded.failures, failed_at = excluded.failed_at, locked_until = excluded.locked_until",
        bind![subject, guesses.failures, at, guesses.locked_until],
    )?;
    Ok(())
}

/// Forgets a subject: the right password came, or another one was set.
///
/// # Errors
/// The store's.
pub fn forget(tx: &mut Tx<'_>, subject: &str) -> Result<bool> {
    tx.touch("DELETE FROM guesses WHERE subject = $1", bind![subject])
}

/// Forgets the subjects of which nothing wrong came since a moment; answers how many.
///
/// # Errors
/// The store's.
pub fn delete_older(tx: &mut Tx<'_>, than: Timestamp) -> Result<u64> {
    tx.execute("DELETE FROM guesses WHERE failed_at < $1", bind![than])
}
