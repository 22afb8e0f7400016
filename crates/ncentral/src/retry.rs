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

/// The retries of one call.
pub(crate) struct Retries {
    write: bool,
    attempt: u32,
    failures: u32,
    backoff: ExponentialBackoff,
}

impl Retries {
    pub(crate) fn new(write: bool) -> Self {
        // A pause of d is drawn from d to 2 d, so that callers that were refused together come back apart.
        let backoff = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(150))
            .with_factor(2.0)
            .with_max_delay(Duration::from_secs(5))
            .without_max_times()
            .with_jitter()
            .build();
        Self { write, attempt: 0, failures: 0, backoff }
    }

    /// The number of the attempt that now begins, from 1.
    pub(crate) fn attempt(&mut self) -> u32 {
        self.attempt += 1;
        self.attempt
    }

    /// How long to wait before the next attempt; `None` if there is to be none.
    pub(crate) fn pause(&mut self, tried: Result<&Answer, &Error>) -> Option<Duration> {
        let asked = tried.ok().and_then(|answer| answer.retry_after);
        match tried {
            Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => {}
            Ok(answer) if !self.write && matches!(answer.status.as_u16(), 502..=504) => self.failures += 1,
            Err(Error::Unreachable { .. }) => self.failures += 1,
            Err(Error::Reset { .. }) if !self.write => self.failures += 1,
            Ok(_) | Err(_) => return None,
        }
        if self.failures >= TRIES {
            return None;
        }
        let drawn = self.backoff.next()?;
        // What the server asks is a minimum; the jitter on top keeps callers apart.
        Some(asked.map_or(drawn, |asked| asked + drawn / 10))
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

    #[test]
    fn a_read_is_repeated_after_what_may_pass() {
        for status in [429, 502, 503, 504] {
            assert!(Retries::new(false).pause(Ok(&answer(status, None))).is_some(), "{status}");
        }
        for status in [200, 302, 400, 401, 404, 500] {
            assert!(Retries::new(false).pause(Ok(&answer(status, None))).is_none(), "{status}");
        }
        let reset = Error::Reset { detail: String::new() };
        assert!(Retries::new(false).pause(Err(&reset)).is_some());
    }

    #[test]
    fn a_write_is_repeated_only_when_it_was_certainly_refused() {
        for status in [200, 302, 400, 401, 500, 502, 503, 504] {
            assert!(Retries::new(true).pause(Ok(&answer(status, None))).is_none(), "{status}");
        }
        assert!(Retries::new(true).pause(Ok(&answer(429, None))).is_some());
        let unreachable = Error::Unreachable { detail: String::new() };
        assert!(Retries::new(true).pause(Err(&unreachable)).is_some());
        for error in [
            Error::Reset { detail: String::new() },
            Error::Timeout { after: Duration::ZERO },
            Error::Truncated { detail: String::new() },
            Error::TooLarge { limit: 1 },
        ] {
            assert!(Retries::new(true).pause(Err(&error)).is_none(), "{error}");
        }
    }

    #[test]
    fn pauses_grow_and_what_the_server_asks_is_the_least() {
        let mut retries = Retries::new(false);
        let pauses: Vec<_> = (0..8)
            .filter_map(|_| retries.pause(Ok(&answer(429, None))))
            .map(|pause| pause.as_millis())
            .collect();
        assert_eq!(pauses.len(), 8, "429 is bounded by the deadline alone");
        assert!((150..=300).contains(&pauses[0]) && (5_000..=10_000).contains(&pauses[7]), "{pauses:?}");
        let asked = Retries::new(false).pause(Ok(&answer(429, Some(3)))).expect("a pause");
        assert!((3_000..=3_100).contains(&asked.as_millis()), "{asked:?}");
    }

    #[test]
    fn failures_are_not_repeated_for_ever() {
        let mut retries = Retries::new(false);
        let pauses = (0..9).filter_map(|_| retries.pause(Ok(&answer(503, None)))).count();
        assert_eq!(pauses, 3);
    }
}
