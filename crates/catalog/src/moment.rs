//! Times as N-central writes them, turned into ISO-8601 with offset (contract/NOTES.md, section 6).

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

/// The same moment in ISO-8601, to the second, with the offset it came with; `Z` where it came without one. A
/// plain date stays a date. None for text that is no time.
pub(crate) fn iso(text: &str) -> Option<String> {
    let text = text.trim();
    if let Ok(date) = text.parse::<Date>()
        && text.len() == 10
    {
        return Some(date.to_string());
    }
    let (moment, offset) = read(text)?;
    let civil = offset.to_datetime(moment).round(jiff::Unit::Second).ok()?;
    Some(match offset {
        Offset::UTC => format!("{civil}Z"),
        offset => format!("{civil}{}", offset_text(offset)),
    })
}

/// A time that came without offset, with the offset of another one beside it.
pub(crate) fn with_offset_of(text: &str, beside: &str) -> String {
    match (offset_at(text.trim()), offset_at(beside.trim())) {
        (None, Some(at)) => format!("{}{}", text.trim(), beside.trim()[at..].trim_start()),
        _ => text.to_owned(),
    }
}

/// The moment, for comparing.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    read(text.trim()).map(|(moment, _)| moment)
}

fn read(text: &str) -> Option<(Timestamp, Offset)> {
    // `[Zone/Name]` repeats in words what the offset says.
    let text = text.split_once('[').map_or(text, |(moment, _)| moment);
    if text.len() >= 11 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Timestamp::from_millisecond(text.parse().ok()?).ok().map(|moment| (moment, Offset::UTC));
    }
    let (civil, offset) = split_offset(text)?;
    let civil: DateTime = civil.trim_end().parse().ok()?;
    let zone = TimeZone::fixed(offset);
    zone.to_timestamp(civil).ok().map(|moment| (moment, offset))
}

/// Where an offset begins: its sign stands behind the date, whose own dashes are within the first ten bytes.
fn offset_at(text: &str) -> Option<usize> {
    text.get(10..)?.find(['+', '-', 'Z', 'z']).map(|at| at + 10)
}

/// Parts `YYYY-MM-DD HH:MM:SS.mmm ±HHMM`, `±HH:MM`, `Z` or nothing.
fn split_offset(text: &str) -> Option<(&str, Offset)> {
    if let Some(civil) = text.strip_suffix(['Z', 'z']) {
        return Some((civil, Offset::UTC));
    }
    let Some(at) = offset_at(text) else { return Some((text, Offset::UTC)) };
    let (civil, offset) = text.split_at(at);
    let digits: String = offset[1..].chars().filter(|c| *c != ':').collect();
    let (hours, minutes): (i32, i32) = match digits.len() {
        2 => (digits.parse().ok()?, 0),
        4 => (digits[..2].parse().ok()?, digits[2..].parse().ok()?),
        _ => return None,
    };
    let seconds = (hours * 60 + minutes) * 60;
    Offset::from_seconds(if offset.starts_with('-') { -seconds } else { seconds }).ok().map(|o| (civil, o))
}

fn offset_text(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// How long before `now` a moment was, in the two largest units: `3 h 20 min`, `12 d 4 h`.
pub(crate) fn age(moment: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(moment).as_secs().max(0) / 60;
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_contract_becomes_iso_with_offset() {
        for (given, expected) in [
            ("2026-03-04T13:58:21.000Z", "2026-03-04T13:58:21Z"),
            ("2026-03-04T13:58:21", "2026-03-04T13:58:21Z"),
            ("2026-03-04T08:58:21.000-05:00", "2026-03-04T08:58:21-05:00"),
            ("2026-03-04 08:56:02.117 -0500", "2026-03-04T08:56:02-05:00"),
            ("2026-02-27 03:06:12.904", "2026-02-27T03:06:13Z"),
            ("2026-03-04 08:56:02.11", "2026-03-04T08:56:02Z"),
            ("2026-03-04T14:58:21+01:00[Europe/Vienna]", "2026-03-04T14:58:21+01:00"),
            ("2026-03-04T13:58:21Z[UTC]", "2026-03-04T13:58:21Z"),
            ("1772632701000", "2026-03-04T13:58:21Z"),
            ("2027-06-30", "2027-06-30"),
        ] {
            assert_eq!(iso(given).as_deref(), Some(expected), "{given}");
        }
        for none in ["", "-", "yesterday", "12", "2026-13-01", "2026-03-04T08:58:21+5"] {
            assert_eq!(iso(none), None, "{none}");
        }
    }

    #[test]
    fn a_time_takes_the_offset_of_the_one_beside_it() {
        let beside = "2026-03-04 08:56:02.117 -0500";
        assert_eq!(
            iso(&with_offset_of("2026-02-27 03:06:12.904", beside)).unwrap(),
            "2026-02-27T03:06:13-05:00"
        );
        assert_eq!(with_offset_of(beside, "2026-03-04T00:00:00Z"), beside);
    }

    #[test]
    fn ages_read_like_speech() {
        let now: Timestamp = "2026-03-04T12:00:00Z".parse().unwrap();
        for (then, said) in [
            ("2026-03-04T11:55:00Z", "5 min"),
            ("2026-03-04T08:40:00Z", "3 h 20 min"),
            ("2026-02-20T08:00:00Z", "12 d 4 h"),
        ] {
            assert_eq!(age(parse(then).unwrap(), now), said);
        }
    }
}
