//! The outbox: what is put there with the change it tells of, claimed when it is due, and settled.

use crate::sql::bind;
use crate::value::Json;
use crate::webhooks::DeliveryState;
use crate::{Result, Row, Sql, Tx};
use model::{ConnectionId, Timestamp};
use serde_json::Value;

/// Something that happened, kept once for all webhooks that are told.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// What happened.
    pub name: String,
    /// When.
    pub created_at: Timestamp,
    /// On which connection.
    pub connection: Option<ConnectionId>,
    /// What is told of it.
    pub data: Value,
}

/// A delivery that was claimed, with what it delivers.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// Its id, the same at every attempt.
    pub id: String,
    /// To which webhook.
    pub hook_id: String,
    /// How often it was tried before.
    pub attempts: u32,
    /// The number of the claim.
    pub fence: i64,
    /// What is told.
    pub event: Event,
}

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Where the delivery stands now.
    pub state: DeliveryState,
    /// When it was made.
    pub at: Timestamp,
    /// When the next one is due, if there is one.
    pub next_at: Timestamp,
    /// The status that was answered.
    pub status: Option<u16>,
    /// What went wrong.
    pub error: Option<String>,
}

/// Keeps an event for its deliveries.
///
/// # Errors
/// The store's.
pub fn add_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    tx.must_insert(
        "webhook_events",
        "INSERT INTO webhook_events (id, name, created_at, connection_id, data) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
        bind![&event.id, &event.name, event.created_at, event.connection.as_ref(), Json(&event.data)],
    )
}

/// Puts an event into the outbox of a webhook, due at once.
///
/// # Errors
/// [`crate::Error::Unique`] if it is there already.
pub fn add_delivery(tx: &mut Tx<'_>, id: &str, hook_id: &str, event: &Event) -> Result<()> {
    tx.must_insert(
        "webhook_deliveries",
        "INSERT INTO webhook_deliveries (id, hook_id, event_id, state, attempts, created_at, next_at, fence)
         VALUES ($1, $2, $3, 'pending', 0, $4, $4, 0) ON CONFLICT DO NOTHING",
        bind![id, hook_id, &event.id, event.created_at],
    )
}

/// Claims the delivery that has been due the longest and that nobody holds, passing over webhooks to which as many
/// are on their way as may be at once: `healthy` where the last one was delivered, one where it failed.
///
/// # Errors
/// The store's.
pub fn claim_due(
    tx: &mut Tx<'_>,
    now: Timestamp,
    lease_until: Timestamp,
    healthy: u32,
) -> Result<Option<Due>> {
    // The conditions stand twice because PostgreSQL, having waited for another claim, looks at the outer ones again.
    let claimed = tx.first(
        "UPDATE webhook_deliveries SET fence = fence + 1, lease_until = $2
         WHERE id = (
             SELECT d.id FROM webhook_deliveries d JOIN webhooks w ON w.id = d.hook_id
             WHERE d.state = 'pending' AND d.next_at <= $1 AND (d.lease_until IS NULL OR d.lease_until <= $1)
                 AND w.disabled_at IS NULL
                 AND (SELECT count(*) FROM webhook_deliveries o
                      WHERE o.hook_id = d.hook_id AND o.lease_until IS NOT NULL AND o.lease_until > $1)
                     < CASE WHEN w.failing_since IS NULL THEN $3 ELSE CAST(1 AS bigint) END
             ORDER BY d.next_at, d.id LIMIT 1)
         AND state = 'pending' AND (lease_until IS NULL OR lease_until <= $1)
         RETURNING id, hook_id, attempts, fence, event_id",
        bind![now, lease_until, healthy],
        |row| {
            Ok((
                row.get::<String>("id")?,
                row.get::<String>("hook_id")?,
                row.get::<u32>("attempts")?,
                row.get::<i64>("fence")?,
                row.get::<String>("event_id")?,
            ))
        },
    )?;
    let Some((id, hook_id, attempts, fence, event_id)) = claimed else { return Ok(None) };
    let event = tx.first(
        "SELECT id, name, created_at, connection_id, data FROM webhook_events WHERE id = $1",
        bind![event_id],
        read_event,
    )?;
    Ok(event.map(|event| Due { id, hook_id, attempts, fence, event }))
}

/// Frees every claim, so that what an earlier process died over is due at once. Only for whoever has the store to itself.
///
/// # Errors
/// The store's.
pub fn release_all(tx: &mut Tx<'_>) -> Result<u64> {
    tx.execute(
        "UPDATE webhook_deliveries SET lease_until = NULL WHERE state = 'pending' AND lease_until IS NOT NULL",
        &[],
    )
}

fn read_event(row: &Row) -> Result<Event> {
    let Json(data) = row.get("data")?;
    Ok(Event {
        id: row.get("id")?,
        name: row.get("name")?,
        created_at: row.get("created_at")?,
        connection: row.get("connection_id")?,
        data,
    })
}

/// Writes down what came of an attempt. False, and nothing is changed, if another has claimed the delivery by now.
///
/// # Errors
/// The store's.
pub fn settle(tx: &mut Tx<'_>, id: &str, fence: i64, attempt: &Attempt) -> Result<bool> {
    let settled = (attempt.state != DeliveryState::Pending).then_some(attempt.at);
    tx.touch(
        "UPDATE webhook_deliveries SET state = $3, attempts = attempts + 1, next_at = $4, lease_until = NULL,
             last_attempt_at = $5, settled_at = $6, status = $7, error = $8
         WHERE id = $1 AND fence = $2 AND state = 'pending'",
        bind![
            id,
            fence,
            attempt.state,
            attempt.next_at,
            attempt.at,
            settled,
            attempt.status,
            attempt.error.as_ref()
        ],
    )
}

/// Has a delivery tried again at once, under the id it had, with a fresh count of attempts. False if it is being
/// tried at this moment, or is gone.
///
/// # Errors
/// The store's.
pub fn redeliver(tx: &mut Tx<'_>, id: &str, now: Timestamp) -> Result<bool> {
    tx.touch(
        "UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_at = $2, settled_at = NULL
         WHERE id = $1 AND (lease_until IS NULL OR lease_until <= $2)",
        bind![id, now],
    )
}

/// When something is due that can't be claimed yet: a retry whose time comes, or a claim that runs out.
///
/// # Errors
/// The store's.
pub fn next_due(tx: &mut Tx<'_>, now: Timestamp) -> Result<Option<Timestamp>> {
    tx.value(
        "SELECT min(CASE WHEN d.next_at > $1 THEN d.next_at ELSE d.lease_until END)
         FROM webhook_deliveries d JOIN webhooks w ON w.id = d.hook_id
         WHERE d.state = 'pending' AND w.disabled_at IS NULL AND (d.next_at > $1 OR d.lease_until > $1)",
        bind![now],
    )
}

/// Forgets the deliveries that were settled before this time, and the events that no delivery is about any more.
/// Answers how many deliveries.
///
/// # Errors
/// The store's.
pub fn forget_settled(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64> {
    let forgotten = tx.execute(
        "DELETE FROM webhook_deliveries WHERE settled_at IS NOT NULL AND settled_at < $1",
        bind![before],
    )?;
    tx.execute(
        "DELETE FROM webhook_events WHERE created_at < $1
             AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.event_id = webhook_events.id)",
        bind![before],
    )?;
    Ok(forgotten)
}
