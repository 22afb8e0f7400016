//! Who asks: a key, a signed-in person, or somebody at the state's own machine.
//!
//! Secrets are compared by their hashes and in constant time; why one was refused is told only to who holds it.

use super::known_keys::KnownKey;
use crate::api::Requester;
use crate::gate::Gate;
use crate::{LOCAL_AGENT, OPERATOR};
use model::canonical::sha256_hex;
use model::{Caller, CallerId, CallerKind, Kind, Problem, Role, Source, Timestamp};
use secrecy::ExposeSecret;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// What the secret of every key begins with.
pub(super) const KEY: &str = "ncg_";

/// What the token of every session begins with.
pub(super) const SESSION: &str = "ncs_";

impl Gate {
    /// Who makes a request with this bearer secret. A key's requests are counted.
    ///
    /// # Errors
    /// [`Kind::Unauthenticated`] for anything but an active key, a running session, or the owner's token while
    /// there is no administrator; [`Kind::TooManyRequests`] for a key beyond its rate.
    pub async fn identify(&self, bearer: &str, source: Source) -> Result<Requester, Problem> {
        let who = self.recognise(bearer, source).await?;
        self.charge(&who.caller)?;
        Ok(who)
    }

    /// Who holds this bearer secret, without a request of theirs: for an answer that goes on for long, and has to
    /// end when its reader is not let in any more.
    ///
    /// # Errors
    /// [`Kind::Unauthenticated`], as [`Gate::identify`].
    pub async fn recognise(&self, bearer: &str, source: Source) -> Result<Requester, Problem> {
        if bearer.starts_with(KEY) {
            self.by_key(bearer, source).await
        } else if bearer.starts_with(SESSION) {
            self.by_session(bearer, source).await
        } else if self.is_owner(bearer) {
            self.by_owner(source).await
        } else {
            Err(unauthenticated("this is neither a key nor a session token that this gateway knows"))
        }
    }

    /// The built-in key of local agents: an agent under the connection's policies, never a person. Without a name
    /// it is bound to the only connection; where there are several, each call has to name one.
    ///
    /// # Errors
    /// A token that is not the owner's, a connection that is not there.
    pub async fn local_agent(
        &self,
        owner_token: &str,
        connection: Option<&str>,
        source: Source,
    ) -> Result<Requester, Problem> {
        if !self.is_owner(owner_token) {
            return Err(unauthenticated("only programs of the user who owns the state are its local agents"));
        }
        let caller = Caller {
            kind: CallerKind::Agent,
            ..Caller::person(CallerId::new(LOCAL_AGENT), LOCAL_AGENT, Role::Viewer)
        };
        let mut who = Requester::new(caller, source);
        who.caller.connection = match (connection, self.inner.registry.all().as_slice()) {
            (None, [only]) => Some(only.connection.id.clone()),
            (None, _) => None,
            (Some(_), _) => Some(self.choose(&who, connection)?.connection.id.clone()),
        };
        self.charge(&who.caller)?;
        Ok(who)
    }

    /// Whether anybody could administer.
    ///
    /// # Errors
    /// The store's.
    pub async fn has_administrator(&self) -> Result<bool, Problem> {
        self.look(|tx| Ok(store::people::count_active_admins(tx)? > 0)).await
    }

    fn is_owner(&self, token: &str) -> bool {
        self.inner
            .owner_token()
            .is_some_and(|own| own.expose_secret().as_bytes().ct_eq(token.as_bytes()).into())
    }

    async fn by_owner(&self, source: Source) -> Result<Requester, Problem> {
        if self.has_administrator().await? {
            return Err(unauthenticated("there is an administrator, so this takes a person's proof").hint(
                "give your password when asked, or sign in with `ncgate login` and set NCGATE_SESSION",
            ));
        }
        Ok(operator(source))
    }

    async fn by_key(&self, secret: &str, source: Source) -> Result<Requester, Problem> {
        let refused = || unauthenticated("this key is not known");
        let id = secret[KEY.len()..].split_once('_').map(|(id, _)| CallerId::new(id)).ok_or_else(refused)?;
        let hash = sha256_hex(secret.as_bytes());
        let known = self
            .known_key(&id)
            .await?
            .filter(|known| known.key.secret_hash.as_bytes().ct_eq(hash.as_bytes()).into())
            .ok_or_else(refused)?;
        let now = self.now();
        if known.key.revoked_at.is_some() {
            return Err(unauthenticated("this key was revoked"));
        }
        if known.key.expires_at.is_some_and(|at| at <= now) {
            return Err(unauthenticated("this key has expired"));
        }
        if known.owner_disabled {
            return Err(unauthenticated("the account of the person who owns this key is disabled"));
        }
        self.note_use(&id, now);
        Ok(Requester::new(known.key.caller.clone(), source))
    }

    async fn known_key(&self, id: &CallerId) -> Result<Option<KnownKey>, Problem> {
        let generation = match self.inner.known_keys.get(id) {
            Ok(known) => return Ok(Some(known)),
            Err(generation) => generation,
        };
        let id = id.clone();
        let known = self
            .look(move |tx| {
                let Some(key) = store::keys::get(tx, &id)? else { return Ok(None) };
                let owner = match &key.caller.owner {
                    Some(owner) => store::people::get(tx, owner)?,
                    None => None,
                };
                let owner_disabled = owner.is_some_and(|person| person.disabled_at.is_some());
                Ok(Some(KnownKey { key: Arc::new(key), owner_disabled }))
            })
            .await?;
        if let Some(known) = &known {
            self.inner.known_keys.put(generation, known);
        }
        Ok(known)
    }

    /// Notes once a minute that a key is in use. Nobody waits for it.
    fn note_use(&self, id: &CallerId, now: Timestamp) {
        if !self.inner.known_keys.is_due(id, now) {
            return;
        }
        let (gate, id) = (self.clone(), id.clone());
        self.spawn(async move {
            if let Err(error) = gate.inner.store.write(move |tx| store::keys::touch(tx, &id, now)).await {
                tracing::warn!(%error, "the use of a key could not be noted");
            }
        });
    }
}

/// The person at the state's own machine, while nobody else could administer.
pub(super) fn operator(source: Source) -> Requester {
    let caller = Caller::person(CallerId::new(OPERATOR), OPERATOR, Role::Admin);
    Requester::new(caller, source)
}

fn unauthenticated(message: &str) -> Problem {
    Problem::new(Kind::Unauthenticated, message)
        .hint("send a key (ncg_…) or a session token (ncs_…) as the bearer")
}
