//! What happens, as it happens: the store's committed changes, passed on to whoever follows.

use crate::api::Event;
use crate::gate::Gate;
use model::ConnectionId;
use tokio::sync::broadcast::error::RecvError;

/// Passes committed changes on until the gate goes down, and refreshes what the gate itself remembers.
pub(crate) async fn relay(gate: Gate) {
    let mut changes = gate.inner.store.changes();
    loop {
        let change = match gate.inner.stopping.run_until_cancelled(changes.recv()).await {
            Some(Ok(change)) => change,
            Some(Err(RecvError::Lagged(_))) => continue,
            Some(Err(RecvError::Closed)) | None => return,
        };
        let event = Event {
            topic: change.topic,
            id: change.id,
            connection: change.connection.map(ConnectionId::new),
        };
        // Nobody may be listening, and that is fine.
        let _ = gate.inner.events.send(event);
    }
}
