//! Idempotency keys of REST callers: the same key and body is the same call, whatever has become of it. While a
//! request is worked on its key belongs to one attempt, which says again and again that it still lives; so of two
//! that come at once one runs, on whichever node, and one that died leaves the key to the next.

use crate::sql::bind;
use crate::value::Sealed;
use crate::{Result, Sql, Tx, calls};
use model::{CallId, CallerId, Timestamp};

/// What is remembered under a caller's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The hash of the body that came with it.
    pub body_hash: String,
    /// The call that it stands for; there is a row of it only if it got that far.
    pub call_id: CallId,
    /// The response, where there is no call to look at.
    pub response: Option<Sealed>,
    /// When it was first used.
    pub created_at: Timestamp,
}

/// One request under a key.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Who asks.
    pub caller: CallerId,
    /// The caller's key.
    pub key: String,
    /// Tells this request apart from every other.
    pub id: String,
}

/// What a request finds under its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The key is this attempt's now, and stands for this call, which is yet to be made.
    Mine(CallId),
    /// Another attempt works on it.
    Busy,
    /// It stands for a call that was made.
    Call(CallId),
    /// It stands for a look-up that was answered.
    Answered(CallId, Sealed),
    /// It was used with another body.
    OtherBody,
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

/// Takes a key for an attempt until some time, unless it stands for something already. A key that is new stands for
/// `fresh` from now on.
///
/// # Errors
/// The store's.
pub fn claim(
    tx: &mut Tx<'_>,
    attempt: &Attempt,
    body_hash: &str,
    fresh: &CallId,
    now: Timestamp,
    until: Timestamp,
) -> Result<Claim> {
    let is_new = tx.touch(
        "INSERT INTO idempotency
             (caller_id, idempotency_key, body_hash, call_id, created_at, attempt, attempt_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (caller_id, idempotency_key) DO NOTHING",
        bind![&attempt.caller, &attempt.key, body_hash, fresh, now, &attempt.id, until],
    )?;
    if is_new {
        return Ok(Claim::Mine(fresh.clone()));
    }
    // It is there; should it be forgotten at this very moment, the next look finds the key free.
    let Some(found) = get(tx, &attempt.caller, &attempt.key)? else { return Ok(Claim::Busy) };
    if found.body_hash != body_hash {
        return Ok(Claim::OtherBody);
    }
    if calls::get(tx, &found.call_id)?.is_some() {
        return Ok(Claim::Call(found.call_id));
    }
    if let Some(response) = found.response {
        return Ok(Claim::Answered(found.call_id, response));
    }
    let is_mine = tx.touch(
        "UPDATE idempotency SET attempt = $3, attempt_until = $4
         WHERE caller_id = $1 AND idempotency_key = $2 AND response IS NULL
             AND (attempt IS NULL OR attempt_until <= $5)",
        bind![&attempt.caller, &attempt.key, &attempt.id, until, now],
    )?;
    Ok(if is_mine { Claim::Mine(found.call_id) } else { Claim::Busy })
}

/// Says that an attempt still lives. Answers false, and changes nothing, if the key is not its own any more.
///
/// # Errors
/// The store's.
pub fn renew(tx: &mut Tx<'_>, attempt: &Attempt, until: Timestamp) -> Result<bool> {
    tx.touch(
        "UPDATE idempotency SET attempt_until = $4
         WHERE caller_id = $1 AND idempotency_key = $2 AND attempt = $3",
        bind![&attempt.caller, &attempt.key, &attempt.id, until],
    )
}

/// Lets a key stand for a call that there is, which may be one that was asked for before.
///
/// # Errors
/// The store's.
pub fn stand_for(tx: &mut Tx<'_>, attempt: &Attempt, call: &CallId) -> Result<bool> {
    tx.touch(
        "UPDATE idempotency SET call_id = $4
         WHERE caller_id = $1 AND idempotency_key = $2 AND attempt = $3",
        bind![&attempt.caller, &attempt.key, &attempt.id, call],
    )
}

/// Ends an attempt: with the response of a look-up, which is replayed from then on, or without one, which leaves the
/// key to whoever comes next. Answers false, and changes nothing, if the key is not its own any more.
///
/// # Errors
/// The store's.
pub fn end(tx: &mut Tx<'_>, attempt: &Attempt, response: Option<&Sealed>) -> Result<bool> {
    let (response_key, response) = Sealed::columns(response);
    tx.touch(
        "UPDATE idempotency SET attempt = NULL, attempt_until = NULL, response_key = $4, response = $5
         WHERE caller_id = $1 AND idempotency_key = $2 AND attempt = $3",
        bind![&attempt.caller, &attempt.key, &attempt.id, response_key, response],
    )
}

/// Frees every key that an attempt has, because whoever made the attempts is gone; answers how many.
///
/// # Errors
/// The store's.
pub fn free_all(tx: &mut Tx<'_>) -> Result<u64> {
    tx.execute(
        "UPDATE idempotency SET attempt = NULL, attempt_until = NULL WHERE attempt IS NOT NULL",
        bind![],
    )
}

/// Forgets the keys first used before this time; answers how many.
///
/// # Errors
/// The store's.
pub fn delete_older(tx: &mut Tx<'_>, than: Timestamp) -> Result<u64> {
    tx.execute("DELETE FROM idempotency WHERE created_at < $1", bind![than])
}
