//! The client: how it is built, and the untyped calls on which everything else stands.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;
use tower::Service;

use crate::answer::Answer;
use crate::call::Target;
use crate::clock::{self, Clock};
use crate::error::Error;
use crate::last_word::LastWord;
use crate::observer::Observer;
use crate::operation::{Method, Operation};
use crate::params::Params;
use crate::permits::{LocalPermits, Permits};
use crate::request;
use crate::session::Session;
use crate::tokens::{OnTokens, Tokens};
use crate::transport::{self, BoxError, Https, Wire};
use crate::url::ServerUrl;

/// A client for one N-central server. Clones are cheap and share the sign-in, the permits and the connections.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    scope: Scope,
}

pub(crate) struct Shared {
    server: ServerUrl,
    pub(crate) wire: Wire,
    pub(crate) session: Session,
    pub(crate) permits: Arc<dyn Permits>,
    pub(crate) clock: Clock,
    pub(crate) max_body: usize,
    pub(crate) queue_timeout: Duration,
    deadline: Duration,
}

/// On whose behalf a client calls.
#[derive(Clone, Default)]
pub struct Scope {
    /// Is told of every exchange.
    pub observer: Option<Arc<dyn Observer>>,
    /// The key under which calls take turns when several callers wait for the same endpoint.
    pub caller: Arc<str>,
    /// Replaces the client's deadline.
    pub deadline: Option<Duration>,
    /// Has the last word before a write leaves.
    pub last_word: Option<Arc<dyn LastWord>>,
}

/// What an operation answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The HTTP status, 200 to 299.
    pub status: u16,
    /// The body; `Null` where there was none.
    pub body: Value,
    /// From the first byte of the last attempt's request to the last of its answer.
    pub elapsed: Duration,
    /// What time the server had, where its answer says so (`Date`).
    pub date: Option<Timestamp>,
}

impl Reply {
    /// The answer itself: what stands under `data` where there is such a member, else the whole body.
    pub fn data(&self) -> &Value {
        match &self.body {
            Value::Object(members) => members.get("data").unwrap_or(&self.body),
            other => other,
        }
    }

    /// As [`Reply::data`], taking it out.
    pub fn into_data(self) -> Value {
        match self.body {
            Value::Object(mut members) if members.contains_key("data") => {
                members.remove("data").unwrap_or_default()
            }
            other => other,
        }
    }
}

impl Client {
    /// Starts a client for a server and the JWT of an API user (its permanent "User-API Token").
    pub fn builder(server: ServerUrl, jwt: impl Into<SecretString>) -> ClientBuilder {
        ClientBuilder {
            server,
            jwt: jwt.into(),
            tokens: None,
            on_tokens: None,
            ca_pem: None,
            permits: None,
            clock: None,
            on_connected: None,
            wire: None,
            deadline: Duration::from_secs(20),
            queue_timeout: Duration::from_secs(60),
            max_body: 32 * 1024 * 1024,
        }
    }

    /// The same client on behalf of somebody.
    #[must_use]
    pub fn with(&self, scope: Scope) -> Self {
        Self { shared: Arc::clone(&self.shared), scope }
    }

    /// The same client on behalf of the same caller, whose writes leave only if this lets them.
    #[must_use]
    pub fn with_last_word(&self, last_word: Arc<dyn LastWord>) -> Self {
        self.with(Scope { last_word: Some(last_word), ..self.scope.clone() })
    }

    /// The server's address.
    pub fn server(&self) -> &ServerUrl {
        &self.shared.server
    }

    /// Calls an operation of the contract.
    ///
    /// # Errors
    ///
    /// Any [`Error`]. For a write, [`Error::certainty`] tells whether it may have happened.
    pub async fn call(
        &self,
        operation: &'static Operation,
        params: Params,
        body: Option<Value>,
    ) -> Result<Reply, Error> {
        let answer = self.send_operation(operation, params, body).await?;
        let result = self.reply(answer, |answer, secrets| answer.into_value(Some(operation), secrets));
        let suspect = operation.secured && !operation.effect.is_write();
        self.settle(result, suspect.then_some(operation.id)).await
    }

    /// Calls a path that the contract may not know. Anything but a GET counts as a write.
    ///
    /// # Errors
    ///
    /// [`Error::NotSent`] where the path isn't a plain one at or below `/api`, else as [`Client::call`].
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<Value>,
    ) -> Result<Reply, Error> {
        let request = request::build_raw(self.server(), method, path, query, body.as_ref())?;
        let write = method != Method::Get;
        let target = Target { operation: "raw", class: "raw", limit: None, write, secured: true };
        let answer = self.send(&target, request).await?;
        let result = self.reply(answer, |answer, secrets| answer.into_value(None, secrets));
        self.settle(result, (!write).then_some(target.operation)).await
    }

    /// Finds out what a 500 to the read `asked` means. A write's own 500 stays what it is, an outcome that nobody
    /// knows.
    async fn settle(
        &self,
        result: Result<Reply, Error>,
        asked: Option<&'static str>,
    ) -> Result<Reply, Error> {
        match (result, asked) {
            (Err(Error::Api { status: 500, .. }), Some(asked)) if self.password_expired(asked).await => {
                Err(Error::PasswordExpired)
            }
            (result, _) => result,
        }
    }

    pub(crate) async fn send_operation(
        &self,
        operation: &'static Operation,
        params: Params,
        body: Option<Value>,
    ) -> Result<Answer, Error> {
        let request = request::build(self.server(), operation, &params, body.as_ref())?;
        let &Operation { id, class, limit, effect, secured, .. } = operation;
        let target = Target { operation: id, class, limit, write: effect.is_write(), secured };
        self.send(&target, request).await
    }

    fn reply(
        &self,
        answer: Answer,
        read: impl FnOnce(Answer, &[&str]) -> Result<Value, Error>,
    ) -> Result<Reply, Error> {
        let (status, elapsed, date) = (answer.status.as_u16(), answer.elapsed, answer.date());
        let body = self.shared.session.with_secrets(|secrets| read(answer, secrets))?;
        Ok(Reply { status, body, elapsed, date })
    }

    pub(crate) fn deadline(&self) -> Duration {
        self.scope.deadline.unwrap_or(self.shared.deadline)
    }

    pub(crate) fn caller(&self) -> &str {
        &self.scope.caller
    }

    pub(crate) fn last_word(&self) -> Option<&dyn LastWord> {
        self.scope.last_word.as_deref()
    }

    pub(crate) fn observer(&self) -> Option<&dyn Observer> {
        self.scope.observer.as_deref()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.shared.server).finish_non_exhaustive()
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("caller", &self.caller)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// Is called whenever a new connection to the server stands.
pub type OnConnected = Arc<dyn Fn() + Send + Sync>;

/// Settings of a [`Client`].
///
/// There is none that switches certificate checks off.
pub struct ClientBuilder {
    server: ServerUrl,
    jwt: SecretString,
    tokens: Option<Tokens>,
    on_tokens: Option<OnTokens>,
    ca_pem: Option<Vec<u8>>,
    permits: Option<Arc<dyn Permits>>,
    clock: Option<Clock>,
    on_connected: Option<OnConnected>,
    wire: Option<Wire>,
    deadline: Duration,
    queue_timeout: Duration,
    max_body: usize,
}

impl ClientBuilder {
    /// Trusts these certificates (PEM) besides the system's.
    #[must_use]
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_pem = Some(pem.into());
        self
    }

    /// The longest that one call may take once it holds its permit, retries included. 20 s by default.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The longest that one call waits for a permit. 60 s by default.
    #[must_use]
    pub fn queue_timeout(mut self, timeout: Duration) -> Self {
        self.queue_timeout = timeout;
        self
    }

    /// The largest answer that is read, in bytes. 32 MiB by default.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Who hands out permits. [`LocalPermits`] by default.
    #[must_use]
    pub fn permits(mut self, permits: Arc<dyn Permits>) -> Self {
        self.permits = Some(permits);
        self
    }

    /// Starts from tokens that were kept from before, instead of signing in.
    #[must_use]
    pub fn tokens(mut self, tokens: Tokens) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Is called with each new pair of tokens, so that they can be sealed and kept.
    #[must_use]
    pub fn on_tokens(mut self, callback: OnTokens) -> Self {
        self.on_tokens = Some(callback);
        self
    }

    /// The time of day, by which tokens expire. The machine's clock by default.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Is called whenever a new connection to the server stands: its name resolved, its certificate trusted. Nothing
    /// was asked over it yet.
    #[must_use]
    pub fn on_connected(mut self, callback: OnConnected) -> Self {
        self.on_connected = Some(callback);
        self
    }

    /// Sends requests to a tower service instead of over the network, for example to an emulator's router.
    #[must_use]
    pub fn service<S, B>(mut self, service: S) -> Self
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.wire = Some(transport::plug(service));
        self
    }

    /// The client. Nothing is sent, and no TLS roots are read, before its first call.
    ///
    /// # Errors
    ///
    /// [`Error::NotSent`] where the private CA isn't PEM.
    pub fn build(self) -> Result<Client, Error> {
        let wire = match self.wire {
            Some(wire) => wire,
            None => {
                let (server, ca) = (self.server.clone(), self.ca_pem.as_deref());
                Wire::new(Https::new(server, ca, self.deadline, self.on_connected)?)
            }
        };
        let shared = Shared {
            server: self.server,
            wire,
            session: Session::new(self.jwt, self.tokens, self.on_tokens),
            permits: self.permits.unwrap_or_else(|| Arc::new(LocalPermits::new())),
            clock: self.clock.unwrap_or_else(clock::system),
            max_body: self.max_body,
            queue_timeout: self.queue_timeout,
            deadline: self.deadline,
        };
        Ok(Client { shared: Arc::new(shared), scope: Scope::default() })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("server", &self.server).finish_non_exhaustive()
    }
}
