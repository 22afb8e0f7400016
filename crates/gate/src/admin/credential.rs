//! Disconnecting without losing anything but the credential: policies, scripts, keys and settings wait for the next
//! JWT. Until then nothing can reach the server, because there is nothing to sign in with.

use super::connections::{no_such, present};
use super::health::record_health;
use super::roles::need;
use crate::api::Requester;
use crate::gate::{Gate, jwt_place};
use crate::record::Line;
use crate::registry::Credentials;
use model::connection::Reason;
use model::{Connection, ConnectionState, Kind, Problem, Role};

impl Gate {
    /// Forgets the credential of a connection and keeps all the rest. A new JWT connects it again.
    ///
    /// # Errors
    /// [`Kind::NotFound`], [`Kind::Conflict`] for a connection that lives in memory only.
    pub async fn disconnect(&self, who: &Requester, id_or_name: &str) -> Result<Connection, Problem> {
        need(who, Role::Admin)?;
        let live = self.kept(who, id_or_name)?;
        let id = live.connection.id.clone();
        let reason = Reason {
            kind: Kind::NotConnected,
            message: format!("disconnected by {}; the JWT was forgotten", who.caller.name),
            hint: "reconnect it with a JWT; policies, scripts and keys are kept".to_owned(),
        };
        let off = Connection {
            state: ConnectionState::Reconnect,
            reason: Some(reason),
            user: None,
            ..live.connection.clone()
        };
        let nothing = self.inner.sealer.seal_json(&jwt_place(&id), &"");
        let (now, row) = (self.now(), off.clone());
        let line = Line::new(Some(&id), "connection.disconnected", now)
            .by(who)
            .with("name", &off.name)
            .with("url", &off.url);
        self.commit(move |tx| {
            present(tx, &row.id)?;
            store::connections::set_jwt(tx, &row.id, &nothing)?;
            store::nodes::drop_tokens(tx, &row.id)?;
            line.clone().append(tx)?;
            Ok(record_health(tx, &row, now)?)
        })
        .await?;
        let severed = self.bring_alive(off, live.policies.clone(), Credentials::default(), true)?;
        let kept = self.inner.registry.update(&id, |current| severed.in_place_of(current));
        self.inner.wake.notify_one();
        kept.map(|live| live.connection.clone()).ok_or_else(no_such)
    }
}
