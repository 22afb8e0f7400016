//! Several nodes on one database: any of them takes any request, and what one of them is told holds on all.
//!
//! The database has the truth, and who may do what is decided inside its transactions. What is here keeps the nodes
//! in step: each says that it is there (`presence`), brings what it remembers up to date as soon as another node
//! changes it (`follow`), makes sure that all of them hold the same master key (`same_key`), and shares N-central's
//! limits with the others (`permits`). A process that owns its state alone needs nothing of this.

mod class;
mod follow;
mod permits;
mod presence;
pub(crate) mod same_key;
mod share;

pub(crate) use follow::follow;
pub(crate) use permits::LeasedPermits;
pub(crate) use presence::beat;

use crate::gate::Gate;
use crate::keyring::MasterKey;
use model::{ConnectionId, Problem, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use store::{Location, Store};

/// What several gates of one process have in common: a database and a master key. For tests, which have no processes.
#[derive(Clone)]
pub struct Commons {
    pub(crate) store: Store,
    pub(crate) key: MasterKey,
}

impl Commons {
    /// A database in memory and a key of its own.
    ///
    /// # Errors
    /// The store's.
    pub fn in_memory() -> Result<Self, Problem> {
        let store =
            Store::open(Location::Memory, store::Options::default()).map_err(crate::gate::store_problem)?;
        Ok(Self { store, key: MasterKey::generate() })
    }
}

impl Commons {
    /// The database, as another node would find it.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

impl std::fmt::Debug for Commons {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Commons").finish_non_exhaustive()
    }
}

/// What this process is among the nodes on its database.
pub(crate) struct Member {
    /// The node's id; none for a process that owns its state alone.
    node: Option<String>,
    started_at: Timestamp,
    permits: Mutex<HashMap<ConnectionId, LeasedPermits>>,
}

impl Member {
    pub(crate) fn new(node: Option<String>, started_at: Timestamp) -> Self {
        Self { node, started_at, permits: Mutex::default() }
    }

    /// Whether no other process works on the same state.
    pub(crate) fn is_alone(&self) -> bool {
        self.node.is_none()
    }

    /// The id of this node, where there may be others.
    pub(crate) fn node(&self) -> Option<&str> {
        self.node.as_deref()
    }

    fn all_permits(&self) -> Vec<LeasedPermits> {
        self.permits.lock().expect("no holder panics").values().cloned().collect()
    }
}

impl Gate {
    /// The permits that this node shares with the others for a connection: the same ones over every reconnection.
    /// None for a process that is alone.
    pub(crate) fn shared_permits(
        &self,
        connection: &ConnectionId,
        learned: &BTreeMap<String, u16>,
    ) -> Option<LeasedPermits> {
        let node = self.inner.member.node()?;
        let mut all = self.inner.member.permits.lock().expect("no holder panics");
        let made = || LeasedPermits::new(self, connection.clone(), node, learned.clone());
        Some(all.entry(connection.clone()).or_insert_with(made).clone())
    }
}

/// Where a node's tokens of a connection lie, for sealing.
pub(crate) fn node_tokens_place(connection: &ConnectionId, node: &str) -> String {
    format!("node_tokens/{connection}/{node}")
}
