//! What a benchmark prints: tables in Markdown with a row for each figure, its limit, and whether that was kept.
//! `cargo xtask figures` takes them over into `docs/performance.md`. Every benchmark of the house uses this.

use std::process::ExitCode;
use std::time::Instant;

/// The figures of a run.
#[derive(Default)]
pub(crate) struct Report {
    missed: Vec<String>,
}

impl Report {
    /// Begins a part, whose figures follow.
    pub(crate) fn part(&self, title: &str) {
        println!("\n{title}\n");
        self.columns(&["figure", "limit", "measured"]);
    }

    /// Begins a table with columns of its own; each row is printed by [`Report::row`].
    pub(crate) fn columns(&self, names: &[&str]) {
        self.row(names);
        self.row(&vec!["---"; names.len()]);
    }

    /// One row of a table.
    pub(crate) fn row(&self, cells: &[&str]) {
        let (first, rest) = cells.split_first().expect("a table has columns");
        print!("| {first:<66} |");
        rest.iter().for_each(|cell| print!(" {cell:>12} |"));
        println!();
    }

    /// A figure that has no limit.
    pub(crate) fn tell(&self, what: &str, measured: f64, unit: &str) {
        self.row(&[what, "", &worded(measured, unit)]);
    }

    /// What could not be measured here.
    pub(crate) fn leave_out(&self, what: &str, why: &str) {
        self.row(&[what, "", &format!("not measured: {why}")]);
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
        let limit = format!("{sign} {}", worded(limit, unit));
        let verdict = if kept { "" } else { " **missed**" };
        self.row(&[what, &limit, &format!("{}{verdict}", worded(measured, unit))]);
        if !kept {
            self.missed.push(what.to_owned());
        }
    }

    /// Says which limits were missed; a failure if there were any.
    pub(crate) fn conclude(self) -> ExitCode {
        if self.missed.is_empty() {
            println!("\nevery limit was kept");
            return ExitCode::SUCCESS;
        }
        println!("\nMISSED: {}", self.missed.join("; "));
        ExitCode::FAILURE
    }
}

/// A figure with its unit: thousands apart, two decimals where there are few digits before them.
fn worded(value: f64, unit: &str) -> String {
    let decimals = if value.fract() == 0.0 || value.abs() >= 100.0 { 0 } else { 2 };
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').map_or((&*text, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    match unit {
        "" | "/s" => out + unit,
        unit => format!("{out} {unit}"),
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
