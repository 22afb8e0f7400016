//! The connections as this process holds them: each with its client, its permits and its current policies.
//!
//! The store has the truth; this is what a call needs without asking it. Every change of a connection goes through
//! the gate, which writes the store first and replaces the entry here after; what another node changed is followed.

mod choose;
mod client;
mod environment;
mod refresh;

pub(crate) use client::Credentials;

use model::connection::Reason;
use model::{Connection, ConnectionId, Kind, Policies, Problem, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock};

/// One connection, ready to be used. Replaced as a whole when anything about it changes.
pub(crate) struct Live {
    pub(crate) connection: Connection,
    pub(crate) policies: Policies,
    pub(crate) client: ncentral::Client,
    /// The hash of the JWT that the client signs in with. Each client has its own, so it tells clients apart.
    pub(crate) sign_in: Arc<str>,
    /// Whether it is in the store; one made from the environment is not.
    pub(crate) stored: bool,
}

impl Live {
    /// The same connection with other settings.
    pub(crate) fn with(&self, connection: Connection, policies: Policies) -> Self {
        Self {
            connection,
            policies,
            client: self.client.clone(),
            sign_in: Arc::clone(&self.sign_in),
            stored: self.stored,
        }
    }

    /// The same connection with what administrators have set on the one in whose place it comes.
    pub(crate) fn in_place_of(&self, current: &Live) -> Self {
        let Connection { name, self_approval, max_targets, .. } = current.connection.clone();
        let connection = Connection { name, self_approval, max_targets, ..self.connection.clone() };
        self.with(connection, current.policies.clone())
    }

    /// A problem of using it, told with its cause where that is a JWT that does not open: the client has none then,
    /// and nothing reaches the server.
    pub(crate) fn explain(&self, problem: Problem) -> Problem {
        match problem.kind {
            Kind::NotConnected if !self.connection.is_disconnected() => {
                let Reason { kind, message, hint } = does_not_open();
                Problem::new(kind, message).hint(hint)
            }
            _ => problem,
        }
    }
}

/// The connections of this process.
pub(crate) struct Registry {
    live: RwLock<BTreeMap<ConnectionId, Arc<Live>>>,
    /// When the server of each last answered well.
    contacts: Mutex<BTreeMap<ConnectionId, Timestamp>>,
}

impl Registry {
    pub(crate) fn new() -> Self {
        Self { live: RwLock::default(), contacts: Mutex::default() }
    }

    pub(crate) fn put(&self, live: Live) -> Arc<Live> {
        let live = Arc::new(live);
        let id = live.connection.id.clone();
        self.live.write().expect("no holder panics").insert(id, Arc::clone(&live));
        live
    }

    /// Replaces a connection by what is made of it as it is at that moment; none if it is not there.
    pub(crate) fn update(&self, id: &ConnectionId, change: impl FnOnce(&Live) -> Live) -> Option<Arc<Live>> {
        let mut live = self.live.write().expect("no holder panics");
        let slot = live.get_mut(id)?;
        *slot = Arc::new(change(slot));
        Some(Arc::clone(slot))
    }

    /// Puts a connection, or nothing, in the place of what was seen there; nothing happens if it is another by now.
    fn exchange(&self, id: &ConnectionId, seen: Option<&Arc<Live>>, new: Option<Live>) {
        let mut live = self.live.write().expect("no holder panics");
        let same = match (live.get(id), seen) {
            (Some(current), Some(seen)) => Arc::ptr_eq(current, seen),
            (current, seen) => current.is_none() && seen.is_none(),
        };
        match new {
            Some(new) if same => drop(live.insert(id.clone(), Arc::new(new))),
            None if same => drop(live.remove(id)),
            _ => {}
        }
    }

    pub(crate) fn remove(&self, id: &ConnectionId) {
        self.live.write().expect("no holder panics").remove(id);
    }

    pub(crate) fn get(&self, id: &ConnectionId) -> Option<Arc<Live>> {
        self.live.read().expect("no holder panics").get(id).cloned()
    }

    /// Takes note of an exchange that went well.
    pub(crate) fn note_contact(&self, id: &ConnectionId, at: Timestamp) {
        self.contacts.lock().expect("no holder panics").insert(id.clone(), at);
    }

    /// When an exchange last went well, since this process began.
    pub(crate) fn last_contact(&self, id: &ConnectionId) -> Option<Timestamp> {
        self.contacts.lock().expect("no holder panics").get(id).copied()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Live>> {
        self.live.read().expect("no holder panics").values().cloned().collect()
    }

    /// By id, or by name in any case.
    pub(crate) fn named(&self, name: &str) -> Option<Arc<Live>> {
        let live = self.live.read().expect("no holder panics");
        live.get(&ConnectionId::new(name))
            .or_else(|| live.values().find(|l| l.connection.name.eq_ignore_ascii_case(name)))
            .cloned()
    }
}

/// Why a connection can't be used whose JWT does not open. It is not kept: under the right key all is well.
fn does_not_open() -> Reason {
    Reason {
        kind: Kind::ReconnectNeeded,
        message: "the stored JWT does not open: the gateway's master key is not the one that sealed it, or the row was \
                  changed"
            .to_owned(),
        hint: "put the right master key in place and start again, or reconnect N-central with a new JWT".to_owned(),
    }
}
