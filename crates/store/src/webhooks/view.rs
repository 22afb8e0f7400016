//! Looking at the outbox: the deliveries of a webhook, and what has not arrived yet.

use crate::page::{Page, Place};
use crate::sql::bind;
use crate::{Result, Row, Tx};
use model::policy::UnknownWord;
use model::{Timestamp, time};

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// It is tried, or tried again.
    Pending,
    /// The receiver took it.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryState {
    /// The word it is kept as.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Pending => "pending",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Failed => "failed",
        }
    }
}

impl std::str::FromStr for DeliveryState {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        use DeliveryState::{Delivered, Failed, Pending};
        [Pending, Delivered, Failed].into_iter().find(|state| state.as_str() == word).ok_or_else(|| {
            UnknownWord {
                what: "state of a delivery",
                given: word.into(),
                known: "pending, delivered, failed",
            }
        })
    }
}

/// A delivery as it is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, which is the `webhook-id` of its message.
    pub id: String,
    /// To which webhook.
    pub hook_id: String,
    /// What it tells of.
    pub event: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When the event happened.
    pub created_at: Timestamp,
    /// When it is tried next, while it is pending.
    pub next_at: Timestamp,
    /// When it was last tried.
    pub last_attempt_at: Option<Timestamp>,
    /// The last status that was answered.
    pub status: Option<u16>,
    /// What went wrong last.
    pub error: Option<String>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.hook_id, e.name AS event, d.state, d.attempts, d.created_at, d.next_at,
                 d.last_attempt_at, d.status, d.error
             FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<Delivery> {
    Ok(Delivery {
        id: row.get("id")?,
        hook_id: row.get("hook_id")?,
        event: row.get("event")?,
        state: row.get("state")?,
        attempts: row.get("attempts")?,
        created_at: row.get("created_at")?,
        next_at: row.get("next_at")?,
        last_attempt_at: row.get("last_attempt_at")?,
        status: row.get("status")?,
        error: row.get("error")?,
    })
}

/// Which deliveries are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Those of this webhook.
    pub hook_id: String,
    /// Those in one state; none means any.
    pub state: Option<DeliveryState>,
}

/// One page of a webhook's deliveries, newest first.
///
/// # Errors
/// [`crate::Error::Cursor`] for a cursor that this list did not give out.
pub fn deliveries(
    tx: &mut Tx<'_>,
    filter: &Filter,
    cursor: Option<&str>,
    limit: u32,
) -> Result<Page<Delivery>> {
    let Place { time, rest } = Place::before(cursor)?;
    let rows = tx.all(
        select!(
            "WHERE d.hook_id = $1 AND (d.state = $2 OR $2 IS NULL) AND (d.created_at, d.id) < ($3, $4)
             ORDER BY d.created_at DESC, d.id DESC LIMIT $5"
        ),
        bind![&filter.hook_id, filter.state, time, rest, limit.saturating_add(1)],
        read,
    )?;
    Ok(Page::cut(rows, limit, |delivery| Place {
        time: time::to_millis(delivery.created_at),
        rest: delivery.id.clone(),
    }))
}

/// One delivery of a webhook.
///
/// # Errors
/// The store's.
pub fn delivery(tx: &mut Tx<'_>, hook_id: &str, id: &str) -> Result<Option<Delivery>> {
    tx.first(select!("WHERE d.hook_id = $1 AND d.id = $2"), bind![hook_id, id], read)
}

/// What waits for one webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The webhook.
    pub hook_id: String,
    /// How many messages wait.
    pub waiting: u64,
    /// When the oldest of them was put there.
    pub oldest: Timestamp,
}

/// What waits, for each webhook for which anything does, disabled ones too.
///
/// # Errors
/// The store's.
pub fn backlog(tx: &mut Tx<'_>) -> Result<Vec<Backlog>> {
    tx.all(
        "SELECT hook_id, count(*), min(created_at) FROM webhook_deliveries WHERE state = 'pending'
         GROUP BY hook_id ORDER BY hook_id",
        &[],
        |row| Ok(Backlog { hook_id: row.get(0)?, waiting: row.get(1)?, oldest: row.get(2)? }),
    )
}
