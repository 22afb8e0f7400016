//! Connecting: a server is greeted first and kept only if that went well. An existing name with the same address is
//! reconnected, keeping its policies; with another address it is refused, because its record would be two servers'.

use super::greeting::Greeting;
use super::input;
use super::roles::need;
use crate::api::{ConnectWatch, Connected, NewConnection, Requester};
use crate::gate::{Gate, jwt_place, new_id, tokens_place};
use crate::record::Line;
use crate::registry::{Credentials, Live};
use model::{Connection, ConnectionId, ConnectionState, Kind, Policies, Problem, Role, connection};
use ncentral::{ServerUrl, Tokens};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::connections::ConnectionRow;
use store::{Sealed, Topic};

impl Gate {
    /// Connects a server, or reconnects one with a new JWT.
    ///
    /// # Errors
    /// One kind for each way in which an address, a server or a JWT can be wrong; then nothing is kept.
    pub async fn connect(&self, who: &Requester, new: NewConnection) -> Result<Connected, Problem> {
        self.connect_watched(who, new, unwatched()).await
    }

    /// The same, telling each step that is done.
    ///
    /// # Errors
    /// As [`Gate::connect`].
    pub async fn connect_watched(
        &self,
        who: &Requester,
        new: NewConnection,
        watch: ConnectWatch,
    ) -> Result<Connected, Problem> {
        need(who, Role::Admin)?;
        let (url, notice) = address(&new.url)?;
        let notices: Vec<String> = notice.into_iter().collect();
        let jwt = trimmed(&new.jwt);
        let name = new.name.as_deref().map(|name| input::name("name", name)).transpose()?;
        let known = self.already_connected(name.as_deref(), &url)?;
        let mut connected = match known {
            Some(live) => self.reconnect(who, &live, Some(jwt), new.ca, &watch).await?,
            None => {
                let name = name.unwrap_or_else(|| host(&url));
                self.connect_new(who, name, url, NewConnection { jwt, ..new }, &watch).await?
            }
        };
        connected.notices.splice(0..0, notices);
        Ok(connected)
    }

    /// The connection that is meant, if there is one: of this name, or, where none was given, of this address.
    fn already_connected(&self, name: Option<&str>, url: &ServerUrl) -> Result<Option<Arc<Live>>, Problem> {
        let stored = self.inner.registry.all().into_iter().filter(|live| live.stored);
        let Some(name) = name else {
            let mut same = stored.filter(|live| live.connection.url == url.as_str());
            return match (same.next(), same.next()) {
                (Some(_), Some(_)) => Err(input::invalid("several connections have this address")
                    .hint("give the name of the one that is meant")),
                (found, _) => Ok(found),
            };
        };
        let of_name =
            stored.into_iter().find(|live| live.connection.name.to_lowercase() == name.to_lowercase());
        match of_name {
            Some(live) if live.connection.url != url.as_str() => {
                Err(taken(&live.connection.name, &live.connection.url))
            }
            found => Ok(found),
        }
    }

    async fn connect_new(
        &self,
        who: &Requester,
        name: String,
        url: ServerUrl,
        new: NewConnection,
        watch: &ConnectWatch,
    ) -> Result<Connected, Problem> {
        let mut connection = Connection {
            id: ConnectionId::new(new_id()),
            name,
            url: url.as_str().to_owned(),
            state: ConnectionState::Connected,
            reason: None,
            server_version: None,
            user: None,
            ca: new.ca.filter(|pem| !pem.trim().is_empty()),
            self_approval: false,
            max_targets: connection::DEFAULT_MAX_TARGETS,
        };
        let jwt = new.jwt;
        let greeting = self.greet(&connection, &jwt, watch).await?;
        crate::crash::point("greeted");
        let Greeting { tokens, version, user, notices } = greeting;
        (connection.server_version, connection.user) = (version, user);

        let now = self.now();
        let policies = Policies::from_preset(new.preset.unwrap_or_default());
        let (sealed_jwt, sealed_tokens) = self.seal_credentials(&connection.id, &jwt, &tokens);
        let row = ConnectionRow {
            connection: connection.clone(),
            policies: policies.clone(),
            jwt: sealed_jwt,
            tokens: Some(sealed_tokens),
            created_at: now,
            removed_at: None,
        };
        let line = told(&connection, "connection.created", now, who).with("preset", policies.preset);
        self.commit(move |tx| {
            match store::connections::insert(tx, &row) {
                Err(store::Error::Unique { .. }) => {
                    return Err(taken(&row.connection.name, "another address").into());
                }
                inserted => inserted?,
            }
            store::connections::set_jwt_at(tx, &row.connection.id, now)?;
            line.append(tx)?;
            tx.announce(Topic::Connection, &row.connection.id, Some(&row.connection.id));
            Ok(())
        })
        .await?;
        crate::crash::point("connection-stored");
        let credentials = Credentials { jwt, tokens: Some(tokens), learned: BTreeMap::new() };
        let live = self.bring_alive(connection.clone(), policies, credentials, true)?;
        self.inner.registry.note_contact(&connection.id, now);
        self.inner.registry.put(live);
        Ok(Connected { connection, notices })
    }

    /// Greets the server with another JWT or another private CA, and only then lets go of what was there.
    pub(super) async fn reconnect(
        &self,
        who: &Requester,
        live: &Live,
        jwt: Option<SecretString>,
        ca: Option<String>,
        watch: &ConnectWatch,
    ) -> Result<Connected, Problem> {
        let mut connection = live.connection.clone();
        let id = connection.id.clone();
        let (new_jwt, new_ca) = (jwt.is_some(), ca.is_some());
        if let Some(pem) = ca {
            connection.ca = Some(pem).filter(|pem| !pem.trim().is_empty());
        }
        let jwt = match jwt {
            Some(jwt) => jwt,
            None => self.kept_jwt(&id).await?,
        };
        let Greeting { tokens, version, user, notices } = self.greet(&connection, &jwt, watch).await?;
        connection.state = ConnectionState::Connected;
        connection.reason = None;
        connection.server_version = version.or(connection.server_version);
        connection.user = user.or(connection.user);

        let (sealed_jwt, sealed_tokens) = self.seal_credentials(&id, &jwt, &tokens);
        let now = self.now();
        let line = told(&connection, "connection.reconnected", now, who)
            .with("jwt", new_jwt.then_some("replaced"))
            .with(
                "private_ca",
                new_ca.then_some(if connection.ca.is_some() { "replaced" } else { "removed" }),
            );
        let row = connection.clone();
        let learned = self
            .commit(move |tx| {
                let id = &row.id;
                super::connections::present(tx, id)?;
                store::connections::set_jwt(tx, id, &sealed_jwt)?;
                if new_jwt {
                    store::connections::set_jwt_at(tx, id, now)?;
                }
                store::connections::set_tokens(tx, id, Some(&sealed_tokens))?;
                store::nodes::drop_tokens(tx, id)?;
                store::connections::set_ca(tx, id, row.ca.as_deref())?;
                line.append(tx)?;
                super::health::record_health(tx, &row, now)?;
                Ok(store::limits::learned(tx, id)?)
            })
            .await?;
        let credentials = Credentials { jwt, tokens: Some(tokens), learned };
        let renewed = self.bring_alive(connection, live.policies.clone(), credentials, true)?;
        self.inner.registry.note_contact(&id, now);
        let replaced = self.inner.registry.update(&id, |current| renewed.in_place_of(current));
        let live = replaced.ok_or_else(super::connections::no_such)?;
        Ok(Connected { connection: live.connection.clone(), notices })
    }

    pub(super) async fn kept_jwt(&self, id: &ConnectionId) -> Result<SecretString, Problem> {
        let wanted = id.clone();
        let row = self.look(move |tx| store::connections::get(tx, &wanted)).await?;
        let row = row.filter(|row| row.removed_at.is_none()).ok_or_else(super::connections::no_such)?;
        Ok(self.open_jwt(&row)?)
    }

    fn seal_credentials(&self, id: &ConnectionId, jwt: &SecretString, tokens: &Tokens) -> (Sealed, Sealed) {
        let sealer = &self.inner.sealer;
        (
            sealer.seal_json(&jwt_place(id), &jwt.expose_secret()),
            sealer.seal(&tokens_place(id), tokens.expose_json().as_bytes()),
        )
    }
}

/// The address of a server as [`Gate::connect`] takes it, and what was put right in what was typed.
///
/// # Errors
/// [`Kind::InvalidUrl`], with a message for each kind of thing that doesn't belong into it.
pub fn server_address(typed: &str) -> Result<(String, Option<String>), Problem> {
    let (url, notice) = address(typed)?;
    Ok((url.as_str().to_owned(), notice))
}

fn address(typed: &str) -> Result<(ServerUrl, Option<String>), Problem> {
    let (url, notice) = ServerUrl::parse(typed).map_err(|error| {
        Problem::new(Kind::InvalidUrl, error.to_string())
            .hint("the address looks like https://ncentral.example.com")
    })?;
    Ok((url, notice.as_ref().map(ToString::to_string)))
}

/// For connecting that nobody watches.
pub(super) fn unwatched() -> ConnectWatch {
    Arc::new(|_| {})
}

/// The JWT without the blanks and line ends that copying adds.
pub(super) fn trimmed(jwt: &SecretString) -> SecretString {
    jwt.expose_secret().trim().into()
}

/// What a connection is called when nobody named it: its host, with the port where one was given.
fn host(url: &ServerUrl) -> String {
    url.as_str().split_once("://").map_or(url.as_str(), |(_, host)| host).to_owned()
}

fn told(connection: &Connection, event: &'static str, now: model::Timestamp, who: &Requester) -> Line {
    Line::new(Some(&connection.id), event, now)
        .by(who)
        .with("name", &connection.name)
        .with("url", &connection.url)
        .with("server_version", &connection.server_version)
        .with("user", &connection.user)
}

fn taken(name: &str, address: &str) -> Problem {
    Problem::new(Kind::Conflict, format!("a connection is called `{name}` already, with {address}"))
        .hint("choose another name, or remove that one first (`ncgate disconnect NAME --remove`)")
}
