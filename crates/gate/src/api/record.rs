//! What happened, and what is the matter: audit entries, events, stop switches, findings.

use super::Cursor;
use model::{ConnectionId, Outcome, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Topic;

/// Pressing or releasing a stop switch.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopChange {
    /// On or off.
    pub on: bool,
    /// Id or name of the connection; all where it is missing.
    #[serde(default)]
    pub connection: Option<String>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A stop switch as it is looked at.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StopView {
    /// The connection's name; none for all.
    pub connection: Option<String>,
    /// Whether it is on.
    pub on: bool,
    /// Why.
    pub reason: Option<String>,
    /// Who, by name.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// One audit entry as it is looked at.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AuditView {
    /// The chain.
    pub chain: String,
    /// Its place.
    pub seq: u64,
    /// When.
    pub time: Timestamp,
    /// What kind of event.
    pub event: String,
    /// Lower-case hex SHA-256 of the entry.
    pub hash: String,
    /// What was recorded.
    pub body: Value,
}

/// Which audit entries.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct AuditFilter {
    /// Id or name of a connection.
    #[serde(default)]
    pub connection: Option<String>,
    /// A caller's id or name.
    #[serde(default)]
    pub caller: Option<String>,
    /// A tool, by either name.
    #[serde(default)]
    pub tool: Option<String>,
    /// One kind of event.
    #[serde(default)]
    pub event: Option<String>,
    /// One call's entries.
    #[serde(default)]
    pub call: Option<String>,
    /// What came of the call that the entry tells the end of.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// The id of a customer that the entry's targets belong to or its arguments name.
    #[serde(default)]
    pub customer: Option<i64>,
    /// Not before.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// Not after.
    #[serde(default)]
    pub to: Option<Timestamp>,
    /// Which page.
    #[serde(flatten)]
    pub page: Cursor,
}

/// Something that happened, for whoever follows live.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Event {
    /// Its place among all events of this process.
    #[serde(skip)]
    pub number: u64,
    /// What kind of thing changed.
    pub topic: Topic,
    /// The id of what changed.
    pub id: String,
    /// The connection it belongs to.
    pub connection: Option<ConnectionId>,
}

/// One finding of the doctor.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What was looked at.
    pub check: String,
    /// `ok`, `warning`, `failed`.
    pub status: String,
    /// What was found.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub hint: String,
}
