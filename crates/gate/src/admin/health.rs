//! The health of connections, as their use shows it: the card says *Reconnect* when N-central has refused the JWT,
//! and *Connected* again when an exchange went well. Where nothing changes it costs one look at the registry.

use crate::gate::Gate;
use crate::record::Line;
use crate::registry::Live;
use model::connection::Reason;
use model::{Connection, ConnectionState, Kind, Problem, Timestamp};
use std::sync::Arc;
use store::{Topic, Tx};

/// What a use of the connection says of its health; none where it says nothing.
fn verdict(problem: Option<&Problem>) -> Option<ConnectionState> {
    match problem.map(|problem| problem.kind) {
        None => Some(ConnectionState::Connected),
        Some(Kind::JwtRefused | Kind::PasswordExpired | Kind::ReconnectNeeded) => {
            Some(ConnectionState::Reconnect)
        }
        Some(Kind::Unreachable | Kind::Tls) => Some(ConnectionState::Unreachable),
        Some(_) => None,
    }
}

/// Writes the health of a connection, and where its state is another one by that, so that the record says when
/// N-central went away and when it came back.
pub(super) fn record_health(tx: &mut Tx<'_>, now: &Connection, at: Timestamp) -> Result<(), store::Error> {
    let Connection { id, state, reason, server_version, user, .. } = now;
    let before = store::connections::get(tx, id)?;
    store::connections::set_health(
        tx,
        id,
        *state,
        reason.as_ref(),
        server_version.as_deref(),
        user.as_deref(),
    )?;
    if let Some(before) = before.filter(|before| before.connection.state != *state) {
        Line::new(Some(id), "connection.health_changed", at)
            .with("name", &now.name)
            .with("previous_state", before.connection.state)
            .with("state", state)
            .with("reason", reason)
            .append(tx)?;
    }
    tx.announce(Topic::Connection, id, Some(id));
    Ok(())
}

impl Gate {
    /// Takes note of how a use of a connection went; `problem` is none after an exchange that went well.
    pub(crate) fn watch_health(&self, used: &Arc<Live>, problem: Option<&Problem>) {
        let Some(state) = verdict(problem) else { return };
        if problem.is_none() {
            self.inner.registry.note_contact(&used.connection.id, self.now());
        }
        let same = |live: &Live| {
            live.connection.state == state
                && live.connection.reason.as_ref().map(|reason| reason.kind)
                    == problem.map(|problem| problem.kind)
        };
        if same(used) && self.inner.registry.get(&used.connection.id).is_none_or(|live| same(&live)) {
            return;
        }
        let reason = problem.map(|problem| Reason {
            kind: problem.kind,
            message: problem.message.clone(),
            hint: problem.hint.clone(),
        });
        let mut changed = false;
        self.inner.registry.update(&used.connection.id, |current| {
            // A call that began before a reconnect says nothing about the client of today.
            changed = Arc::ptr_eq(&current.sign_in, &used.sign_in) && !same(current);
            let connection = match changed {
                true => Connection { state, reason, ..current.connection.clone() },
                false => current.connection.clone(),
            };
            current.with(connection, current.policies.clone())
        });
        if changed {
            self.keep_health(used);
        }
    }

    /// Writes the health that the registry has by the time of the transaction, so that the last write is the newest.
    fn keep_health(&self, used: &Live) {
        if !used.stored {
            return;
        }
        let (gate, id) = (self.clone(), used.connection.id.clone());
        self.spawn(async move {
            let again = gate.clone();
            let kept = gate
                .commit(move |tx| {
                    let Some(live) = again.inner.registry.get(&id) else { return Ok(()) };
                    Ok(record_health(tx, &live.connection, again.now())?)
                })
                .await;
            if let Err(problem) = kept {
                tracing::warn!(%problem, "the health of a connection could not be kept");
            }
        });
    }
}
