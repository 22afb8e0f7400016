//! `Idempotency-Key`: the same key and the same body are the same call for a day, whatever has become of it. Of two
//! requests that come at once with one key the first works and the other waits for its answer; that holds through
//! the store, so over all nodes.

use super::Admitted;
use crate::api::{Answer, Ask};
use crate::gate::{Gate, Refused, new_call_id, new_id};
use model::{CallId, Kind, Problem, canonical};
use std::time::Duration;
use store::idempotency::{Attempt, Claim};
use tokio::time::Instant;

/// How long a key is remembered.
pub(crate) const KEPT: Duration = Duration::from_secs(24 * 3600);

/// The longest key, in bytes.
const LONGEST: usize = 200;

/// How long a key belongs to an attempt that does not say that it lives, and how often a living one says so.
const LEASE: Duration = Duration::from_secs(30);
const SAID_EVERY: Duration = Duration::from_secs(10);

/// How often a request looks whether the one before it has its answer: soon at first, then more rarely.
const FIRST_LOOK: Duration = Duration::from_millis(20);
const LATER_LOOKS: Duration = Duration::from_millis(500);

/// Where the answer to a look-up under a key lies, for sealing.
pub(crate) fn place(caller: &str, key: &str) -> String {
    format!("idempotency/{caller}/{key}/response")
}

/// What a request with a key has to do.
pub(super) enum Start {
    /// The work, under this id.
    Work(CallId, Held),
    /// Nothing: the look-up was answered before.
    Answered(Answer),
    /// Look at this call.
    Call(CallId),
}

/// A key that belongs to this request until the value is dropped, also where the caller hangs up.
pub(super) struct Held {
    gate: Gate,
    attempt: Option<Attempt>,
}

impl Held {
    /// The attempt, for the transaction that makes the call.
    pub(super) fn attempt(&self) -> Option<Attempt> {
        self.attempt.clone()
    }

    /// Works, and says from time to time that it does.
    pub(super) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let (gate, attempt) = (&self.gate, self.attempt());
        let say = async move {
            loop {
                tokio::time::sleep(SAID_EVERY).await;
                let (Some(attempt), until) = (attempt.clone(), gate.now() + LEASE) else { continue };
                if let Err(error) =
                    gate.inner.store.write(move |tx| store::idempotency::renew(tx, &attempt, until)).await
                {
                    tracing::warn!(%error, "the use of an Idempotency-Key could not be prolonged");
                }
            }
        };
        tokio::select! {
            done = work => done,
            () = say => unreachable!("it goes on until the work is done"),
        }
    }

    /// Ends with what the work came to: a look-up's answer is kept under the key, a call speaks for itself, and what
    /// failed before there was a call may be asked again.
    pub(super) async fn end(mut self, answer: &Result<Answer, Problem>) {
        let Some(attempt) = self.attempt.take() else { return };
        let place = place(attempt.caller.as_str(), &attempt.key);
        let response = match answer {
            Ok(Answer::Read { result, .. }) => Some(self.gate.inner.sealer.seal_json(&place, result)),
            _ => None,
        };
        let store = &self.gate.inner.store;
        if let Err(error) =
            store.write(move |tx| store::idempotency::end(tx, &attempt, response.as_ref())).await
        {
            tracing::error!(%error, "an answer could not be kept under its Idempotency-Key");
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(attempt) = self.attempt.take() else { return };
        let store = self.gate.inner.store.clone();
        self.gate.spawn(async move {
            // Where that fails the key is free when its time is over.
            let _ = store.write(move |tx| store::idempotency::end(tx, &attempt, None)).await;
        });
    }
}

/// Frees the keys on which an earlier process worked when it died. It was alone on its state, as this one is; where
/// there are others, a key is free once its attempt has not said for a while that it lives.
pub(crate) async fn free_abandoned(gate: &Gate) {
    if gate.inner.member.is_alone()
        && let Err(error) = gate.inner.store.write(store::idempotency::free_all).await
    {
        tracing::error!(%error, "the Idempotency-Keys of an earlier process could not be freed; they are once their time is over");
    }
}

impl Gate {
    /// Takes the key, or finds what it stands for. While another request works under it, its answer is waited for.
    pub(super) async fn claim_idempotency(
        &self,
        ask: &Ask,
        admitted: &Admitted,
        key: &str,
    ) -> Result<Start, Problem> {
        if key.is_empty() || key.len() > LONGEST {
            return Err(Problem::new(
                Kind::InvalidArguments,
                format!("an Idempotency-Key has 1 to {LONGEST} characters"),
            )
            .hint("a UUID, or the number of the ticket, is long enough"));
        }
        let caller = ask.requester.caller.id.clone();
        let body =
            canonical::digest(&(&admitted.live.connection.id, admitted.tool.record.name, &ask.arguments));
        let attempt = Attempt { caller: caller.clone(), key: key.to_owned(), id: new_id() };
        let (patience, mut pause) = (Instant::now() + super::MOST_HOLD, FIRST_LOOK);
        loop {
            let (now, fresh, body, mine) = (self.now(), new_call_id(), body.clone(), attempt.clone());
            let claim = self.inner.store.write(move |tx| -> Result<Claim, Refused> {
                store::idempotency::delete_older(tx, now - KEPT)?;
                Ok(store::idempotency::claim(tx, &mine, &body, &fresh, now, now + LEASE)?)
            });
            match claim.await.map_err(Problem::from)? {
                Claim::Mine(call) => {
                    return Ok(Start::Work(call, Held { gate: self.clone(), attempt: Some(attempt) }));
                }
                Claim::Call(call) => return Ok(Start::Call(call)),
                Claim::Answered(call_id, sealed) => {
                    let opened = self.inner.sealer.open_json(&place(caller.as_str(), key), &sealed);
                    let result = opened.map_err(Problem::from)?;
                    return Ok(Start::Answered(Answer::Read { call_id, result }));
                }
                Claim::OtherBody => {
                    return Err(Problem::new(
                        Kind::IdempotencyConflict,
                        "this Idempotency-Key was used with another request",
                    )
                    .hint("use a new key for a new request"));
                }
                Claim::Busy if Instant::now() >= patience => {
                    return Err(Problem::new(
                        Kind::IdempotencyConflict,
                        "the first request with this Idempotency-Key is still being answered",
                    )
                    .hint("send it again in a while; it runs once")
                    .retryable(true));
                }
                Claim::Busy => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(LATER_LOOKS);
        }
    }

    /// Lets the key of a request stand for a call, in the transaction that makes or finds it.
    pub(super) fn stand_for(
        tx: &mut store::Tx<'_>,
        attempt: Option<&Attempt>,
        call: &CallId,
    ) -> Result<(), Refused> {
        if let Some(attempt) = attempt {
            store::idempotency::stand_for(tx, attempt, call)?;
        }
        Ok(())
    }
}
