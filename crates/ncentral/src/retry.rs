//! When a request is sent once more, and after how long.
//!
//! A read may be repeated whenever that could help. A write may be repeated only where it is certain that it was
//! refused: no connection was made, or the server answered 429. (The third such case, one 401 followed by a
//! renewal, needs no pause and is decided where the tokens are.)

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use http::StatusCode;

use crate::answer::Answer;
use crate::error::Error;

/// Tries after a failed connection, a reset or a 502 to 504. A 429 is only bounded by the deadline.
const TRIES: u32 = 4;

/// The share of the deadline that an attempt must have, or it is not begun: a time-out in its middle would make an
/// unknown outcome of a write that was known to be refused.
const SHARE: u32 = 4;

/// The retries of one call and the time that is left for them.
pub(crate) struct Retries {
    write: bool,
    attempt: u32,
    failures: u32,
    backoff: ExponentialBackoff,
    left: Duration,
    least: Duration,
}

impl Retries {
    /// Retries that end with the deadline.
    pub(crate) fn new(write: bool, deadline: Duration) -> Self {
        // A pause of d is drawn from d to 2 d, so that callers that were refused together come back apart.
        let backoff = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(150))
            .with_factor(2.0)
            .with_max_delay(Duration::from_secs(5))
            .without_max_times()
            .with_jitter()
            .build();
        Self { write, attempt: 0, failures: 0, backoff, left: deadline, least: deadline / SHARE }
    }

    /// The number of the attempt that now begins, from 1.
    pub(crate) fn attempt(&mut self) -> u32 {
        self.attempt += 1;
        self.attempt
    }

    /// What is left of the deadline.
    pub(crate) fn left(&self) -> Duration {
        self.left
    }

    /// Counts time against the deadline.
    pub(crate) fn spend(&mut self, took: Duration) {
        self.left = self.left.saturating_sub(took);
    }

    /// How long to wait before the next attempt, counted against the deadline already; `None` if there is to be
    /// none. `took` is how long the attempt took.
    pub(crate) fn pause(&mut self, tried: Result<&Answer, &Error>, took: Duration) -> Option<Duration> {
        let mut asked = None;
        match tried {
            Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => asked = answer.retry_after,
            Ok(answer) if !self.write && matches!(answer.status.as_u16(), 502..=504) => {
                self.failures += 1;
                asked = answer.retry_after;
            }
            Err(Error::Unreachable { .. }) => self.failures += 1,
            Err(Error::Reset { .. }) if !self.write => self.failures += 1,
            Ok(_) | Err(_) => return None,
        }
        if self.failures >= TRIES {
            return None;
        }
        let drawn = self.backoff.next()?;
        // What the server asks is a minimum; the jitter on top keeps callers apart.
        let pause = asked.map_or(drawn, |asked| asked.saturating_add(drawn / 10));
        // Another attempt must fit that is just as slow, because running out of time while connecting looks the same
        // as running out of time after sending. Without that room the last answer says more than a time-out would.
        if pause >= self.left.saturating_sub(took.max(self.least)) {
            return None;
        }
        self.left -= pause;
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    fn answer(status: u16, retry_after: Option<u64>) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).expect("a status"),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            elapsed: Duration::ZERO,
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    const HOUR: Duration = Duration::from_secs(3_600);

    fn reads() -> Retries {
        Retries::new(false, HOUR)
    }

    fn writes() -> Retries {
        Retries::new(true, HOUR)
    }

    #[test]
    fn a_read_is_repeated_after_what_may_pass() {
        for status in [429, 502, 503, 504] {
            assert!(reads().pause(Ok(&answer(status, None)), Duration::ZERO).is_some(), "{status}");
        }
        for status in [200, 302, 400, 401, 404, 500] {
            assert!(reads().pause(Ok(&answer(status, None)), Duration::ZERO).is_none(), "{status}");
        }
        let reset = Error::Reset { detail: String::new() };
        assert!(reads().pause(Err(&reset), Duration::ZERO).is_some());
    }

    #[test]
    fn a_write_is_repeated_only_when_it_was_certainly_refused() {
        for status in [200, 302, 400, 401, 500, 502, 503, 504] {
            assert!(writes().pause(Ok(&answer(status, None)), Duration::ZERO).is_none(), "{status}");
        }
        assert!(writes().pause(Ok(&answer(429, None)), Duration::ZERO).is_some());
        let unreachable = Error::Unreachable { detail: String::new() };
        assert!(writes().pause(Err(&unreachable), Duration::ZERO).is_some());
        for error in [
            Error::Reset { detail: String::new() },
            Error::Timeout { after: Duration::ZERO },
            Error::Truncated { detail: String::new() },
            Error::TooLarge { limit: 1 },
        ] {
            assert!(writes().pause(Err(&error), Duration::ZERO).is_none(), "{error}");
        }
    }

    #[test]
    fn pauses_grow_and_what_the_server_asks_is_the_least() {
        let mut retries = reads();
        let pauses: Vec<_> = (0..8)
            .filter_map(|_| retries.pause(Ok(&answer(429, None)), Duration::ZERO))
            .map(|pause| pause.as_millis())
            .collect();
        assert_eq!(pauses.len(), 8, "429 is bounded by the deadline alone");
        assert!((150..=300).contains(&pauses[0]) && (5_000..=10_000).contains(&pauses[7]), "{pauses:?}");
        let asked = reads().pause(Ok(&answer(429, Some(3))), Duration::ZERO).expect("a pause");
        assert!((3_000..=3_100).contains(&asked.as_millis()), "{asked:?}");
    }

    #[test]
    fn failures_are_not_repeated_for_ever() {
        let mut retries = reads();
        let pauses = (0..9).filter_map(|_| retries.pause(Ok(&answer(503, None)), Duration::ZERO)).count();
        assert_eq!(pauses, 3);
    }

    #[test]
    fn no_pause_is_begun_that_leaves_no_room() {
        let second = Duration::from_secs(1);
        assert!(Retries::new(false, second).pause(Ok(&answer(429, Some(1))), second / 2).is_none());
        let unreachable = Error::Unreachable { detail: String::new() };
        assert!(Retries::new(true, second).pause(Err(&unreachable), second / 100).is_some());
        assert!(Retries::new(true, second).pause(Err(&unreachable), second).is_none());
        // Three quarters of the time are for waiting, the last one is for an attempt.
        let wait = |seconds| Retries::new(true, 20 * second).pause(Ok(&answer(429, Some(seconds))), second);
        assert!(wait(14).is_some() && wait(15).is_none());
        let mut late = Retries::new(false, 20 * second);
        late.spend(19 * second);
        assert!(late.left() == second && late.pause(Err(&unreachable), second).is_none());
    }
}
