//! Claims a second out of a queue of 100 calls and of 20,000, half of which wait for their time: a worker's way to its
//! next call must not grow with what others have queued. The rate with 20,000 must be at least half of that with 100.
//! PostgreSQL is measured where `NCGATE_TEST_POSTGRES` names a server
//! (`cargo xtask postgres -- cargo bench -p store --bench claims`).
#![expect(clippy::print_stdout, reason = "a benchmark reports on the terminal")]

#[path = "../../../benches/report.rs"]
#[allow(dead_code, reason = "other benchmarks use the rest")]
mod report;
mod rows;
mod schema;

use model::{CallId, CallState, time};
use report::Report;
use rows::{START, call};
use std::collections::VecDeque;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;
use store::{Error, Location, Options, Store, Tx, calls};

/// Callers that have calls queued.
const CALLERS: usize = 4;
/// How many calls are in hand at once, as a node's workers have.
const IN_HAND: usize = 16;
/// Claims in one transaction: what is measured is the claim, not the disk.
const IN_ONE: usize = 50;

fn main() -> ExitCode {
    // `cargo test --all-targets` only wants to see that it works.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let (many, rounds) = if measured { (20_000, 20) } else { (200, 1) };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut report = Report::default();
    report.part("Claims out of a queue");
    let mut compare = |name: &str, place: &dyn Fn(&Path) -> Location| {
        let few = runtime.block_on(rate(100, rounds, place));
        report.tell(&format!("{name}: claims out of 100 queued calls"), few, "/s");
        let ratio = runtime.block_on(rate(many, rounds, place)) / few;
        let what = format!("{name}: out of {many}, against out of 100");
        match measured {
            true => report.at_least(&what, ratio, "×", 0.5),
            false => report.tell(&what, ratio, "×"),
        }
    };
    compare("SQLite", &|folder| Location::Sqlite(folder.join("state.db")));
    match std::env::var("NCGATE_TEST_POSTGRES") {
        Ok(server) => compare("PostgreSQL", &|_| Location::Postgres(schema::new(&server).into())),
        Err(_) => report.leave_out("PostgreSQL", "NCGATE_TEST_POSTGRES names no server"),
    }
    report.conclude()
}

/// Claims a second while so many calls are queued.
async fn rate(queued: usize, rounds: usize, place: &dyn Fn(&Path) -> Location) -> f64 {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let store = Store::open(place(folder.path()), Options::default()).expect("a fresh store");
    store
        .write(move |tx| (0..queued).try_for_each(|number| queue(tx, number)))
        .await
        .expect("room for calls");
    let begun = Instant::now();
    let mut in_hand = VecDeque::new();
    for _ in 0..rounds {
        let held = std::mem::take(&mut in_hand);
        in_hand = store.write(move |tx| claim(tx, held.clone())).await.expect("calls to claim");
    }
    let rate = (rounds * IN_ONE) as f64 / begun.elapsed().as_secs_f64();
    store.close().await;
    rate
}

fn queue(tx: &mut Tx<'_>, number: usize) -> Result<(), Error> {
    let caller = format!("caller {}", number / 2 % CALLERS);
    let mut row = call(&format!("call {number:06}"), &caller, CallState::Queued);
    // Every other call waits for tomorrow.
    row.call.run_at = (number % 2 == 1).then(|| time::from_millis(86_400_000));
    calls::insert(tx, &row)
}

/// Claims calls, and lets go of each when as many as workers have are in hand, so that the queue stays as it is.
fn claim(tx: &mut Tx<'_>, mut in_hand: VecDeque<(CallId, i64)>) -> Result<VecDeque<(CallId, i64)>, Error> {
    for _ in 0..IN_ONE {
        if in_hand.len() == IN_HAND {
            let (id, fence) = in_hand.pop_front().expect("it holds some");
            calls::release(tx, &id, fence)?;
        }
        let row = calls::claim_next(tx, START, time::from_millis(60_000))?.expect("some are left");
        in_hand.push_back((row.call.id, row.fence));
    }
    Ok(in_hand)
}
