//! Staying signed in: the access token, its renewal, and the way back to the JWT.
//!
//! However many calls find the token stale at once, one of them renews it and the others take the result, be it
//! new tokens or the reason why there are none.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, sleep, timeout};

use crate::answer::Answer;
use crate::client::Client;
use crate::error::Error;
use crate::operation::{Effect, Operation};
use crate::operations;
use crate::params::Params;
use crate::request;
use crate::retry::Retries;
use crate::tokens::{OnTokens, Tokens};

/// How long a server that answered properly is not suspected of an expired password again.
const TRUSTED_FOR: Duration = Duration::from_secs(30);

/// What a client knows about its sign-in. Shared by all its clones.
pub(crate) struct Session {
    jwt: SecretString,
    on_tokens: Option<OnTokens>,
    current: Mutex<Option<Arc<Pair>>>,
    /// Held by whoever renews; holds how the last renewal failed, if it did.
    renewing: tokio::sync::Mutex<Option<Error>>,
    /// Renewals that ended, well or not.
    ended: AtomicU64,
    trusted_until: Mutex<Option<Instant>>,
}

/// Tokens in use.
pub(crate) struct Pair {
    tokens: Tokens,
    /// Counts up with each renewal, so that a call can say which tokens were refused.
    generation: u64,
    /// Whether they came straight from the JWT.
    from_jwt: bool,
    /// Whether any call with them was answered with something else than 401 and 5xx.
    proven: AtomicBool,
}

impl Pair {
    pub(crate) fn mark_proven(&self) {
        self.proven.store(true, Ordering::Relaxed);
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// The Authorization header; its value is marked as sensitive, so that no log shows it.
    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        bearer(self.tokens.access())
    }
}

fn bearer(token: &SecretString) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
        .map_err(|_| Error::not_sent("the token has characters that a header can't carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

impl Session {
    pub(crate) fn new(jwt: SecretString, tokens: Option<Tokens>, on_tokens: Option<OnTokens>) -> Self {
        let first = tokens.map(|tokens| {
            Arc::new(Pair { tokens, generation: 0, from_jwt: false, proven: AtomicBool::new(false) })
        });
        Self {
            jwt,
            on_tokens,
            current: Mutex::new(first),
            renewing: tokio::sync::Mutex::new(None),
            ended: AtomicU64::new(0),
            trusted_until: Mutex::new(None),
        }
    }

    /// Gives everything that must not appear in a message to whoever cleans one.
    pub(crate) fn with_secrets<T>(&self, clean: impl FnOnce(&[&str]) -> T) -> T {
        let current = self.current();
        let pair = current.as_deref().map(|pair| &pair.tokens);
        let mut secrets = vec![self.jwt.expose_secret()];
        secrets.extend(pair.map(|tokens| tokens.access().expose_secret()));
        secrets.extend(pair.map(|tokens| tokens.refresh().expose_secret()));
        clean(&secrets)
    }

    fn current(&self) -> Option<Arc<Pair>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn adopt(&self, tokens: Tokens, from_jwt: bool) -> Arc<Pair> {
        if let Some(on_tokens) = &self.on_tokens {
            on_tokens(&tokens);
        }
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = current.as_ref().map_or(1, |pair| pair.generation + 1);
        let pair = Arc::new(Pair { tokens, generation, from_jwt, proven: AtomicBool::new(false) });
        *current = Some(Arc::clone(&pair));
        pair
    }

    fn trusted(&self) -> bool {
        let until = *self.trusted_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    fn trust(&self) {
        *self.trusted_until.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Instant::now() + TRUSTED_FOR);
    }
}

impl Client {
    /// Exchanges the JWT for new tokens, whether or not the present ones still hold.
    ///
    /// # Errors
    ///
    /// [`Error::JwtRefused`] where N-central refuses the JWT; [`Error::NotNCentral`] where something else answers.
    pub async fn authenticate(&self) -> Result<Tokens, Error> {
        let mut last = self.shared.session.renewing.lock().await;
        let result = self.bounded(self.exchange_jwt()).await;
        self.finish(&mut last, result).map(|pair| pair.tokens.clone())
    }

    /// Signs in with the JWT and makes sure that calls work with the new tokens.
    ///
    /// # Errors
    ///
    /// As [`Client::authenticate`], and [`Error::PasswordExpired`] where every call after it fails.
    pub async fn sign_in(&self) -> Result<Tokens, Error> {
        let tokens = self.authenticate().await?;
        self.call(operations::GET_SERVER_INFO, Params::new(), None).await?;
        Ok(tokens)
    }

    /// The tokens for the next request, renewed where their time has come.
    pub(crate) async fn access(&self) -> Result<Arc<Pair>, Error> {
        match self.shared.session.current() {
            Some(pair) if !pair.tokens.wants_renewal(self.now()) => Ok(pair),
            stale => self.renew(stale.map(|pair| pair.generation)).await,
        }
    }

    /// Replaces the tokens of generation `stale`. Whoever comes while another renews waits and takes the result.
    pub(crate) async fn renew(&self, stale: Option<u64>) -> Result<Arc<Pair>, Error> {
        let session = &self.shared.session;
        let ended = session.ended.load(Ordering::Acquire);
        let mut last = session.renewing.lock().await;
        let current = session.current();
        if let Some(pair) = &current
            && Some(pair.generation) != stale
        {
            return Ok(Arc::clone(pair));
        }
        if session.ended.load(Ordering::Acquire) != ended
            && let Some(error) = last.as_ref()
        {
            return Err(error.clone());
        }
        let result = self.bounded(self.exchange_refresh_or_jwt(current.as_deref())).await;
        self.finish(&mut last, result)
    }

    fn finish(&self, last: &mut Option<Error>, result: Result<Arc<Pair>, Error>) -> Result<Arc<Pair>, Error> {
        *last = result.as_ref().err().cloned();
        self.shared.session.ended.fetch_add(1, Ordering::Release);
        result
    }

    /// A renewal serves every waiting call, so it has a deadline of its own.
    async fn bounded<T>(&self, exchange: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let deadline = self.deadline();
        timeout(deadline, exchange).await.unwrap_or(Err(Error::Timeout { after: deadline }))
    }

    async fn exchange_refresh_or_jwt(&self, current: Option<&Pair>) -> Result<Arc<Pair>, Error> {
        let Some(pair) = current.filter(|pair| pair.tokens.can_refresh(self.now())) else {
            return self.exchange_jwt().await;
        };
        let mut request = request::build(self.server(), operations::REFRESH_TOKEN, &Params::new(), None)?;
        // The contract knows no other content type for this one body (NOTES, section 2).
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        *request.body_mut() = Bytes::copy_from_slice(pair.tokens.refresh().expose_secret().as_bytes());
        match self.exchange_tokens(operations::REFRESH_TOKEN, request).await {
            Ok(tokens) => Ok(self.shared.session.adopt(tokens, false)),
            // The network's failures would meet the JWT as well.
            Err(error @ (Error::Unreachable { .. } | Error::Tls { .. } | Error::Throttled { .. })) => {
                Err(error)
            }
            Err(error) => {
                tracing::debug!(
                    kind = error.kind(),
                    "the refresh token is of no use; signing in with the JWT"
                );
                self.exchange_jwt().await
            }
        }
    }

    async fn exchange_jwt(&self) -> Result<Arc<Pair>, Error> {
        if self.shared.session.jwt.expose_secret().is_empty() {
            return Err(Error::NoJwt);
        }
        let mut request = request::build(self.server(), operations::AUTHENTICATE, &Params::new(), None)?;
        request.headers_mut().insert(AUTHORIZATION, bearer(&self.shared.session.jwt)?);
        match self.exchange_tokens(operations::AUTHENTICATE, request).await {
            Ok(tokens) => Ok(self.shared.session.adopt(tokens, true)),
            Err(Error::Api { status: 400 | 401 | 403, message, correlation_id, .. }) => {
                Err(Error::JwtRefused { message, correlation_id })
            }
            Err(Error::Api { status: 404 | 405, .. }) => {
                Err(Error::NotNCentral { detail: "nothing answers where one signs in".to_owned() })
            }
            Err(Error::BadShape { .. } | Error::BadContentType { .. }) => {
                Err(Error::NotNCentral { detail: "the answer to the sign-in holds no tokens".to_owned() })
            }
            Err(error) => Err(error),
        }
    }

    /// One of the two token operations. Neither changes anything for others, so both may be repeated like reads.
    async fn exchange_tokens(
        &self,
        operation: &'static Operation,
        request: Request<Bytes>,
    ) -> Result<Tokens, Error> {
        debug_assert_eq!(
            operation.effect,
            Effect::Change,
            "the token operations are no reads in the contract"
        );
        let mut retries = Retries::new(false, self.deadline());
        loop {
            let began = Instant::now();
            let (attempt, left) = (retries.attempt(), retries.left());
            let tried = self.exchange(operation.id, request.clone(), attempt, left).await;
            let took = began.elapsed();
            retries.spend(took);
            if let Some(pause) = retries.pause(tried.as_ref(), took) {
                sleep(pause).await;
                continue;
            }
            let answer: Answer = tried?;
            let value =
                self.shared.session.with_secrets(|secrets| answer.into_value(Some(operation), secrets))?;
            return Tokens::from_answer(&value, self.now())
                .ok_or_else(|| Error::BadShape { detail: "expected tokens".to_owned() });
        }
    }

    /// Whether a 500 is the sign of an expired password: sign-in works, and calls of every kind answer 500.
    /// `asked` is the operation that answered 500.
    pub(crate) async fn password_expired(&self, asked: &'static str) -> bool {
        let session = &self.shared.session;
        if session.trusted() {
            return false;
        }
        let probe = match asked == operations::GET_SERVER_INFO.id {
            true => operations::LIST_SERVICE_ORGS,
            false => operations::GET_SERVER_INFO,
        };
        if !self.answers_500(probe).await {
            session.trust();
            return false;
        }
        let unproven =
            session.current().is_some_and(|pair| pair.from_jwt && !pair.proven.load(Ordering::Relaxed));
        unproven || (self.authenticate().await.is_ok() && self.answers_500(probe).await)
    }

    async fn answers_500(&self, probe: &'static Operation) -> bool {
        matches!(self.send_operation(probe, Params::new(), None).await, Ok(answer) if answer.status == 500)
    }
}
