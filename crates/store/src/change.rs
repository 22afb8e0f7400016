//! What changed, for whoever watches: live pages, waiting calls, workers. A change names the thing and carries
//! none of its content, so a watcher reads the store again and can't be shown what is not its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which kind of thing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A call was made or moved on.
    Call,
    /// An approval was raised or decided.
    Approval,
    /// A connection was added, removed, or its health changed.
    Connection,
    /// The policies of a connection.
    Policy,
    /// A stop switch.
    Stop,
    /// A caller's key.
    Key,
    /// A person.
    Person,
    /// A connection's script list.
    Script,
    /// The slots of a class of operations: another node waits for some, or gave some back.
    Permit,
    /// A webhook was changed, or something waits for it or has come to it.
    Webhook,
    /// Whatever there is: this process may have missed what others on the same database changed.
    Anything,
}

/// One thing that changed, announced after its transaction was committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The kind of thing.
    pub topic: Topic,
    /// Its id.
    pub id: String,
    /// The connection it belongs to, if any.
    pub connection: Option<String>,
}

impl Change {
    /// That anything may have changed.
    pub fn anything() -> Self {
        Self { topic: Topic::Anything, id: String::new(), connection: None }
    }
}
