//! A token bucket: as many requests at once as a minute allows, refilled evenly. Pure arithmetic over the moments
//! that are handed in.

use super::Allowance;
use std::time::Duration;
use tokio::time::Instant;

/// One key's bucket.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: u32,
    /// Requests that may come now, and a fraction.
    left: f64,
    at: Instant,
}

impl Bucket {
    pub(super) fn full(rate: u32, now: Instant) -> Self {
        Self { rate, left: f64::from(rate), at: now }
    }

    fn a_second(&self) -> f64 {
        f64::from(self.rate) / 60.0
    }

    fn refill(&mut self, rate: u32, now: Instant) {
        if rate != self.rate {
            // A changed rate begins with as large a share of its minute as was left of the old one.
            self.left = self.left / f64::from(self.rate.max(1)) * f64::from(rate);
            self.rate = rate;
        }
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.left = (self.left + passed * self.a_second()).min(f64::from(rate));
        self.at = now;
    }

    /// Takes one request, or says how long until one may come.
    pub(super) fn take(&mut self, rate: u32, now: Instant) -> Result<(), Duration> {
        self.refill(rate, now);
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.left) / self.a_second()))
    }

    pub(super) fn allowance(&mut self, rate: u32, now: Instant) -> Allowance {
        self.refill(rate, now);
        let missing = f64::from(rate) - self.left;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it lies between 0 and a u32"
        )]
        let remaining = self.left as u32;
        Allowance { limit: rate, remaining, reset: Duration::from_secs_f64(missing / self.a_second()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_minutes_worth_at_once_and_then_evenly() {
        let start = Instant::now();
        let mut bucket = Bucket::full(60, start);
        assert!((0..60).all(|_| bucket.take(60, start).is_ok()));
        let wait = bucket.take(60, start).unwrap_err();
        assert_eq!(wait.as_millis(), 1000);
        assert!(bucket.take(60, start + wait).is_ok());
        let left = bucket.allowance(60, start + Duration::from_secs(31));
        assert_eq!((left.limit, left.remaining, left.reset.as_secs()), (60, 30, 30));
    }

    #[test]
    fn a_changed_rate_holds_at_once() {
        let start = Instant::now();
        let mut bucket = Bucket::full(100, start);
        assert!((0..50).all(|_| bucket.take(100, start).is_ok()));
        assert_eq!(bucket.allowance(10, start).remaining, 5);
        assert_eq!(bucket.allowance(1000, start).remaining, 500);
    }

    proptest! {
        /// Whatever the times between them, never more get through than the bucket holds and the time refills.
        #[test]
        fn never_more_than_the_rate(rate in 1_u32..500, gaps in prop::collection::vec(0_u64..3_000, 1..300)) {
            let start = Instant::now();
            let (mut bucket, mut now, mut taken) = (Bucket::full(rate, start), start, 0_u32);
            for gap in gaps {
                now += Duration::from_millis(gap);
                taken += u32::from(bucket.take(rate, now).is_ok());
                let most = f64::from(rate) * (1.0 + (now - start).as_secs_f64() / 60.0);
                prop_assert!(f64::from(taken) <= most + 1e-6, "{} of {}", taken, most);
            }
        }
    }
}
