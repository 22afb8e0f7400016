//! The emulator's own clock: it runs with real time (or with a paused test clock) and can be moved ahead, so that
//! token lifetimes, tasks and reports need no waiting.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use tokio::time::Instant;

/// The server's time zone: fixed, because a fixture that moves with daylight saving is no fixture.
pub(crate) const ZONE_NAME: &str = "America/New_York";
const OFFSET_SECONDS: i32 = -5 * 3600;

pub(crate) struct Clock {
    base_ms: i64,
    since: Instant,
    ahead: Duration,
}

impl Clock {
    pub(crate) fn new(start: Option<i64>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is where the emulator's clock is set")]
        let base_ms = start.unwrap_or_else(|| Timestamp::now().as_millisecond());
        Self { base_ms, since: Instant::now(), ahead: Duration::ZERO }
    }

    pub(crate) fn started_ms(&self) -> i64 {
        self.base_ms
    }

    /// Epoch milliseconds on the emulator's clock.
    pub(crate) fn now_ms(&self) -> i64 {
        let gone = self.since.elapsed().saturating_add(self.ahead);
        self.base_ms.saturating_add(i64::try_from(gone.as_millis()).unwrap_or(i64::MAX)).min(LAST_MS)
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.ahead = self.ahead.saturating_add(by);
    }
}

/// The end of the year 9000: far enough, and still printable with any offset.
const LAST_MS: i64 = 221_845_392_000_000;

fn zoned(ms: i64, offset: Offset) -> jiff::Zoned {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(TimeZone::fixed(offset))
}

fn local(ms: i64) -> jiff::Zoned {
    zoned(ms, Offset::from_seconds(OFFSET_SECONDS).unwrap_or(Offset::UTC))
}

/// `2026-03-04T14:05:09.412Z`
pub(crate) fn iso_utc(ms: i64) -> String {
    zoned(ms, Offset::UTC).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// `2026-03-04T13:58:21`, which readers take as UTC: how check-in times are written (NOTES §6).
pub(crate) fn iso_bare(ms: i64) -> String {
    zoned(ms, Offset::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// `2026-03-04T09:05:09.412-05:00`
pub(crate) fn iso_local(ms: i64) -> String {
    local(ms).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

/// `2026-05-01T23:59:00-04:00[America/New_York]`
pub(crate) fn iso_with_zone(ms: i64) -> String {
    format!("{}[{ZONE_NAME}]", local(ms).strftime("%Y-%m-%dT%H:%M:%S%:z"))
}

/// `2026-03-04 08:56:02.117 -0500`
pub(crate) fn scan_time(ms: i64) -> String {
    local(ms).strftime("%Y-%m-%d %H:%M:%S%.3f %z").to_string()
}

/// `2026-02-27 03:06:12.904`, without an offset.
pub(crate) fn scan_time_bare(ms: i64) -> String {
    local(ms).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// `2027-06-30`
pub(crate) fn date(ms: i64) -> String {
    local(ms).strftime("%Y-%m-%d").to_string()
}

/// `-05:00`
pub(crate) fn offset_text() -> String {
    local(0).strftime("%:z").to_string()
}

pub(crate) const SECOND: i64 = 1000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;
