//! The one plot: calls over the last 24 hours, an hour a bar, by how they ended. Drawn by the server, so it is there
//! without scripts; the same numbers stand in a table for whoever does not look at pictures.

use super::html;
use askama::Template;
use gate::Overview;
use model::{Timestamp, time};

/// The results, from the ground of a bar upwards.
const RESULTS: [&str; 4] = ["done", "failed", "unknown", "refused"];

const HOURS: i64 = 24;
const HOUR: i64 = 3_600_000;

/// The drawing's size and the room around the bars, in its own units.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 44.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 24.0;

/// One hour.
struct Bar {
    hour: Timestamp,
    counts: [u64; 4],
    parts: Vec<Part>,
    middle: f64,
    has_label: bool,
}

impl Bar {
    fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// One result within an hour.
struct Part {
    result: &'static str,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// A line across, with its number.
struct Line {
    y: f64,
    calls: u64,
}

#[derive(Template)]
#[template(path = "parts/chart.html")]
pub(super) struct Chart {
    bars: Vec<Bar>,
    lines: Vec<Line>,
    totals: [(&'static str, u64); 4],
}

impl askama::filters::HtmlSafe for Chart {}

impl Chart {
    pub(super) fn of(overview: &Overview) -> Self {
        let last = time::to_millis(overview.now).div_euclid(HOUR);
        let mut counts = vec![[0; 4]; usize::try_from(HOURS).expect("a day is short")];
        for activity in &overview.activity {
            let at = time::to_millis(activity.hour).div_euclid(HOUR) - (last - HOURS + 1);
            let result = RESULTS.iter().position(|result| *result == activity.result);
            if let (Some(hour), Some(result)) =
                (usize::try_from(at).ok().and_then(|at| counts.get_mut(at)), result)
            {
                hour[result] += activity.calls;
            }
        }
        let most = scale(counts.iter().map(|hour| hour.iter().sum()).max().unwrap_or(0));
        let room = HEIGHT - TOP - BOTTOM;
        let y = |calls: u64| TOP + room * (1.0 - portion(calls, most));
        let step = (WIDTH - LEFT) / 24.0;
        let bars = (0_u8..).zip(&counts).map(|(at, counts)| {
            let left = LEFT + step * f64::from(at);
            let mut below = 0;
            let mut parts = Vec::new();
            for (result, calls) in RESULTS.iter().zip(counts).filter(|(_, calls)| **calls > 0) {
                let (foot, head) = (y(below), y(below + calls));
                parts.push(Part {
                    result,
                    x: left + step * 0.12,
                    y: head,
                    width: step * 0.76,
                    height: foot - head,
                });
                below += calls;
            }
            let hour = time::from_millis((last - HOURS + 1 + i64::from(at)) * HOUR);
            Bar { hour, counts: *counts, parts, middle: left + step / 2.0, has_label: at % 4 == 1 }
        });
        let lines = [0, most / 2, most].into_iter().map(|calls| Line { y: y(calls), calls });
        let totals = std::array::from_fn(|at| (RESULTS[at], counts.iter().map(|hour| hour[at]).sum()));
        Self { bars: bars.collect(), lines: lines.collect(), totals }
    }

    fn total(&self) -> u64 {
        self.totals.iter().map(|(_, calls)| calls).sum()
    }

    /// What the picture shows, in one sentence.
    fn sentence(&self) -> String {
        let parts: Vec<String> =
            self.totals.iter().map(|(result, calls)| format!("{calls} {result}")).collect();
        let calls = html::counted(self.total(), "call", "calls");
        format!("{calls} ended in the last 24 hours: {}.", parts.join(", "))
    }
}

/// The number at the top of the scale: even, and round where it is large.
fn scale(most: u64) -> u64 {
    let mut step = 2_u64;
    loop {
        for top in [step, step * 2, step * 5] {
            if top >= most && top % 2 == 0 {
                return top;
            }
        }
        step *= 10;
    }
}

/// A part of a whole, as a number to draw with.
fn portion(part: u64, whole: u64) -> f64 {
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gate::Activity;

    fn overview(activity: &[(i64, &str, u64)]) -> Overview {
        let activity = activity
            .iter()
            .map(|(hour, result, calls)| Activity {
                hour: time::from_millis(hour * HOUR),
                result: (*result).to_owned(),
                calls: *calls,
            })
            .collect();
        Overview { now: time::from_millis(100 * HOUR + 5), activity, underway: Vec::new() }
    }

    #[test]
    fn every_call_is_in_its_hour_and_the_bars_fit() {
        let chart = Chart::of(&overview(&[
            (100, "done", 7),
            (100, "failed", 3),
            (77, "refused", 1),
            (76, "done", 9),
        ]));
        assert_eq!(chart.bars.len(), 24);
        assert_eq!(chart.bars[23].counts, [7, 3, 0, 0]);
        assert_eq!(chart.bars[0].counts, [0, 0, 0, 1], "what is older than a day is left out");
        assert_eq!(
            chart.sentence(),
            "11 calls ended in the last 24 hours: 7 done, 3 failed, 0 unknown, 1 refused."
        );
        for part in chart.bars.iter().flat_map(|bar| &bar.parts) {
            assert!(
                part.y >= TOP - 0.01 && part.height > 0.0 && part.y + part.height <= HEIGHT - BOTTOM + 0.01
            );
        }
    }

    #[test]
    fn the_scale_is_round_and_holds_everything() {
        assert_eq!([0, 1, 3, 5, 11, 250, 999_999].map(scale), [2, 2, 4, 10, 20, 400, 1_000_000]);
    }
}
