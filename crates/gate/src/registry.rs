//! The connections as this process holds them: each with its client, its permits and its current policies.
//!
//! The store has the truth; this is what a call needs without asking it. Every change of a connection goes through
//! the gate, which writes the store first and replaces the entry here after; what another node changed is followed.

use crate::api::Requester;
use crate::gate::{Gate, jwt_place, new_id, store_problem, tokens_place};
use crate::nodes::node_tokens_place;
use crate::seal::DoesNotOpen;
use model::canonical::sha256_hex;
use model::connection::Reason;
use model::{
    Connection, ConnectionId, ConnectionState, Kind, Policies, Preset, Problem, Timestamp, connection,
};
use ncentral::{LocalPermits, Scope, ServerUrl, Tokens};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock};
use store::connections::ConnectionRow;
use store::{Sealed, Tx};

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
}

impl Live {
    /// Whether there is a JWT that this process can't open. The client has none then, and nothing reaches the server.
    pub(crate) fn is_locked(&self) -> bool {
        *self.sign_in == *hash_of(&SecretString::default()) && !self.connection.is_disconnected()
    }

    /// A problem of using it, told with its cause where that is a JWT that does not open.
    pub(crate) fn explain(&self, problem: Problem) -> Problem {
        match problem.kind {
            Kind::NotConnected if self.is_locked() => {
                let Reason { kind, message, hint } = does_not_open();
                Problem::new(kind, message).hint(hint)
            }
            _ => problem,
        }
    }

    /// Whether its client is the one that this connection needs.
    fn signs_in_as(&self, connection: &Connection, jwt: &SecretString) -> bool {
        self.connection.url == connection.url
            && self.connection.ca == connection.ca
            && *self.sign_in == *hash_of(jwt)
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

fn hash_of(jwt: &SecretString) -> String {
    sha256_hex(jwt.expose_secret().as_bytes())
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
                None => self.bring_alive(kept, jwt)?,
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

    fn bring_alive(&self, kept: Kept, jwt: SecretString) -> Result<Live, Problem> {
        let Kept { row, learned, tokens } = kept;
        let place = self.tokens_place(&row.connection.id);
        // Tokens that don't open are no loss: the JWT signs in again. Those of a connection without one are leftovers.
        let tokens = tokens
            .filter(|_| !jwt.expose_secret().is_empty())
            .and_then(|sealed| self.inner.sealer.open(&place, &sealed).ok())
            .and_then(|clear| std::str::from_utf8(&clear).ok().and_then(Tokens::from_json));
        let (client, sign_in) = self.client(&row.connection, jwt, tokens, learned, true)?;
        Ok(Live { connection: row.connection, policies: row.policies, client, sign_in, stored: true })
    }

    /// Where the tokens lie that this process signs in with: each of several nodes has its own.
    fn tokens_place(&self, id: &ConnectionId) -> String {
        self.inner.member.node().map_or_else(|| tokens_place(id), |node| node_tokens_place(id, node))
    }

    /// A client for a connection, whose tokens and learned limits are kept as they come.
    pub(crate) fn client(
        &self,
        connection: &Connection,
        jwt: SecretString,
        tokens: Option<Tokens>,
        learned: BTreeMap<String, u16>,
        stored: bool,
    ) -> Result<(ncentral::Client, Arc<str>), Problem> {
        let (builder, sign_in) = self.client_builder(connection, jwt, tokens, learned, stored)?;
        let client = builder.build().map_err(|e| catalog::problem::from_upstream(e, model::Changed::No))?;
        Ok((client, sign_in))
    }

    /// The same, for whoever has more to say about it.
    pub(crate) fn client_builder(
        &self,
        connection: &Connection,
        jwt: SecretString,
        tokens: Option<Tokens>,
        learned: BTreeMap<String, u16>,
        stored: bool,
    ) -> Result<(ncentral::ClientBuilder, Arc<str>), Problem> {
        let (url, _) = ServerUrl::parse(&connection.url)
            .map_err(|error| Problem::new(Kind::InvalidUrl, error.to_string()))?;
        let id = connection.id.clone();
        let shared = stored.then(|| self.shared_permits(&id, &learned)).flatten();
        let permits: Arc<dyn ncentral::Permits> = match shared {
            Some(shared) => Arc::new(shared),
            None => {
                let local = LocalPermits::new().with_learned(learned);
                Arc::new(if stored { local.on_change(self.remember_limit(id.clone())) } else { local })
            }
        };
        let clock = Arc::clone(&self.inner.options.clock);
        let sign_in = Arc::from(hash_of(&jwt));
        let mut builder = ncentral::Client::builder(url, jwt)
            .deadline(self.inner.options.upstream_deadline)
            .permits(self.inner.metrics.timing(permits))
            .clock(Arc::new(move || clock.now()));
        if let Some(ca) = &connection.ca {
            builder = builder.ca_pem(ca.clone());
        }
        if let Some(tokens) = tokens {
            builder = builder.tokens(tokens);
        }
        if stored {
            builder = builder.on_tokens(self.keep_tokens(id));
        }
        Ok((builder, sign_in))
    }

    /// Seals and keeps each new pair of tokens. The gate is held weakly: the client lives in its registry.
    fn keep_tokens(&self, id: ConnectionId) -> Arc<dyn Fn(&Tokens) + Send + Sync> {
        let gate = Arc::downgrade(&self.inner);
        Arc::new(move |tokens| {
            let Some(inner) = gate.upgrade() else { return };
            let gate = Gate { inner };
            let sealed = gate.inner.sealer.seal(&gate.tokens_place(&id), tokens.expose_json().as_bytes());
            let (id, again, now) = (id.clone(), gate.clone(), gate.now());
            let node = gate.inner.member.node().map(str::to_owned);
            gate.spawn(async move {
                let written = again
                    .inner
                    .store
                    .write(move |tx| match &node {
                        Some(node) => store::nodes::keep_tokens(tx, &id, node, &sealed, now),
                        None => store::connections::set_tokens(tx, &id, Some(&sealed)),
                    })
                    .await;
                if let Err(error) = written {
                    tracing::warn!(%error, "new tokens could not be kept; the JWT signs in again after a restart");
                }
            });
        })
    }

    fn remember_limit(&self, id: ConnectionId) -> impl Fn(&str, u16) + Send + Sync + 'static {
        let gate = Arc::downgrade(&self.inner);
        move |class, limit| {
            let Some(inner) = gate.upgrade() else { return };
            let gate = Gate { inner };
            let (id, class, again) = (id.clone(), class.to_owned(), gate.clone());
            gate.spawn(async move {
                let kept =
                    again.inner.store.write(move |tx| store::limits::put(tx, &id, &class, limit)).await;
                if let Err(error) = kept {
                    tracing::warn!(%error, "a learned limit could not be kept; it is learned again");
                }
            });
        }
    }

    /// A connection that lives only as long as this process, from the environment; the JWT is not stored.
    ///
    /// # Errors
    /// An address that can't be one.
    pub async fn connect_in_memory(&self, url: &str, jwt: SecretString) -> Result<ConnectionId, Problem> {
        let (parsed, _) =
            ServerUrl::parse(url).map_err(|error| Problem::new(Kind::InvalidUrl, error.to_string()))?;
        let connection = Connection {
            id: ConnectionId::new(new_id()),
            name: "environment".into(),
            url: parsed.as_str().to_owned(),
            state: ConnectionState::Connected,
            reason: None,
            server_version: None,
            user: None,
            ca: None,
            self_approval: false,
            max_targets: connection::DEFAULT_MAX_TARGETS,
        };
        let (client, sign_in) = self.client(&connection, jwt, None, BTreeMap::new(), false)?;
        let id = connection.id.clone();
        let policies = Policies::from_preset(Preset::Standard);
        self.inner.registry.put(Live { connection, policies, client, sign_in, stored: false });
        Ok(id)
    }

    /// The connection a request is for: a key's own, the one a person names, the only one.
    pub(crate) fn choose(&self, who: &Requester, named: Option<&str>) -> Result<Arc<Live>, Problem> {
        let registry = &self.inner.registry;
        if let Some(own) = &who.caller.connection {
            let live = registry.get(own).ok_or_else(|| {
                Problem::new(Kind::NotConnected, "the connection of this key is not there any more")
                    .hint("ask an administrator for a key of another connection")
            })?;
            return match named {
                Some(name)
                    if live.connection.id.as_str() != name
                        && !live.connection.name.eq_ignore_ascii_case(name) =>
                {
                    Err(Problem::new(Kind::NotFound, format!("no connection `{name}` for this key"))
                        .hint("a key belongs to one connection; leave the name out"))
                }
                _ => Ok(live),
            };
        }
        let all = registry.all();
        match (named, all.as_slice()) {
            (Some(name), _) => registry.named(name).ok_or_else(|| {
                let known: Vec<&str> = all.iter().map(|l| l.connection.name.as_str()).collect();
                Problem::new(Kind::NotFound, format!("no connection is called `{name}`")).hint(
                    if known.is_empty() {
                        "none is set up yet".into()
                    } else {
                        format!("there are: {}", known.join(", "))
                    },
                )
            }),
            (None, []) => Err(Problem::new(Kind::NotConnected, "no N-central server is connected yet")
                .hint("an administrator connects one with `ncgate connect URL`")),
            (None, [only]) => Ok(Arc::clone(only)),
            (None, several) => {
                let names: Vec<&str> = several.iter().map(|l| l.connection.name.as_str()).collect();
                Err(Problem::new(Kind::BadRequest, "there are several connections, and none was named")
                    .hint(format!("name one of: {}", names.join(", "))))
            }
        }
    }

    /// The client of a connection on behalf of one call.
    pub(crate) fn scoped(
        &self,
        live: &Live,
        caller: &str,
        observer: Arc<dyn ncentral::Observer>,
    ) -> ncentral::Client {
        live.client.with(Scope {
            observer: Some(self.inner.metrics.counting(observer)),
            caller: Arc::from(caller),
            ..Scope::default()
        })
    }
}
