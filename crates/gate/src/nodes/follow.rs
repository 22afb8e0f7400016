//! Bringing what this node remembers up to date with what other nodes commit: connections with their credentials and
//! policies, keys and people, and the slots that others wait for. The rest is read from the database when it is needed.

use super::permits::read_message;
use crate::gate::Gate;
use model::ConnectionId;
use store::{Change, Topic};
use tokio::sync::broadcast::error::RecvError;

/// Follows the changes of all nodes until the gate goes down.
pub(crate) async fn follow(gate: Gate) {
    let mut changes = gate.inner.store.changes();
    loop {
        let change = match gate.inner.stopping.run_until_cancelled(changes.recv()).await {
            Some(Ok(change)) => change,
            Some(Err(RecvError::Lagged(_))) => Change::anything(),
            Some(Err(RecvError::Closed)) | None => return,
        };
        match change.topic {
            Topic::Permit => gate.pass_on(&change),
            Topic::Connection | Topic::Policy => gate.catch_up().await,
            Topic::Key | Topic::Person => gate.inner.known_keys.forget(),
            // What was just decided runs on whichever node is free first.
            Topic::Approval | Topic::Stop => gate.inner.wake.notify_one(),
            Topic::Anything => {
                gate.inner.known_keys.forget();
                gate.catch_up().await;
                gate.inner.wake.notify_one();
                gate.inner.member.all_permits().iter().for_each(super::LeasedPermits::tend);
            }
            Topic::Call | Topic::Script | Topic::Webhook => {}
        }
    }
}

impl Gate {
    /// Looks at the connections; what can't be read is tried again with the next beat.
    pub(crate) async fn catch_up(&self) {
        if let Err(problem) = self.refresh_connections().await {
            tracing::warn!(%problem, "what other nodes changed about connections could not be read");
        }
    }

    fn pass_on(&self, change: &Change) {
        let Some((node, class)) = read_message(&change.id) else { return };
        let Some(connection) = change.connection.as_ref().filter(|_| Some(node) != self.inner.member.node())
        else {
            return;
        };
        let permits = self.inner.member.permits.lock().expect("no holder panics");
        let of_connection = permits.get(&ConnectionId::new(connection)).cloned();
        drop(permits);
        if let Some(permits) = of_connection {
            permits.notice(class);
        }
    }
}
