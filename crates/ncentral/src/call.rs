//! One call from its permit to its last byte, with whatever retries it may have.
//!
//! The deadline covers connecting, the answer's headers and body, pauses and retries. Waiting for a permit is not
//! counted against it, because that time says nothing about the server; it has a bound of its own.

use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use http_body_util::Full;
use jiff::Timestamp;
use tokio::time::{Instant, sleep, timeout};
use tower::ServiceExt;

use crate::answer::{self, Answer};
use crate::client::Client;
use crate::error::Error;
use crate::observer::Exchange;
use crate::permits::{Outcome, Permit};
use crate::retry::Retries;
use crate::transport::{self, FreshConnection};

/// What a call needs to know of its operation, known to the contract or not.
pub(crate) struct Target {
    pub(crate) operation: &'static str,
    pub(crate) class: &'static str,
    pub(crate) limit: Option<u16>,
    pub(crate) write: bool,
    pub(crate) secured: bool,
}

impl Client {
    /// Sends a request until there is an answer that isn't to be tried again.
    pub(crate) async fn send(&self, target: &Target, request: Request<Bytes>) -> Result<Answer, Error> {
        let deadline = self.deadline();
        let mut retries = Retries::new(target.write, deadline);
        let mut renewed = false;
        loop {
            let mut permit = self.permit(target).await?;
            let began = Instant::now();
            let pair = match target.secured {
                true => Some(within(retries.left(), deadline, self.access()).await?),
                false => None,
            };
            let mut request = request.clone();
            if let Some(pair) = &pair {
                request.headers_mut().insert(AUTHORIZATION, pair.header()?);
            }
            if target.write {
                request.extensions_mut().insert(FreshConnection);
                if let Some(last_word) = self.last_word() {
                    last_word.may_leave(retries.attempt()).await?;
                }
            }
            let (attempt, left) = (retries.attempt(), retries.left().saturating_sub(began.elapsed()));
            let mut tried = self.exchange(target.operation, request, attempt, left).await;
            if let Err(Error::Timeout { after }) = &mut tried {
                *after = deadline;
            }
            if let Ok(answer) = &tried {
                permit.feedback(match answer.status {
                    StatusCode::TOO_MANY_REQUESTS => Outcome::Throttled,
                    _ => Outcome::Ok,
                });
            }
            // The last byte is in: the slot belongs to whoever waits, before any of it is parsed.
            drop(permit);
            let took = began.elapsed();
            retries.spend(took);
            if let (Ok(answer), Some(pair)) = (&tried, &pair) {
                if answer.status == StatusCode::UNAUTHORIZED && !renewed {
                    renewed = true;
                    let began = Instant::now();
                    within(retries.left(), deadline, self.renew(Some(pair.generation()))).await?;
                    retries.spend(began.elapsed());
                    continue;
                }
                if answer.status != StatusCode::UNAUTHORIZED && !answer.status.is_server_error() {
                    pair.mark_proven();
                }
            }
            match retries.pause(tried.as_ref(), took) {
                Some(pause) => sleep(pause).await,
                None => return tried,
            }
        }
    }

    async fn permit(&self, target: &Target) -> Result<Permit, Error> {
        let shared = &self.shared;
        let permit = shared.permits.acquire(target.class, target.limit, self.caller());
        timeout(shared.queue_timeout, permit)
            .await
            .map_err(|_| Error::QueueTimeout { class: target.class.to_owned(), waited: shared.queue_timeout })
    }

    /// One attempt on the wire, told to the observer whatever becomes of it.
    pub(crate) async fn exchange(
        &self,
        operation: &'static str,
        request: Request<Bytes>,
        attempt: u32,
        left: Duration,
    ) -> Result<Answer, Error> {
        let mut report = Report {
            client: self,
            exchange: Exchange {
                operation,
                method: method_name(request.method()),
                path: request.uri().path().to_owned(),
                attempt,
                status: None,
                error: Some("cancelled"),
                started: self.now(),
                duration: Duration::ZERO,
                bytes: 0,
            },
            began: Instant::now(),
        };
        let cap = self.shared.max_body;
        let whole = async {
            let response = self.shared.wire.clone().oneshot(request.map(Full::new)).await?;
            let (head, body) = response.into_parts();
            report.exchange.status = Some(head.status.as_u16());
            let body = transport::read(body, cap).await?;
            report.exchange.bytes = body.len() as u64;
            Ok((head, body))
        };
        let result = match timeout(left, whole).await {
            Ok(Ok((head, body))) => Ok(Answer {
                status: head.status,
                retry_after: answer::retry_after(&head.headers, self.now()),
                headers: head.headers,
                body,
                elapsed: report.began.elapsed(),
            }),
            Ok(Err(broken)) => Err(transport::Broken::into_error(broken, cap)),
            Err(_) => Err(Error::Timeout { after: left }),
        };
        report.exchange.error = result.as_ref().err().map(Error::kind);
        result
    }
}

/// Bounds a sign-in by what is left of the call's deadline. Running out here proves that the call wasn't sent.
async fn within<T>(
    left: Duration,
    deadline: Duration,
    future: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let result = timeout(left, future).await.unwrap_or(Err(Error::Timeout { after: deadline }));
    result.map_err(Error::while_signing_in)
}

fn method_name(method: &http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "OTHER",
    }
}

/// Tells the observer on `Drop`, so that an attempt whose caller went away is on the record too.
struct Report<'a> {
    client: &'a Client,
    exchange: Exchange,
    began: Instant,
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        self.exchange.duration = self.began.elapsed();
        let Exchange { operation, attempt, status, error, duration, .. } = &self.exchange;
        tracing::debug!(operation, attempt, ?status, ?error, ?duration, "exchange");
        if let Some(observer) = self.client.observer() {
            observer.exchange(&self.exchange);
        }
    }
}

impl Client {
    pub(crate) fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }
}
