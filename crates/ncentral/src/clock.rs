//! Where the time of day comes from.

use std::sync::Arc;

use jiff::Timestamp;

/// The time of day, handed in so that tests can hold it still.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The machine's own clock.
#[expect(clippy::disallowed_methods, reason = "the one place where this crate asks the machine for the time")]
pub(crate) fn system() -> Clock {
    Arc::new(Timestamp::now)
}
