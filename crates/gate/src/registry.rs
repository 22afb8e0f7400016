//! The connections as this process holds them: each with its client, its permits and its current policies.
//!
//! The store has the truth; this is what a call needs without asking it. Every change of a connection goes through
//! the gate, which writes the store first and replaces the entry here after.

use crate::api::Requester;
use crate::gate::{Gate, jwt_place, new_id, store_problem, tokens_place};
use model::{Connection, ConnectionId, ConnectionState, Kind, Policies, Preset, Problem, connection};
use ncentral::{LocalPermits, Scope, ServerUrl, Tokens};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use store::connections::ConnectionRow;

/// One connection, ready to be used. Replaced as a whole when anything about it changes.
pub(crate) struct Live {
    pub(crate) connection: Connection,
    pub(crate) policies: Policies,
    pub(crate) client: ncentral::Client,
    pub(crate) permits: Arc<LocalPermits>,
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
            permits: Arc::clone(&self.permits),
            stored: self.stored,
        }
    }
}

/// The connections of this process.
pub(crate) struct Registry {
    live: RwLock<BTreeMap<ConnectionId, Arc<Live>>>,
}

impl Registry {
    pub(crate) fn new() -> Self {
        Self { live: RwLock::new(BTreeMap::new()) }
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

    pub(crate) fn remove(&self, id: &ConnectionId) {
        self.live.write().expect("no holder panics").remove(id);
    }

    pub(crate) fn get(&self, id: &ConnectionId) -> Option<Arc<Live>> {
        self.live.read().expect("no holder panics").get(id).cloned()
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

impl Gate {
    /// Reads every connection from the store.
    pub(crate) async fn load_connections(&self) -> Result<(), Problem> {
        let rows = self
            .inner
            .store
            .read(|tx| {
                store::connections::list(tx)?
                    .into_iter()
                    .map(|row| {
                        let learned = store::limits::learned(tx, &row.connection.id)?;
                        Ok((row, learned))
                    })
                    .collect::<Result<Vec<_>, store::Error>>()
            })
            .await
            .map_err(store_problem)?;
        for (row, learned) in rows {
            self.inner.registry.put(self.bring_alive(row, learned)?);
        }
        Ok(())
    }

    fn bring_alive(&self, row: ConnectionRow, learned: BTreeMap<String, u16>) -> Result<Live, Problem> {
        let id = row.connection.id.clone();
        let broken = |e: crate::seal::DoesNotOpen| Problem::new(Kind::Internal, e.to_string());
        let jwt: String = self.inner.sealer.open_json(&jwt_place(&id), &row.jwt).map_err(broken)?;
        let tokens = match &row.tokens {
            // Tokens that don't open are no loss: the JWT signs in again.
            Some(sealed) => self
                .inner
                .sealer
                .open(&tokens_place(&id), sealed)
                .ok()
                .and_then(|clear| std::str::from_utf8(&clear).ok().and_then(Tokens::from_json)),
            None => None,
        };
        let (client, permits) = self.client(&row.connection, jwt.into(), tokens, learned, true)?;
        Ok(Live { connection: row.connection, policies: row.policies, client, permits, stored: true })
    }

    /// A client for a connection, whose tokens and learned limits are kept as they come.
    pub(crate) fn client(
        &self,
        connection: &Connection,
        jwt: SecretString,
        tokens: Option<Tokens>,
        learned: BTreeMap<String, u16>,
        stored: bool,
    ) -> Result<(ncentral::Client, Arc<LocalPermits>), Problem> {
        let (url, _) = ServerUrl::parse(&connection.url)
            .map_err(|error| Problem::new(Kind::InvalidUrl, error.to_string()))?;
        let id = connection.id.clone();
        let mut permits = LocalPermits::new().with_learned(learned);
        if stored {
            permits = permits.on_change(self.remember_limit(id.clone()));
        }
        let permits = Arc::new(permits);
        let clock = Arc::clone(&self.inner.options.clock);
        let mut builder = ncentral::Client::builder(url, jwt)
            .deadline(self.inner.options.upstream_deadline)
            .permits(Arc::clone(&permits) as Arc<dyn ncentral::Permits>)
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
        let client = builder.build().map_err(|e| catalog::problem::from_upstream(e, model::Changed::No))?;
        Ok((client, permits))
    }

    /// Seals and keeps each new pair of tokens. The gate is held weakly: the client lives in its registry.
    fn keep_tokens(&self, id: ConnectionId) -> Arc<dyn Fn(&Tokens) + Send + Sync> {
        let gate = Arc::downgrade(&self.inner);
        Arc::new(move |tokens| {
            let Some(inner) = gate.upgrade() else { return };
            let gate = Gate { inner };
            let sealed = gate.inner.sealer.seal(&tokens_place(&id), tokens.expose_json().as_bytes());
            let (id, again) = (id.clone(), gate.clone());
            gate.spawn(async move {
                let written =
                    again.inner.store.write(move |tx| store::connections::set_tokens(tx, &id, Some(&sealed))).await;
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
        let (client, permits) = self.client(&connection, jwt, None, BTreeMap::new(), false)?;
        let id = connection.id.clone();
        let policies = Policies::from_preset(Preset::Standard);
        self.inner.registry.put(Live { connection, policies, client, permits, stored: false });
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
                    Err(Problem::new(Kind::NotFound, format!("no connection `{name}` for this key")))
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
        live.client.with(Scope { observer: Some(observer), caller: Arc::from(caller), deadline: None })
    }
}
