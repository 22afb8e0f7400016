//! Held-decided-executed cycles a second, recorded durably: 32 callers whose commits are grouped, against the same
//! callers with one commit each, in the same run. On SQLite grouping must be at least twice as fast and reach 1,000
//! cycles a second. PostgreSQL is measured where `NCGATE_TEST_POSTGRES` names a server
//! (`cargo xtask postgres --durable -- cargo bench -p store`).
#![expect(clippy::print_stdout, reason = "a benchmark reports on the terminal")]

#[path = "../../../benches/report.rs"]
#[allow(dead_code, reason = "other benchmarks use the rest")]
mod report;
mod rows;
mod schema;

use model::{Approval, ApprovalId, ApprovalState, CallId, CallState, CallerId, Outcome, time};
use report::Report;
use rows::{START, call};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use store::writes::{Settlement, WriteState};
use store::{Checkpoints, Error, Location, Options, Store, Tx, approvals, audit, calls, writes};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

const CALLERS: usize = 32;

fn main() -> ExitCode {
    // `cargo test --all-targets` only wants to see that it works.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let cycles = if measured { 20 } else { 1 };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let mut report = Report::default();
    report.part("Held, decided, begun and finished, by 32 callers");
    let compare = |report: &mut Report, name: &str, place: &dyn Fn(&Path) -> Location| {
        let single = runtime.block_on(rate(1, cycles, place));
        let grouped = runtime.block_on(rate(CALLERS, cycles, place));
        report.tell(&format!("{name}: cycles with one commit each"), single, "/s");
        (grouped, grouped / single)
    };
    let (grouped, ratio) =
        compare(&mut report, "SQLite", &|folder| Location::Sqlite(folder.join("state.db")));
    let (what, against) =
        ("SQLite: cycles whose commits are grouped", "SQLite: grouped, against one commit each");
    if measured {
        report.at_least(what, grouped, "/s", 1000.0);
        report.at_least(against, ratio, "×", 2.0);
    } else {
        report.tell(what, grouped, "/s");
        report.tell(against, ratio, "×");
    }
    match std::env::var("NCGATE_TEST_POSTGRES") {
        Ok(server) => {
            let (grouped, ratio) =
                compare(&mut report, "PostgreSQL", &|_| Location::Postgres(schema::new(&server).into()));
            report.tell("PostgreSQL: cycles whose commits are grouped", grouped, "/s");
            report.tell("PostgreSQL: grouped, against one commit each", ratio, "×");
        }
        Err(_) => report.leave_out("PostgreSQL", "NCGATE_TEST_POSTGRES names no server"),
    }
    report.tell("opening a state that is there", runtime.block_on(opening()), "ms");
    report.conclude()
}

/// Cycles a second with so many transactions on their way at once: with one, each has a commit of its own.
async fn rate(at_once: usize, cycles: usize, place: &dyn Fn(&Path) -> Location) -> f64 {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let checkpoints = Some(Checkpoints::file(folder.path().join("checkpoints.json"), [7; 32]));
    let store = Store::open(place(folder.path()), Options { checkpoints }).expect("a fresh store");
    let turns = Arc::new(Semaphore::new(at_once));
    let begun = Instant::now();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (store, turns) = (store.clone(), Arc::clone(&turns));
        callers.spawn(async move {
            for cycle in 0..cycles {
                let name = format!("{caller}-{cycle}");
                for step in [hold, decide, begin, finish] {
                    let _turn = turns.acquire().await.expect("it stays open");
                    let name = name.clone();
                    store.write(move |tx| step(tx, &name)).await.expect("a step that is possible");
                }
            }
        });
    }
    callers.join_all().await;
    let rate = (CALLERS * cycles) as f64 / begun.elapsed().as_secs_f64();
    store.close().await;
    rate
}

/// Milliseconds that opening takes, the median of eleven.
async fn opening() -> f64 {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let mut times = Vec::new();
    for round in 0..12 {
        let checkpoints = Some(Checkpoints::file(folder.path().join("checkpoints.json"), [7; 32]));
        let location = Location::Sqlite(folder.path().join("state.db"));
        let begun = Instant::now();
        let store = Store::open(location, Options { checkpoints }).expect("a store");
        // The first round makes the file.
        if round > 0 {
            times.push(begun.elapsed());
        }
        store.write(|tx| record(tx, "opened", "none")).await.expect("room for an entry");
        store.close().await;
    }
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

fn record(tx: &mut Tx<'_>, event: &str, name: &str) -> Result<(), Error> {
    let body =
        json!({"connection": "acme", "caller": "triage", "call": name, "tool": "n_central-run-direct-task"});
    audit::append(tx, "acme", START, event, body).map(|_| ())
}

fn hold(tx: &mut Tx<'_>, name: &str) -> Result<(), Error> {
    let mut row = call(name, "triage", CallState::Pending);
    row.call.approval_id = Some(ApprovalId::new(name));
    calls::insert(tx, &row)?;
    writes::insert_all(tx, &row.call.id, &[Some(0)])?;
    approvals::insert(
        tx,
        &Approval {
            id: ApprovalId::new(name),
            call_id: row.call.id.clone(),
            connection_id: row.call.connection_id.clone(),
            caller_id: row.call.caller_id.clone(),
            state: ApprovalState::Pending,
            plan_digest: name.into(),
            reason: None,
            held_by: "approval_needed".into(),
            confirm_required: None,
            created_at: START,
            expires_at: time::from_millis(1000),
            decided_by: None,
            decided_at: None,
            decision_reason: None,
        },
    )?;
    record(tx, "held", name)
}

fn decide(tx: &mut Tx<'_>, name: &str) -> Result<(), Error> {
    let by = CallerId::new("ana");
    assert!(approvals::decide(tx, &ApprovalId::new(name), ApprovalState::Approved, Some(&by), START, None)?);
    assert!(calls::set_state(tx, &CallId::new(name), &[CallState::Pending], CallState::Queued)?);
    record(tx, "approved", name)
}

fn begin(tx: &mut Tx<'_>, name: &str) -> Result<(), Error> {
    let call = CallId::new(name);
    let claimed = calls::claim(tx, &call, START, time::from_millis(1000))?.expect("nobody else wants it");
    assert!(calls::set_state(tx, &call, &[CallState::Queued], CallState::Executing)?);
    assert!(writes::commit_intent(tx, &call, 0, claimed.fence, name, START)?);
    record(tx, "intent", name)
}

fn finish(tx: &mut Tx<'_>, name: &str) -> Result<(), Error> {
    let call = CallId::new(name);
    let done = Settlement { state: WriteState::Done, receipt: None, task_id: Some(json!(9001)), error: None };
    assert!(writes::settle(tx, &call, 0, WriteState::Intent, &done, START)?);
    assert!(calls::finish(tx, &call, Some(1), Outcome::Done, None, None, START)?);
    record(tx, "outcome", name)
}
