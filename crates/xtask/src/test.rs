//! The one command for all checks and tests: the steps in order, a table of them at the end. It stops at the first
//! failure; what a step needs and can't find is installed, or the step fails, never skipped in silence.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::{browser, codegen, conformance, documents, peers, postgres, setup, sh, tidy};

/// One step of the run.
struct Step {
    name: &'static str,
    /// Whether it needs more than the Rust toolchain; `--fast` leaves it out.
    extra: bool,
    /// Runs it in the workspace; told whether this is a fast run.
    run: fn(&Path, bool) -> Result<()>,
}

const STEPS: [Step; 11] = [
    Step { name: "setup", extra: true, run: |_, _| setup::run() },
    Step { name: "codegen", extra: false, run: |root, _| codegen::run(root, codegen::Mode::Check) },
    Step { name: "tidy", extra: false, run: |root, _| tidy::run(root) },
    Step { name: "format", extra: false, run: |root, _| cargo(root, "fmt --all --check") },
    Step {
        name: "clippy",
        extra: false,
        run: |root, _| {
            cargo(root, "clippy --locked --workspace --all-targets --features mcp/conformance -- -D warnings")
        },
    },
    Step { name: "deny", extra: true, run: |root, _| deny(root) },
    Step {
        name: "package",
        extra: true,
        run: |root, _| cargo(root, "package --package ncentral --allow-dirty --no-verify --quiet"),
    },
    Step { name: "tests", extra: false, run: tests },
    Step { name: "fuzz", extra: false, run: |root, _| fuzz(root) },
    Step { name: "peers", extra: true, run: |root, _| peers::run(root) },
    Step { name: "conformance", extra: true, run: |root, _| conformance::run(root) },
];

/// How a step ended.
#[derive(Clone, Copy)]
enum Ending {
    Passed(Duration),
    Failed(Duration),
    /// A step before it failed.
    NotReached,
    /// `--fast` left it out.
    LeftOut,
}

/// Runs the steps and prints their table. Fails with the first one that does.
pub(crate) fn run(root: &Path, fast: bool) -> Result<()> {
    let (rows, result) = walk(&STEPS, root, fast);
    println!("\n{}", table(&rows));
    result
}

fn walk(steps: &[Step], root: &Path, fast: bool) -> (Vec<(&'static str, Ending)>, Result<()>) {
    let mut rows = Vec::new();
    let mut result = Ok(());
    for step in steps {
        let ending = if result.is_err() {
            Ending::NotReached
        } else if fast && step.extra {
            Ending::LeftOut
        } else {
            println!("\n== {} ==", step.name);
            let start = Instant::now();
            result = (step.run)(root, fast).with_context(|| format!("step `{}`", step.name));
            if result.is_ok() { Ending::Passed(start.elapsed()) } else { Ending::Failed(start.elapsed()) }
        };
        rows.push((step.name, ending));
    }
    (rows, result)
}

fn cargo(root: &Path, line: &str) -> Result<()> {
    sh::run(&mut sh::cargo(root, &line.split(' ').collect::<Vec<_>>()))
}

/// Every test, with a PostgreSQL server, a browser and what the documentation uses. A fast run has no server, and leaves
/// out the stories in the browser and the kills at random; what needs another thing that is missing says so.
fn tests(root: &Path, fast: bool) -> Result<()> {
    if fast {
        return cargo(root, "test --locked --workspace -- --skip browser:: --skip soak::");
    }
    let cluster = postgres::Cluster::start(false)?;
    let mut tests = sh::cargo(root, &["test", "--locked", "--workspace"]);
    browser::require(root, &mut tests)?;
    documents::require(&mut tests)?;
    sh::run(tests.env(postgres::VARIABLE, cluster.url()))
}

/// How many mutations of its corpus each fuzz target is given: half a minute's worth.
const FUZZ_ROUNDS: &str = "3000";

/// The fuzz targets' bodies on the toolchain that is there: the committed corpus and mutations that are the same
/// everywhere. It asks for every test binary of the workspace, so that what the step before has built will do.
fn fuzz(root: &Path) -> Result<()> {
    let mut tests = sh::cargo(root, &["test", "--locked", "--workspace", "--test", "it", "--", "fuzzing::"]);
    sh::run(tests.env("NCGATE_FUZZ_ROUNDS", FUZZ_ROUNDS))
}

/// Licences, bans and sources of everything the workspace depends on, as `deny.toml` allows them.
fn deny(root: &Path) -> Result<()> {
    if sh::output(&mut sh::cargo(root, &["deny", "--version"])).is_err() {
        cargo(root, "install --locked cargo-deny@0.20.2")
            .context("cargo-deny is missing and could not be installed")?;
    }
    cargo(root, "deny --locked --all-features check bans licenses sources")
}

fn table(rows: &[(&str, Ending)]) -> String {
    let mut text = format!("{:<11} {:>8}  result", "step", "seconds");
    let mut total = Duration::ZERO;
    for (name, ending) in rows {
        let (time, result) = match *ending {
            Ending::Passed(time) => (Some(time), "passed"),
            Ending::Failed(time) => (Some(time), "FAILED"),
            Ending::NotReached => (None, "not reached"),
            Ending::LeftOut => (None, "left out (--fast)"),
        };
        total += time.unwrap_or_default();
        let seconds = time.map_or_else(|| "-".to_owned(), |time| format!("{:.1}", time.as_secs_f64()));
        write!(text, "\n{name:<11} {seconds:>8}  {result}").expect("a String takes everything");
    }
    write!(text, "\n{:<11} {:>8.1}", "total", total.as_secs_f64()).expect("a String takes everything");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_ends_the_run_and_is_named() {
        let steps = [
            Step { name: "first", extra: false, run: |_, _| Ok(()) },
            Step { name: "second", extra: true, run: |_, _| Ok(()) },
            Step { name: "third", extra: false, run: |_, _| anyhow::bail!("no luck") },
            Step { name: "fourth", extra: false, run: |_, _| unreachable!("a step after a failure") },
        ];
        let (rows, result) = walk(&steps, Path::new("."), true);
        assert!(matches!(
            rows[..],
            [
                ("first", Ending::Passed(_)),
                ("second", Ending::LeftOut),
                ("third", Ending::Failed(_)),
                ("fourth", Ending::NotReached)
            ]
        ));
        assert_eq!(format!("{:#}", result.unwrap_err()), "step `third`: no luck");
    }

    #[test]
    fn the_table_shows_every_step_and_how_it_ended() {
        let rows = [
            ("codegen", Ending::Passed(Duration::from_millis(240))),
            ("deny", Ending::LeftOut),
            ("clippy", Ending::Failed(Duration::from_secs(83))),
            ("tests", Ending::NotReached),
        ];
        assert_eq!(
            table(&rows),
            "\
step         seconds  result
codegen          0.2  passed
deny               -  left out (--fast)
clippy          83.0  FAILED
tests              -  not reached
total           83.2"
        );
    }
}
