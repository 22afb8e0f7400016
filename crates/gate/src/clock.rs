//! The one place that reads the machine's clock.

use model::time::whole_millis;
use model::{Clock, Timestamp};

/// The machine's clock, in whole milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is handed")]
    fn now(&self) -> Timestamp {
        whole_millis(Timestamp::now())
    }
}
