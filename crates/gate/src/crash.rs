//! Places between two steps at which a test ends the process as `kill -9` would. They do nothing unless the feature
//! `crash-points` is compiled in, which no release has.

/// Ends the process here if the test asked for it: `NCGATE_CRASH_AT=NAME`, or `NAME:3` for the third time.
#[cfg(feature = "crash-points")]
pub(crate) fn point(name: &str) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static PASSED: AtomicU32 = AtomicU32::new(0);
    let Ok(wanted) = std::env::var("NCGATE_CRASH_AT") else { return };
    let (place, time) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if place == name && PASSED.fetch_add(1, Ordering::SeqCst) + 1 >= time.parse().unwrap_or(1) {
        std::process::abort();
    }
}

#[cfg(not(feature = "crash-points"))]
pub(crate) fn point(_name: &str) {}
