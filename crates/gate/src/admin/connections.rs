//! Connections as administrators look at them, change them and remove them.

use super::connect::{trimmed, unwatched};
use super::input;
use super::roles::need;
use crate::api::{ConnectWatch, Connected, ConnectionChange, Requester};
use crate::gate::{Gate, Refused};
use crate::record::Line;
use crate::registry::Live;
use model::{Connection, ConnectionId, Kind, Problem, Role};
use serde_json::json;
use std::sync::Arc;
use store::connections::ConnectionRow;
use store::{Topic, Tx};

/// The most devices that an administrator may let one call act on.
const MOST_TARGETS: u32 = 1000;

impl Gate {
    /// Every connection, by name.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys.
    pub async fn connections(&self, who: &Requester) -> Result<Vec<Connection>, Problem> {
        need(who, Role::Viewer)?;
        let mut all: Vec<Connection> =
            self.inner.registry.all().iter().map(|live| live.connection.clone()).collect();
        all.sort_by_cached_key(|connection| connection.name.to_lowercase());
        Ok(all)
    }

    /// One connection, by id or name.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys, [`Kind::NotFound`].
    pub async fn connection(&self, who: &Requester, id_or_name: &str) -> Result<Connection, Problem> {
        need(who, Role::Viewer)?;
        Ok(self.choose(who, Some(id_or_name))?.connection.clone())
    }

    /// Changes a connection. A new JWT or private CA is tried first; where it fails, all stays as it was.
    ///
    /// # Errors
    /// As [`Gate::connect`].
    pub async fn change_connection(
        &self,
        who: &Requester,
        id_or_name: &str,
        change: ConnectionChange,
    ) -> Result<Connected, Problem> {
        self.change_connection_watched(who, id_or_name, change, unwatched()).await
    }

    /// The same, telling each step of reconnecting that is done.
    ///
    /// # Errors
    /// As [`Gate::change_connection`].
    pub async fn change_connection_watched(
        &self,
        who: &Requester,
        id_or_name: &str,
        change: ConnectionChange,
        watch: ConnectWatch,
    ) -> Result<Connected, Problem> {
        need(who, Role::Admin)?;
        let live = self.kept(who, id_or_name)?;
        if change.max_targets.is_some_and(|most| !(1..=MOST_TARGETS).contains(&most)) {
            return Err(input::invalid(format!("max_targets is a number from 1 to {MOST_TARGETS}")));
        }
        let name = change.name.as_deref().map(|name| input::name("name", name)).transpose()?;
        // Looked at before anything is tried, so that a taken name leaves nothing half changed.
        if let Some(name) = &name
            && self.inner.registry.named(name).is_some_and(|other| other.connection.id != live.connection.id)
        {
            return Err(name_taken(name));
        }
        let mut notices = Vec::new();
        if change.jwt.is_some() || change.ca.is_some() {
            let jwt = change.jwt.as_ref().map(trimmed);
            notices = self.reconnect(who, &live, jwt, change.ca, &watch).await?.notices;
        }
        if change.self_approval.is_some() || change.max_targets.is_some() {
            self.set_settings(who, &live.connection.id, change.self_approval, change.max_targets).await?;
        }
        if let Some(name) = name {
            self.rename(who, &live.connection.id, name).await?;
        }
        let live = self.inner.registry.get(&live.connection.id).ok_or_else(no_such)?;
        Ok(Connected { connection: live.connection.clone(), notices })
    }

    async fn rename(&self, who: &Requester, id: &ConnectionId, name: String) -> Result<(), Problem> {
        let line = Line::new(Some(id), "connection.renamed", self.now()).by(who);
        let (wanted, new) = (id.clone(), name.clone());
        self.commit(move |tx| {
            let before = present(tx, &wanted)?.connection.name;
            if before == new {
                return Ok(());
            }
            match store::connections::set_name(tx, &wanted, &new) {
                Err(store::Error::Unique { .. }) => return Err(name_taken(&new).into()),
                renamed => renamed?,
            }
            line.clone().with("from", before).with("to", &new).append(tx)?;
            tx.announce(Topic::Connection, &wanted, Some(&wanted));
            Ok(())
        })
        .await?;
        self.inner.registry.update(id, |current| {
            current.with(Connection { name, ..current.connection.clone() }, current.policies.clone())
        });
        Ok(())
    }

    async fn set_settings(
        &self,
        who: &Requester,
        id: &ConnectionId,
        self_approval: Option<bool>,
        max_targets: Option<u32>,
    ) -> Result<(), Problem> {
        let (wanted, line) = (id.clone(), Line::new(Some(id), "connection.changed", self.now()).by(who));
        let (self_approval, max_targets) = self
            .commit(move |tx| {
                let before = present(tx, &wanted)?.connection;
                let allowed = self_approval.unwrap_or(before.self_approval);
                let most = max_targets.unwrap_or(before.max_targets);
                if (allowed, most) != (before.self_approval, before.max_targets) {
                    store::connections::set_settings(tx, &wanted, allowed, most)?;
                    line.clone()
                        .with("self_approval", json!({"from": before.self_approval, "to": allowed}))
                        .with("max_targets", json!({"from": before.max_targets, "to": most}))
                        .append(tx)?;
                    tx.announce(Topic::Connection, &wanted, Some(&wanted));
                }
                Ok((allowed, most))
            })
            .await?;
        self.inner.registry.update(id, |current| {
            let connection = Connection { self_approval, max_targets, ..current.connection.clone() };
            current.with(connection, current.policies.clone())
        });
        Ok(())
    }

    /// Removes a connection for good: its credential, policies and scripts are gone, its keys stop working, its record
    /// stays. What waits for it is refused when its turn comes.
    ///
    /// # Errors
    /// [`Kind::NotFound`], [`Kind::Conflict`] for a connection that lives in memory only.
    pub async fn remove_connection(&self, who: &Requester, id_or_name: &str) -> Result<(), Problem> {
        need(who, Role::Admin)?;
        let live = self.kept(who, id_or_name)?;
        let (id, now) = (live.connection.id.clone(), self.now());
        let line = Line::new(Some(&id), "connection.removed", now)
            .by(who)
            .with("name", &live.connection.name)
            .with("url", &live.connection.url);
        let removed = id.clone();
        self.commit(move |tx| {
            if store::connections::remove(tx, &removed, now)? {
                store::nodes::drop_tokens(tx, &removed)?;
                line.append(tx)?;
                tx.announce(Topic::Connection, &removed, Some(&removed));
            }
            Ok(())
        })
        .await?;
        self.inner.registry.remove(&id);
        self.inner.wake.notify_one();
        Ok(())
    }

    /// A connection that is in the store, by id or name.
    pub(super) fn kept(&self, who: &Requester, id_or_name: &str) -> Result<Arc<Live>, Problem> {
        let live = self.choose(who, Some(id_or_name))?;
        if live.stored {
            return Ok(live);
        }
        Err(Problem::new(
            Kind::Conflict,
            "this connection came from the environment and lives only as long as its process",
        )
        .hint("connect the server with `ncgate connect URL` to keep anything about it"))
    }
}

/// A connection as it is kept, within a transaction; a removed one is not there.
pub(super) fn present(tx: &mut Tx<'_>, id: &ConnectionId) -> Result<ConnectionRow, Refused> {
    let row = store::connections::get(tx, id)?;
    Ok(row.filter(|row| row.removed_at.is_none()).ok_or_else(no_such)?)
}

fn name_taken(name: &str) -> Problem {
    Problem::new(Kind::Conflict, format!("a connection is called `{name}` already"))
        .hint("choose another name")
}

pub(super) fn no_such() -> Problem {
    Problem::new(Kind::NotFound, "the connection is not there any more")
        .hint("`ncgate connections` lists those there are")
}
