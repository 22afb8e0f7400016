//! The writes of a plan, one row each: planned, then its intent committed, then settled. A write whose intent is
//! committed may have happened, whatever became of the process; it is never planned again.

use crate::sql::bind;
use crate::value::{Json, Sealed};
use crate::{Result, Row, Sql, Tx, calls};
use model::policy::UnknownWord;
use model::{CallId, Changed, Timestamp};
use serde_json::Value;

/// Where a write stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WriteState {
    /// Not begun: certain not to have happened.
    Planned,
    /// It was about to be sent.
    Intent,
    /// N-central accepted it.
    Done,
    /// Known not to have happened.
    Failed,
    /// May have happened.
    Unknown,
}

impl WriteState {
    /// The word it is kept as.
    pub fn as_str(self) -> &'static str {
        match self {
            WriteState::Planned => "planned",
            WriteState::Intent => "intent",
            WriteState::Done => "done",
            WriteState::Failed => "failed",
            WriteState::Unknown => "unknown",
        }
    }

    /// Whether a write in this state has changed something.
    pub fn changed(self) -> Changed {
        match self {
            WriteState::Planned | WriteState::Failed => Changed::No,
            WriteState::Intent | WriteState::Unknown => Changed::Unknown,
            WriteState::Done => Changed::Yes,
        }
    }
}

impl std::str::FromStr for WriteState {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        use WriteState::{Done, Failed, Intent, Planned, Unknown};
        [Planned, Intent, Done, Failed, Unknown].into_iter().find(|state| state.as_str() == word).ok_or_else(
            || UnknownWord {
                what: "state of a write",
                given: word.into(),
                known: "planned, intent, done, failed, unknown",
            },
        )
    }
}

/// A write as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteRow {
    /// The call whose plan it belongs to.
    pub call_id: CallId,
    /// Its place in the plan, from 0.
    pub position: i64,
    /// The place of its target in the plan's targets, where it is about one.
    pub target: Option<i64>,
    /// Where it stands.
    pub state: WriteState,
    /// The id of the one attempt.
    pub attempt_id: Option<String>,
    /// When its intent was committed.
    pub intent_at: Option<Timestamp>,
    /// When it was last settled.
    pub settled_at: Option<Timestamp>,
    /// What N-central answered.
    pub receipt: Option<Sealed>,
    /// The id of the task it made, in the JSON type N-central gave it.
    pub task_id: Option<Value>,
    /// What went wrong, for people.
    pub error: Option<String>,
}

/// Adds the writes of a plan in order, each with the place of its target.
///
/// # Errors
/// [`crate::Error::Unique`] if the call has writes already.
pub fn insert_all(tx: &mut Tx<'_>, call_id: &CallId, targets: &[Option<i64>]) -> Result<()> {
    for (position, target) in (0_i64..).zip(targets) {
        tx.must_insert(
            "call_writes",
            "INSERT INTO call_writes (call_id, position, target, state) VALUES ($1, $2, $3, 'planned')
             ON CONFLICT DO NOTHING",
            bind![call_id, position, *target],
        )?;
    }
    Ok(())
}

/// The writes of a call, in order.
///
/// # Errors
/// The store's.
pub fn list(tx: &mut Tx<'_>, call_id: &CallId) -> Result<Vec<WriteRow>> {
    tx.all(
        "SELECT call_id, position, target, state, attempt_id, intent_at, settled_at, receipt_key, receipt, task_id,
             error
         FROM call_writes WHERE call_id = $1 ORDER BY position",
        bind![call_id],
        read,
    )
}

fn read(row: &Row) -> Result<WriteRow> {
    Ok(WriteRow {
        call_id: row.get("call_id")?,
        position: row.get("position")?,
        target: row.get("target")?,
        state: row.get("state")?,
        attempt_id: row.get("attempt_id")?,
        intent_at: row.get("intent_at")?,
        settled_at: row.get("settled_at")?,
        receipt: row.sealed("receipt_key", "receipt")?,
        task_id: row.get::<Option<Json<Value>>>("task_id")?.map(|Json(id)| id),
        error: row.get("error")?,
    })
}

/// Commits the intent to send a write: the one gate before its first byte. Answers false, and changes nothing,
/// unless the call executes under this fencing number and the write was never begun.
///
/// # Errors
/// The store's.
pub fn commit_intent(
    tx: &mut Tx<'_>,
    call_id: &CallId,
    position: i64,
    fence: i64,
    attempt_id: &str,
    at: Timestamp,
) -> Result<bool> {
    Ok(calls::holds(tx, call_id, fence)?
        && tx.touch(
            "UPDATE call_writes SET state = 'intent', attempt_id = $3, intent_at = $4
             WHERE call_id = $1 AND position = $2 AND state = 'planned'",
            bind![call_id, position, attempt_id, at],
        )?)
}

/// What a write came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Where it stands now.
    pub state: WriteState,
    /// What N-central answered.
    pub receipt: Option<Sealed>,
    /// The id of the task it made.
    pub task_id: Option<Value>,
    /// What went wrong, for people.
    pub error: Option<String>,
}

/// Settles a write that is in this state: `Intent` after an answer, `Unknown` after a read-back or by a person,
/// `Planned` for what will not be sent. Answers false, and changes nothing, if it is in another state by now.
///
/// # Errors
/// The store's.
pub fn settle(
    tx: &mut Tx<'_>,
    call_id: &CallId,
    position: i64,
    from: WriteState,
    to: &Settlement,
    at: Timestamp,
) -> Result<bool> {
    let (receipt_key, receipt) = Sealed::columns(to.receipt.as_ref());
    tx.touch(
        "UPDATE call_writes SET state = $4, receipt_key = $5, receipt = $6, task_id = $7, error = $8,
             settled_at = $9
         WHERE call_id = $1 AND position = $2 AND state = $3",
        bind![
            call_id,
            position,
            from,
            to.state,
            receipt_key,
            receipt,
            to.task_id.as_ref().map(Json),
            to.error.as_ref(),
            at
        ],
    )
}

/// Settles every write of a call that was never begun: it will not be sent. Answers how many there were.
///
/// # Errors
/// The store's.
pub fn give_up_planned(tx: &mut Tx<'_>, call_id: &CallId, error: &str, at: Timestamp) -> Result<u64> {
    tx.execute(
        "UPDATE call_writes SET state = 'failed', error = $2, settled_at = $3
         WHERE call_id = $1 AND state = 'planned'",
        bind![call_id, error, at],
    )
}
