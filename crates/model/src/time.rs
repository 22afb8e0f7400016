//! Points in time and where they come from: a clock is a value that is handed in, so tests can stop it.

pub use jiff::Timestamp;

/// Tells the time. The gate has the real one; tests have one they move by hand.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Milliseconds since 1970, the form in which the store keeps a time.
pub fn to_millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// The time that the store kept as milliseconds since 1970; out-of-range values become the epoch.
pub fn from_millis(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Cut to whole milliseconds, so that a time read back from the store equals the one written.
pub fn whole_millis(time: Timestamp) -> Timestamp {
    from_millis(to_millis(time))
}
