//! Connections: one N-central server each, and what is known of its health.

use crate::id::ConnectionId;
use crate::problem::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a connection can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// The last exchange went well.
    Connected,
    /// N-central refuses the JWT; a new one heals it.
    Reconnect,
    /// The server can't be reached, or fails.
    Unreachable,
}

impl ConnectionState {
    /// The name used on every face.
    pub fn as_str(self) -> &'static str {
        match self {
            ConnectionState::Connected => "connected",
            ConnectionState::Reconnect => "reconnect",
            ConnectionState::Unreachable => "unreachable",
        }
    }
}

impl std::str::FromStr for ConnectionState {
    type Err = crate::policy::UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "connected" => Ok(ConnectionState::Connected),
            "reconnect" => Ok(ConnectionState::Reconnect),
            "unreachable" => Ok(ConnectionState::Unreachable),
            _ => Err(crate::policy::UnknownWord {
                what: "state of a connection",
                given: word.into(),
                known: "connected, reconnect, unreachable",
            }),
        }
    }
}

/// Why a connection is not connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// Which kind of failure.
    pub kind: Kind,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// One N-central server, without its credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The name people gave it.
    pub name: String,
    /// The server's address, without a trailing slash.
    pub url: String,
    /// Whether it can be used.
    pub state: ConnectionState,
    /// Why not, if not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Reason>,
    /// The product version, where the server tells it.
    pub server_version: Option<String>,
    /// The signed-in account, where the server tells it.
    pub user: Option<String>,
    /// A private certificate authority, PEM.
    #[serde(skip, default)]
    pub ca: Option<String>,
    /// Whether the person who asked may decide (off unless an administrator turned it on).
    #[serde(default)]
    pub self_approval: bool,
    /// Most devices a call may act on.
    pub max_targets: u32,
}

impl Connection {
    /// Whether a person disconnected it: the credential is forgotten, everything else is kept.
    pub fn is_disconnected(&self) -> bool {
        self.state == ConnectionState::Reconnect
            && self.reason.as_ref().is_some_and(|reason| reason.kind == Kind::NotConnected)
    }
}

/// Most devices a call may act on, unless an administrator set another number (product.md, *The gate* 2).
pub const DEFAULT_MAX_TARGETS: u32 = 50;
