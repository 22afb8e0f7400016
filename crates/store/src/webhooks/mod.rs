//! Webhooks and their outbox. A delivery's row is written in the transaction of what it tells of, so that a crash loses
//! none, and is leased by the node that tries it, so that two nodes don't try it at once.

mod health;
mod outbox;
mod view;

pub use health::{delivered, disable, enable, failed};
pub use outbox::{
    Attempt, Due, Event, add_delivery, add_event, claim_due, forget_settled, next_due, redeliver,
    release_all, settle,
};
pub use view::{Backlog, Delivery, DeliveryState, Filter, backlog, deliveries, delivery};

use crate::sql::bind;
use crate::value::{Json, Sealed};
use crate::words::any_case;
use crate::{Error, Result, Row, Tx};
use model::{CallerId, ConnectionId, Timestamp};

/// A webhook as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The form of its messages.
    pub format: String,
    /// What of its URL may be shown.
    pub address: String,
    /// Its URL.
    pub url: Sealed,
    /// What its messages are signed with, in the formats that are.
    pub secret: Option<Sealed>,
    /// The secret before, which signs as well until its time is over.
    pub old_secret: Option<Sealed>,
    /// When the secret before stops signing.
    pub old_secret_until: Option<Timestamp>,
    /// Whether it may lead into private networks.
    pub allow_private: bool,
    /// The events it wants; none means all.
    pub events: Option<Vec<String>>,
    /// The one connection whose events it wants.
    pub connection: Option<ConnectionId>,
    /// The one caller whose calls it wants to hear of.
    pub caller: Option<CallerId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it, by name.
    pub created_by: String,
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
    /// Why.
    pub disabled_reason: Option<String>,
    /// Since when nothing has been delivered though it was tried.
    pub failing_since: Option<Timestamp>,
    /// When something was last delivered.
    pub last_delivered_at: Option<Timestamp>,
    /// When something last failed.
    pub last_failed_at: Option<Timestamp>,
    /// How.
    pub last_error: Option<String>,
}

const TABLE: &str = "webhooks";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, format, address, url_key, url, secret_key, secret, old_secret_key, old_secret,
                 old_secret_until, allow_private, events, connection_id, caller_id, created_at, created_by,
                 disabled_at, disabled_reason, failing_since, last_delivered_at, last_failed_at, last_error
             FROM webhooks ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<Hook> {
    Ok(Hook {
        id: row.get("id")?,
        name: row.get("name")?,
        format: row.get("format")?,
        address: row.get("address")?,
        url: row
            .sealed("url_key", "url")?
            .ok_or_else(|| Error::Corrupt { what: "a webhook without its URL".into() })?,
        secret: row.sealed("secret_key", "secret")?,
        old_secret: row.sealed("old_secret_key", "old_secret")?,
        old_secret_until: row.get("old_secret_until")?,
        allow_private: row.get("allow_private")?,
        events: row.get::<Option<Json<Vec<String>>>>("events")?.map(|Json(events)| events),
        connection: row.get("connection_id")?,
        caller: row.get("caller_id")?,
        created_at: row.get("created_at")?,
        created_by: row.get("created_by")?,
        disabled_at: row.get("disabled_at")?,
        disabled_reason: row.get("disabled_reason")?,
        failing_since: row.get("failing_since")?,
        last_delivered_at: row.get("last_delivered_at")?,
        last_failed_at: row.get("last_failed_at")?,
        last_error: row.get("last_error")?,
    })
}

/// Adds a webhook, which is enabled and has not been used.
///
/// # Errors
/// [`Error::Unique`] if there is one of that id, or of that name in any case.
pub fn insert(tx: &mut Tx<'_>, hook: &Hook) -> Result<()> {
    tx.must_insert(
        TABLE,
        "INSERT INTO webhooks (id, name, name_key, format, address, url_key, url, secret_key, secret,
             allow_private, events, connection_id, caller_id, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING",
        bind![
            &hook.id,
            &hook.name,
            any_case(&hook.name),
            &hook.format,
            &hook.address,
            hook.url.key_version,
            hook.url.bytes.clone(),
            hook.secret.as_ref().map(|secret| secret.key_version),
            hook.secret.as_ref().map(|secret| secret.bytes.clone()),
            hook.allow_private,
            hook.events.as_ref().map(Json),
            hook.connection.as_ref(),
            hook.caller.as_ref(),
            hook.created_at,
            &hook.created_by
        ],
    )
}

/// Puts in what an administrator may change: name, URL, filters, whether it may lead into private networks.
///
/// # Errors
/// [`Error::Unique`] if another has that name in any case, [`Error::NotFound`].
pub fn update(tx: &mut Tx<'_>, hook: &Hook) -> Result<()> {
    let key = any_case(&hook.name);
    // Asked for first, because an error of the database would end the whole transaction in PostgreSQL.
    let other: i64 = tx.value(
        "SELECT count(*) FROM webhooks WHERE name_key = $1 AND id <> $2",
        bind![key.clone(), &hook.id],
    )?;
    if other > 0 {
        return Err(Error::Unique { table: TABLE });
    }
    tx.must_touch(
        TABLE,
        "UPDATE webhooks SET name = $2, name_key = $3, address = $4, url_key = $5, url = $6, allow_private = $7,
             events = $8, connection_id = $9, caller_id = $10
         WHERE id = $1",
        bind![
            &hook.id,
            &hook.name,
            key,
            &hook.address,
            hook.url.key_version,
            hook.url.bytes.clone(),
            hook.allow_private,
            hook.events.as_ref().map(Json),
            hook.connection.as_ref(),
            hook.caller.as_ref()
        ],
    )
}

/// Puts in another secret; the one before goes on signing until its time is over.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_secret(
    tx: &mut Tx<'_>,
    id: &str,
    secret: &Sealed,
    old: Option<&Sealed>,
    old_until: Timestamp,
) -> Result<()> {
    let (old_key, old_bytes) = Sealed::columns(old);
    tx.must_touch(
        TABLE,
        "UPDATE webhooks SET secret_key = $2, secret = $3, old_secret_key = $4, old_secret = $5,
             old_secret_until = $6
         WHERE id = $1",
        bind![id, secret.key_version, secret.bytes.clone(), old_key, old_bytes, old_until],
    )
}

/// One webhook.
///
/// # Errors
/// The store's.
pub fn get(tx: &mut Tx<'_>, id: &str) -> Result<Option<Hook>> {
    tx.first(select!("WHERE id = $1"), bind![id], read)
}

/// The webhook of this id, or of this name in any case.
///
/// # Errors
/// The store's.
pub fn find(tx: &mut Tx<'_>, id_or_name: &str) -> Result<Option<Hook>> {
    tx.first(
        select!("WHERE id = $1 OR name_key = $2 ORDER BY CASE id WHEN $1 THEN 0 ELSE 1 END LIMIT 1"),
        bind![id_or_name, any_case(id_or_name)],
        read,
    )
}

/// Every webhook, by name.
///
/// # Errors
/// The store's.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Hook>> {
    tx.all(select!("ORDER BY name_key"), &[], read)
}

/// Those that are not disabled.
///
/// # Errors
/// The store's.
pub fn enabled(tx: &mut Tx<'_>) -> Result<Vec<Hook>> {
    tx.all(select!("WHERE disabled_at IS NULL ORDER BY id"), &[], read)
}

/// Removes a webhook with all that waits for it; false if there is none.
///
/// # Errors
/// The store's.
pub fn remove(tx: &mut Tx<'_>, id: &str) -> Result<bool> {
    tx.touch("DELETE FROM webhooks WHERE id = $1", bind![id])
}
