//! Following the store: what is new there, what has changed, what is gone.

use super::client::hash_of;
use super::{Credentials, Live, does_not_open};
use crate::gate::{Gate, jwt_place, store_problem};
use crate::seal::DoesNotOpen;
use model::{Connection, ConnectionId, ConnectionState, Problem};
use ncentral::Tokens;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::connections::ConnectionRow;
use store::{Sealed, Tx};

/// A connection as the store has it, with what this process needs to use it.
struct Kept {
    row: ConnectionRow,
    learned: BTreeMap<String, u16>,
    tokens: Option<Sealed>,
}

impl Kept {
    fn read(tx: &mut Tx<'_>, row: ConnectionRow, node: Option<&str>) -> Result<Self, store::Error> {
        let id = &row.connection.id;
        let learned = store::limits::learned(tx, id)?;
        let tokens = match node {
            Some(node) => store::nodes::tokens(tx, id, node)?,
            None => row.tokens.clone(),
        };
        Ok(Self { row, learned, tokens })
    }
}

impl Live {
    /// Whether its client is the one that this connection needs.
    fn signs_in_as(&self, connection: &Connection, jwt: &SecretString) -> bool {
        self.connection.url == connection.url
            && self.connection.ca == connection.ca
            && self.sign_in == hash_of(jwt)
    }
}

impl Gate {
    /// Brings the connections up to date with the store: those that are new here, those that are changed, those that
    /// are gone. What is as it was keeps its client.
    pub(crate) async fn refresh_connections(&self) -> Result<(), Problem> {
        let node = self.inner.member.node().map(str::to_owned);
        // What is changed here while the store is read is newer than what is read.
        let seen: BTreeMap<ConnectionId, Arc<Live>> =
            self.inner.registry.live.read().expect("no holder panics").clone();
        let kept = self
            .inner
            .store
            .read(move |tx| {
                store::connections::list(tx)?
                    .into_iter()
                    .map(|row| Kept::read(tx, row, node.as_deref()))
                    .collect::<Result<Vec<_>, store::Error>>()
            })
            .await
            .map_err(store_problem)?;
        for (id, live) in seen.iter().filter(|(_, live)| live.stored) {
            if kept.iter().all(|kept| kept.row.connection.id != *id) {
                self.inner.registry.exchange(id, Some(live), None);
            }
        }
        for mut kept in kept {
            let id = kept.row.connection.id.clone();
            // One that does not open is no reason to withhold the others, or the way to mend it.
            let jwt = self.open_jwt(&kept.row).unwrap_or_else(|_| {
                let row = &mut kept.row.connection;
                if !row.is_disconnected() {
                    (row.state, row.reason) = (ConnectionState::Reconnect, Some(does_not_open()));
                }
                SecretString::default()
            });
            let before = seen.get(&id);
            let after = match before.filter(|live| live.signs_in_as(&kept.row.connection, &jwt)) {
                Some(live)
                    if live.connection == kept.row.connection && live.policies == kept.row.policies =>
                {
                    continue;
                }
                Some(live) => live.with(kept.row.connection, kept.row.policies),
                None => self.revive(kept, jwt)?,
            };
            self.inner.registry.exchange(&id, before, Some(after));
        }
        Ok(())
    }

    pub(crate) fn open_jwt(&self, row: &ConnectionRow) -> Result<SecretString, DoesNotOpen> {
        let place = jwt_place(&row.connection.id);
        let jwt: String = self.inner.sealer.open_json(&place, &row.jwt)?;
        Ok(jwt.into())
    }

    fn revive(&self, kept: Kept, jwt: SecretString) -> Result<Live, Problem> {
        let Kept { row, learned, tokens } = kept;
        let place = self.tokens_place(&row.connection.id);
        // Tokens that don't open are no loss: the JWT signs in again. Those of a connection without one are leftovers.
        let tokens = tokens
            .filter(|_| !jwt.expose_secret().is_empty())
            .and_then(|sealed| self.inner.sealer.open(&place, &sealed).ok())
            .and_then(|clear| std::str::from_utf8(&clear).ok().and_then(Tokens::from_json));
        self.bring_alive(row.connection, row.policies, Credentials { jwt, tokens, learned }, true)
    }
}
