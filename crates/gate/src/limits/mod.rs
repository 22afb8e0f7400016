//! What one caller may take of the gateway, so that a noisy one is told to slow down before it costs the others.
//!
//! N-central's own limits are another matter: `ncentral::Permits` keeps those, fairly between callers. Requests and
//! seats are counted by each node for itself; pending approvals are counted in the store, and so over all nodes.

mod bucket;
mod seats;

use crate::api::Requester;
use crate::gate::Gate;
use bucket::Bucket;
use model::{Caller, CallerId, Connection, Kind, Problem};
use seats::Seats;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

pub use seats::Seat;

/// Most requests a minute that a key may be given.
pub(crate) const MOST_PER_MINUTE: u32 = 100_000;

/// Caps on what one caller may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests a minute of a key that has no rate of its own. As many may come at once.
    pub requests_per_minute: u32,
    /// Calls of one caller that are being answered at the same time, those that wait for a decision included.
    pub calls_in_flight: usize,
    /// Calls on one connection that are being answered at the same time, for all callers together. Whoever has none
    /// among them gets in all the same, so that nobody is kept out by others.
    pub calls_on_connection: usize,
    /// Event streams that one caller follows at the same time.
    pub event_streams: usize,
    /// Approvals of one key that wait for a person.
    pub pending_approvals: u32,
    /// Bytes of one look-up's result, as JSON.
    pub result_bytes: usize,
    /// Passwords from one address that are being checked at the same time.
    pub sign_ins_at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_minute: 6_000,
            calls_in_flight: 128,
            calls_on_connection: 512,
            event_streams: 128,
            pending_approvals: 200,
            result_bytes: 4 << 20,
            sign_ins_at_once: 8,
        }
    }
}

/// What is left of a key's rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Requests a minute.
    pub limit: u32,
    /// Requests that may come now.
    pub remaining: u32,
    /// How long until all of them may come again.
    pub reset: Duration,
}

impl Allowance {
    /// What a refusal says of the rate that is used up; none if it is another one.
    pub fn of_refusal(refusal: &Problem) -> Option<Self> {
        let told = |name| refusal.details.get(name).and_then(serde_json::Value::as_u64);
        let limit = u32::try_from(told("limit")?).ok()?;
        let is_rate = refusal.kind == Kind::TooManyRequests;
        is_rate.then_some(Self { limit, remaining: 0, reset: Duration::from_secs(told("reset")?) })
    }
}

/// What the callers of this process have taken.
#[derive(Default)]
pub(crate) struct Taken {
    buckets: Mutex<HashMap<CallerId, Bucket>>,
    calls: Seats,
    calls_on: Seats,
    calls_of_on: Seats,
    streams: Seats,
    sign_ins: Seats,
}

impl Gate {
    fn rate_of(&self, caller: &Caller) -> u32 {
        caller.requests_per_minute.unwrap_or(self.inner.options.limits.requests_per_minute)
    }

    /// Counts a request of a key. People are not counted: what they do is limited by what hands can do, and by the
    /// seats below.
    ///
    /// # Errors
    /// [`Kind::TooManyRequests`], with the seconds after which one more may come.
    pub(crate) fn charge(&self, caller: &Caller) -> Result<(), Problem> {
        if caller.is_person() {
            return Ok(());
        }
        let (rate, now) = (self.rate_of(caller), Instant::now());
        let mut buckets = self.inner.taken.buckets.lock().expect("no holder panics");
        let bucket = buckets.entry(caller.id.clone()).or_insert_with(|| Bucket::full(rate, now));
        bucket.take(rate, now).map_err(|wait| {
            let (seconds, full) = (wait.as_secs() + 1, bucket.allowance(rate, now).reset);
            too_many(format!("this key may make {rate} requests a minute, and they are used up"))
                .hint(format!("wait {seconds} s; an administrator can change the key's rate"))
                .detail("retry_after", seconds)
                .detail("limit", rate)
                .detail("reset", full.as_secs() + 1)
        })
    }

    /// What is left of the rate of whoever asks; none for people.
    pub fn allowance(&self, who: &Requester) -> Option<Allowance> {
        if who.caller.is_person() {
            return None;
        }
        let (rate, now) = (self.rate_of(&who.caller), Instant::now());
        let mut buckets = self.inner.taken.buckets.lock().expect("no holder panics");
        let bucket = buckets.entry(who.caller.id.clone()).or_insert_with(|| Bucket::full(rate, now));
        Some(bucket.allowance(rate, now))
    }

    /// A seat for one call, kept until it is answered.
    pub(crate) fn call_seat(&self, who: &Requester) -> Result<Seat, Problem> {
        let most = self.inner.options.limits.calls_in_flight;
        self.inner.taken.calls.take(who.caller.id.as_str(), most).ok_or_else(|| {
            too_many(format!("{most} calls of this caller are being answered already"))
                .hint("wait for one of them, then send this one again")
        })
    }

    /// Seats for one call on a connection, kept until it is answered.
    pub(crate) fn connection_seat(&self, who: &Requester, on: &Connection) -> Result<[Seat; 2], Problem> {
        let taken = &self.inner.taken;
        let (most, whose) =
            (self.inner.options.limits.calls_on_connection, format!("{} {}", on.id, who.caller.id));
        let most_now = if taken.calls_of_on.taken(&whose) == 0 { usize::MAX } else { most };
        let refused = || {
            too_many(format!("{most} calls on {} are being answered already", on.name))
                .hint("wait for one of yours, then send this one again")
        };
        let seat = taken.calls_on.take(on.id.as_str(), most_now).ok_or_else(refused)?;
        Ok([seat, taken.calls_of_on.take(&whose, usize::MAX).ok_or_else(refused)?])
    }

    /// A seat for one event stream, to be kept as long as it is followed.
    ///
    /// # Errors
    /// [`Kind::TooManyRequests`] when the caller follows as many as it may.
    pub fn stream_seat(&self, who: &Requester) -> Result<Seat, Problem> {
        let most = self.inner.options.limits.event_streams;
        self.inner.taken.streams.take(who.caller.id.as_str(), most).ok_or_else(|| {
            too_many(format!("this caller follows {most} event streams already"))
                .hint("close one of them; one stream tells everything that the caller may see")
        })
    }

    /// A seat for one password to be checked: checking takes time on purpose, and one address may not use it all up.
    pub(crate) fn sign_in_seat(&self, address: &str) -> Result<Seat, Problem> {
        let most = self.inner.options.limits.sign_ins_at_once;
        self.inner.taken.sign_ins.take(address, most).ok_or_else(|| {
            too_many("too many passwords from this address are being checked already")
                .hint("try again in a moment")
        })
    }
}

fn too_many(message: impl Into<String>) -> Problem {
    Problem::new(Kind::TooManyRequests, message).retryable(true)
}

/// Refuses one more approval while as many wait as the caller may have waiting.
pub(crate) fn check_pending(caller: &Caller, pending: i64, most: u32) -> Result<(), Problem> {
    /// Approvals take people, who take a while.
    const LATER: u64 = 60;
    if caller.is_person() || pending < i64::from(most) {
        return Ok(());
    }
    Err(too_many(format!(
        "{pending} calls of this key wait for a person already; more are not put before anybody"
    ))
    .hint("wait until some are decided or expire, or withdraw those that are not needed any more")
    .detail("retry_after", LATER))
}

/// Refuses a result that is too large to be handed on.
pub(crate) fn check_result(result: &serde_json::Value, most: usize) -> Result<(), Problem> {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    serde_json::to_writer(&mut count, result).expect("counting does not fail");
    if count.0 <= most {
        return Ok(());
    }
    Err(Problem::new(
        Kind::BadAnswer,
        format!("the result has {} bytes; at most {most} are handed on", count.0),
    )
    .hint("ask for less at once: fewer fields, a smaller page, detail concise"))
}
