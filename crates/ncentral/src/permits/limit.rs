//! How many calls of one class may be in flight, and how that is learned where nobody published it.
//!
//! Pure arithmetic: time comes in as a duration since some fixed moment, so that every path can be tested.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Where an unknown limit starts: the lowest of the published ones (NOTES, section 4).
const START: u16 = 3;

/// The highest published limit; nothing is gained by trying more.
const HIGHEST: u16 = 50;

/// How long a limit that was too high is not tried again.
const PROBE_AFTER: Duration = Duration::from_secs(60);

/// The limit of one class.
///
/// It grows by one after each full window of successes while every slot was in use, and is halved by a 429. The
/// value below the one that failed is climbed back to; above it one step is tried, at most once a minute. Processes
/// that share a limit keep it where all of them find it, and take it from there for each of these steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    current: u16,
    /// Never exceeded: the published or set limit, or the highest one there is.
    cap: u16,
    /// Whether the limit was published or set, so that there is nothing to learn.
    fixed: bool,
    /// The highest value that is believed to hold, once a 429 has shown that more doesn't.
    good: Option<u16>,
    /// When a value above `good` was last tried or last failed.
    tried: Duration,
    /// Successes in a row at `current` while saturated.
    successes: u16,
    /// Counts the 429s that lowered the limit. Calls that began under an earlier count say nothing of this one.
    epoch: u64,
}

impl Limit {
    /// A limit that nobody has published.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            current: START,
            cap: HIGHEST,
            fixed: false,
            good: None,
            tried: Duration::ZERO,
            successes: 0,
            epoch: 0,
        }
    }

    /// A limit that was published or set. It is lowered by a 429 all the same, because others may be using the
    /// server too, and returns to its value.
    #[must_use]
    pub fn known(limit: u16) -> Self {
        let limit = limit.max(1);
        Self { current: limit, cap: limit, fixed: true, ..Self::unknown() }
    }

    /// A limit that was learned earlier, as of `now`.
    #[must_use]
    pub fn remembered(limit: u16, now: Duration) -> Self {
        let limit = limit.clamp(1, HIGHEST);
        Self { current: limit, good: Some(limit), tried: now, ..Self::unknown() }
    }

    /// The limit that was published or set, if it was.
    pub fn published(&self) -> Option<u16> {
        self.fixed.then_some(self.cap)
    }

    /// How many calls may be in flight now.
    pub fn current(&self) -> usize {
        usize::from(self.current)
    }

    /// The mark that a permit carries, to tell calls from before a 429 from those after it.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What is worth remembering: the value that a 429 has shown to be the highest good one.
    pub fn learned(&self) -> Option<u16> {
        match (self.fixed, self.good) {
            (true, _) => None,
            (false, Some(good)) => Some(good),
            (false, None) => (self.current == self.cap).then_some(self.cap),
        }
    }

    /// A call that began in `epoch` was taken by the server; `saturated` says whether every slot was in use.
    pub fn succeeded(&mut self, epoch: u64, saturated: bool, now: Duration) {
        if epoch != self.epoch || !saturated {
            return;
        }
        self.successes += 1;
        if self.successes < self.current {
            return;
        }
        self.successes = 0;
        if let Some(good) = self.good.as_mut().filter(|good| self.current > **good) {
            // A probe has held for a full window.
            *good = self.current;
        }
        let next = match self.good {
            Some(good) if self.current >= good => {
                if now.saturating_sub(self.tried) < PROBE_AFTER {
                    return;
                }
                self.tried = now;
                self.current + 1
            }
            _ => self.current + 1,
        };
        self.current = next.min(self.cap);
    }

    /// A call that began in `epoch` got a 429. Of a burst that fails together only the first lowers the limit.
    pub fn throttled(&mut self, epoch: u64, now: Duration) {
        self.tried = now;
        if epoch != self.epoch {
            return;
        }
        self.epoch += 1;
        self.successes = 0;
        self.good = Some(self.current.saturating_sub(1).max(1));
        self.current = (self.current / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Duration = Duration::from_secs(1_000);

    fn window(limit: &mut Limit, now: Duration) {
        for _ in 0..limit.current() {
            limit.succeeded(limit.epoch(), true, now);
        }
    }

    /// Saturated use of a server whose true limit is `real`, one window at a time.
    fn settle(limit: &mut Limit, real: usize, windows: usize, now: Duration) -> usize {
        let mut refusals = 0;
        for _ in 0..windows {
            if limit.current() > real {
                limit.throttled(limit.epoch(), now);
                refusals += 1;
            } else {
                window(limit, now);
            }
        }
        refusals
    }

    #[test]
    fn grows_by_one_a_window_and_only_while_saturated() {
        let mut limit = Limit::unknown();
        assert_eq!(limit.current(), 3);
        window(&mut limit, NOW);
        assert_eq!(limit.current(), 4);
        for _ in 0..100 {
            limit.succeeded(limit.epoch(), false, NOW);
        }
        assert_eq!(limit.current(), 4);
    }

    #[test]
    fn a_burst_of_refusals_halves_once() {
        let mut limit = Limit::known(8);
        let epoch = limit.epoch();
        for _ in 0..5 {
            limit.throttled(epoch, NOW);
        }
        assert_eq!(limit.current(), 4);
    }

    #[test]
    fn climbs_back_and_probes_at_most_once_a_minute() {
        let mut limit = Limit::unknown();
        assert_eq!(settle(&mut limit, 5, 20, NOW), 1, "one refusal finds the limit");
        assert_eq!((limit.current(), limit.learned()), (5, Some(5)));
        assert_eq!(settle(&mut limit, 5, 50, NOW + PROBE_AFTER / 2), 0, "no probe within the minute");
        assert_eq!(settle(&mut limit, 5, 50, NOW + PROBE_AFTER), 1, "one probe after it");
        assert_eq!(settle(&mut limit, 6, 50, NOW + PROBE_AFTER * 2), 0);
        assert_eq!(limit.learned(), Some(6), "the server allows more now");
    }

    #[test]
    fn a_known_limit_is_where_it_begins_and_ends() {
        let mut limit = Limit::known(5);
        settle(&mut limit, 50, 50, NOW);
        assert_eq!((limit.current(), limit.learned()), (5, None));
        limit.throttled(limit.epoch(), NOW);
        for minute in 1..10 {
            settle(&mut limit, 50, 20, NOW + PROBE_AFTER * minute);
        }
        assert_eq!(limit.current(), 5, "it returns after a refusal that others caused");
    }

    #[test]
    fn a_remembered_limit_starts_there() {
        let mut limit = Limit::remembered(5, NOW);
        assert_eq!(settle(&mut limit, 5, 50, NOW), 0);
        assert_eq!(limit.current(), 5);
    }

    proptest! {
        #[test]
        fn stays_within_bounds_whatever_happens(
            events in prop::collection::vec((any::<bool>(), any::<bool>(), 0_u64..3, 0_u64..90), 0..400),
            cap in prop::option::of(1_u16..60),
        ) {
            let mut limit = cap.map_or_else(Limit::unknown, Limit::known);
            let highest = usize::from(cap.unwrap_or(HIGHEST));
            let mut now = NOW;
            for (throttled, saturated, behind, seconds) in events {
                now += Duration::from_secs(seconds);
                let epoch = limit.epoch().saturating_sub(behind);
                if throttled { limit.throttled(epoch, now) } else { limit.succeeded(epoch, saturated, now) }
                prop_assert!((1..=highest).contains(&limit.current()));
            }
        }

        #[test]
        fn finds_any_limit_that_servers_are_known_to_have(real in 1_usize..=50) {
            let mut limit = Limit::unknown();
            let refusals = settle(&mut limit, real, 200, NOW);
            prop_assert_eq!(limit.current(), real);
            prop_assert!(refusals <= 2, "{} refusals", refusals);
        }
    }
}
