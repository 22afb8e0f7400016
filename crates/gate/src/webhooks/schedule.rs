//! When a message is tried again: soon at first, then ever more seldom, as Standard Webhooks recommends. A share of
//! chance keeps the messages of one outage from coming back in step.

use model::Timestamp;
use std::time::Duration;

const SECOND: u64 = 1;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// The waits after the first, second … attempt. The last one is made about three days after the event.
const WAITS: [u64; 9] =
    [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/// How long a webhook may fail before nothing is sent to it any more.
pub(super) const PATIENCE: Duration = Duration::from_secs(3 * 24 * HOUR);

/// The longest wait that a receiver may ask for.
const MOST_ASKED: Duration = Duration::from_secs(24 * HOUR);

/// When the next attempt is due after this many; none if that was the last. `chance` is any byte; a receiver that
/// asked for more time is given it.
pub(super) fn next(attempts: u32, now: Timestamp, chance: u8, asked: Option<Duration>) -> Option<Timestamp> {
    let index = usize::try_from(attempts).ok()?.checked_sub(1)?;
    let wait = Duration::from_secs(*WAITS.get(index)?);
    let wait = wait + wait.mul_f64(f64::from(chance) / 255.0 * 0.2);
    Some(model::time::whole_millis(now + wait.max(asked.unwrap_or_default().min(MOST_ASKED))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(attempts: u32, chance: u8, asked: Option<u64>) -> Option<i64> {
        let now = model::time::from_millis(0);
        next(attempts, now, chance, asked.map(Duration::from_secs)).map(|at| at.as_millisecond() / 1000)
    }

    #[test]
    fn waits_grow_with_a_share_of_chance_and_end() {
        assert_eq!((after(1, 0, None), after(1, 255, None)), (Some(5), Some(6)));
        assert_eq!((after(2, 0, None), after(2, 255, None)), (Some(300), Some(360)));
        assert_eq!(after(9, 0, None), Some(86_400));
        assert_eq!(after(10, 0, None), None);
    }

    #[test]
    fn a_receiver_is_given_the_time_it_asks_for_within_reason() {
        assert_eq!(after(1, 0, Some(60)), Some(60));
        assert_eq!(after(2, 0, Some(60)), Some(300));
        assert_eq!(after(1, 0, Some(10_000_000)), Some(86_400));
    }
}
