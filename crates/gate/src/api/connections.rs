//! Connections with their policies and scripts: what is handed in, and what is shown.

use model::{Mode, Preset, Timestamp};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A new connection, or a new JWT for one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConnection {
    /// What people will call it; derived from the address where it is missing.
    #[serde(default)]
    pub name: Option<String>,
    /// The server's address.
    pub url: String,
    /// The User-API Token.
    #[schemars(with = "String", extend("format" = "password", "writeOnly" = true))]
    pub jwt: SecretString,
    /// A private certificate authority, PEM.
    #[serde(default)]
    pub ca: Option<String>,
    /// The policies to start with.
    #[serde(default)]
    pub preset: Option<Preset>,
}

/// What has been done on the way to a connection, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConnectStep {
    /// The server is reached, and its certificate trusted where it has one.
    Reached,
    /// It took the JWT.
    SignedIn,
    /// It is new enough, or does not tell.
    Recognised,
}

/// Is told of each step of connecting as it is done; it should return at once.
pub type ConnectWatch = Arc<dyn Fn(ConnectStep) + Send + Sync>;

/// A connection that was made, changed or healed, and what is worth knowing about it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Connected {
    /// The connection.
    #[serde(flatten)]
    pub connection: model::Connection,
    /// What was noticed and accepted: a dropped slash, a version the server does not tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
}

/// A change to a connection.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionChange {
    /// Another name; keys, policies and the record stay with the connection.
    #[serde(default)]
    pub name: Option<String>,
    /// A new JWT reconnects.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "password", "writeOnly" = true))]
    pub jwt: Option<SecretString>,
    /// A new private certificate authority, PEM.
    #[serde(default)]
    pub ca: Option<String>,
    /// Whether the one who asked may decide.
    #[serde(default)]
    pub self_approval: Option<bool>,
    /// Most devices a call may act on.
    #[serde(default)]
    pub max_targets: Option<u32>,
}

/// When a connection was last of use.
#[derive(Clone, Debug)]
pub struct Uses {
    /// When its server last answered well, since this process began.
    pub last_contact: Option<Timestamp>,
    /// When each tool last ran on it, by canonical name; one that never did is left out.
    pub tools: BTreeMap<String, Timestamp>,
}

/// The policies of a connection: every tool's mode.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PoliciesView {
    /// The version to send with a change.
    pub version: u64,
    /// The preset last applied.
    pub preset: Preset,
    /// Mode by canonical tool name.
    pub policies: BTreeMap<String, Mode>,
}

/// A partial change of policies.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyChange {
    /// The version it is based on; a stale one is refused. None takes whatever is current.
    #[serde(default)]
    pub version: Option<u64>,
    /// A preset to start from; the single modes come on top.
    #[serde(default)]
    pub preset: Option<Preset>,
    /// Mode by tool name, canonical or alias.
    #[serde(default)]
    pub policies: BTreeMap<String, Mode>,
}

/// A script to be put on the list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewScript {
    /// The name callers use.
    pub name: String,
    /// Its repository id.
    pub item_id: i64,
    /// `AutomationPolicy`, `Script` or `MacScript`.
    pub task_type: model::script::TaskType,
    /// Its parameters.
    #[serde(default)]
    pub parameters: Vec<model::script::ScriptParameter>,
    /// What it does.
    #[serde(default)]
    pub description: String,
}

/// A change to a script on the list; what is missing stays.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScriptChange {
    /// The name callers use.
    pub name: Option<String>,
    /// Its repository id.
    pub item_id: Option<i64>,
    /// `AutomationPolicy`, `Script` or `MacScript`.
    pub task_type: Option<model::script::TaskType>,
    /// Its parameters, all of them.
    pub parameters: Option<Vec<model::script::ScriptParameter>>,
    /// What it does.
    pub description: Option<String>,
}

impl From<NewScript> for ScriptChange {
    fn from(new: NewScript) -> Self {
        let NewScript { name, item_id, task_type, parameters, description } = new;
        Self {
            name: Some(name),
            item_id: Some(item_id),
            task_type: Some(task_type),
            parameters: Some(parameters),
            description: Some(description),
        }
    }
}

impl NewScript {
    /// The first id of an uploaded repository item; what ships with N-central has lower ones and can't be run through
    /// the API (contract/NOTES, section 7).
    pub const FIRST_ITEM: i64 = 2000;
}
