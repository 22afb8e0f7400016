//! What is printed: one line a figure, with its limit and whether it was kept.

use std::time::Instant;

/// The figures of a run.
#[derive(Default)]
pub(crate) struct Report {
    missed: Vec<String>,
}

impl Report {
    /// Begins a part.
    pub(crate) fn part(&self, title: &str) {
        println!("\n{title}");
    }

    /// A figure that has no limit.
    pub(crate) fn tell(&self, what: &str, measured: f64, unit: &str) {
        println!("  {what:<66} {measured:>9.2} {unit}");
    }

    /// What could not be measured here.
    pub(crate) fn leave_out(&self, what: &str, why: &str) {
        println!("  {what:<66} not measured: {why}");
    }

    /// A figure that must not be above its limit.
    pub(crate) fn at_most(&mut self, what: &str, measured: f64, unit: &str, limit: f64) {
        self.judge(what, measured, unit, ('≤', limit), measured <= limit);
    }

    /// A figure that must not be below its limit.
    pub(crate) fn at_least(&mut self, what: &str, measured: f64, unit: &str, limit: f64) {
        self.judge(what, measured, unit, ('≥', limit), measured >= limit);
    }

    fn judge(&mut self, what: &str, measured: f64, unit: &str, (sign, limit): (char, f64), kept: bool) {
        let verdict = if kept { "kept" } else { "NOT KEPT" };
        println!("  {what:<66} {measured:>9.2} {unit:<4} ({sign} {limit}) {verdict}");
        if !kept {
            self.missed.push(what.to_owned());
        }
    }

    /// Says which limits were missed; whether there were none.
    pub(crate) fn conclude(self) -> bool {
        match self.missed.len() {
            0 => println!("\nevery limit was kept"),
            _ => println!("\nNOT KEPT: {}", self.missed.join("; ")),
        }
        self.missed.is_empty()
    }
}

/// Milliseconds since then.
pub(crate) fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

/// The value below which that share of the others lies.
pub(crate) fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}

pub(crate) fn median(values: &[f64]) -> f64 {
    percentile(values, 0.5)
}
