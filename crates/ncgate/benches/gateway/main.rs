//! What the gateway costs, measured against the same emulator reached directly in the same run.
//!
//! `cargo bench -p ncgate --bench gateway` starts the real binary (emulator and gateway) on loopback, and prints every
//! figure that `docs/performance.md` quotes, with its limit and whether it was kept. Names choose parts of it:
//! `cargo bench -p ncgate --bench gateway -- scale`. Only two nodes need something beside: a PostgreSQL server, which
//! `cargo xtask postgres --durable -- cargo bench -p ncgate --bench gateway -- nodes` brings.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on should stop")]

mod calls;
mod clients;
#[path = "../../tests/it/browser/driver.rs"]
#[allow(dead_code, clippy::print_stderr, reason = "the stories of the dashboard use the rest")]
mod driver;
mod fleet;
mod house;
mod idle;
mod nodes;
mod pages;
mod paint;
#[path = "../../../../benches/report.rs"]
mod report;
mod scale;
mod seed;
mod start;
#[path = "../../tests/it/support.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod support;
mod tokens;
#[path = "../../tests/it/typical.rs"]
mod typical;
mod wire;

use report::Report;
use std::process::ExitCode;
use tokio::runtime::Runtime;

type Part = (&'static str, fn(&Runtime, &mut Report));

const PARTS: [Part; 7] = [
    ("calls", calls::measure),
    ("start", start::measure),
    ("idle", idle::measure),
    ("fleet", fleet::measure),
    ("tokens", tokens::measure),
    ("scale", scale::measure),
    ("nodes", nodes::measure),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    if let Some(unknown) = wanted.iter().find(|name| PARTS.iter().all(|(part, _)| part != name)) {
        println!("there is no part `{unknown}`; there are {}", PARTS.map(|(part, _)| part).join(", "));
        return ExitCode::FAILURE;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut report = Report::default();
    for (name, measure) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|one| one == name) {
            measure(&runtime, &mut report);
        }
    }
    report.conclude()
}
