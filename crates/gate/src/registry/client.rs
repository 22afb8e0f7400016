//! The client of a connection: what it signs in with, what it begins with, and what it learns that is kept.

use super::Live;
use crate::gate::{Gate, tokens_place};
use crate::nodes::node_tokens_place;
use model::canonical::sha256_hex;
use model::{Changed, Connection, ConnectionId, Kind, Policies, Problem};
use ncentral::{LocalPermits, Scope, ServerUrl, Tokens};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a client signs in with, and what is known already of how it gets on with its server.
#[derive(Default)]
pub(crate) struct Credentials {
    /// Empty where there is none; then nothing can reach the server.
    pub(crate) jwt: SecretString,
    pub(crate) tokens: Option<Tokens>,
    pub(crate) learned: BTreeMap<String, u16>,
}

pub(super) fn hash_of(jwt: &SecretString) -> Arc<str> {
    sha256_hex(jwt.expose_secret().as_bytes()).into()
}

impl Gate {
    /// A connection with a client of its own. One that is stored keeps its tokens and learned limits as they come.
    pub(crate) fn bring_alive(
        &self,
        connection: Connection,
        policies: Policies,
        credentials: Credentials,
        stored: bool,
    ) -> Result<Live, Problem> {
        let sign_in = hash_of(&credentials.jwt);
        let builder = self.client_builder(&connection, credentials, stored)?;
        let client = builder.build().map_err(|e| catalog::problem::from_upstream(e, Changed::No))?;
        Ok(Live { connection, policies, client, sign_in, stored })
    }

    /// The beginnings of a client, for whoever has more to say about it.
    pub(crate) fn client_builder(
        &self,
        connection: &Connection,
        Credentials { jwt, tokens, learned }: Credentials,
        stored: bool,
    ) -> Result<ncentral::ClientBuilder, Problem> {
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
        Ok(builder)
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

    /// Where the tokens lie that this process signs in with: each of several nodes has its own.
    pub(super) fn tokens_place(&self, id: &ConnectionId) -> String {
        self.inner.member.node().map_or_else(|| tokens_place(id), |node| node_tokens_place(id, node))
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
