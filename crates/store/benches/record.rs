//! The audit chain in bulk: entries appended a second, a thousand in each transaction, and entries verified a second as
//! `ncgate audit verify` does it. The whole command over 1,000,000 entries is measured with the real binary:
//! `cargo bench -p ncgate --bench gateway -- scale`.
#![expect(clippy::print_stdout, reason = "a benchmark reports on the terminal")]

#[path = "../../../benches/report.rs"]
#[allow(dead_code, reason = "other benchmarks use the rest")]
mod report;

use model::time;
use report::Report;
use serde_json::json;
use std::process::ExitCode;
use std::time::Instant;
use store::{Checkpoints, Error, Location, Options, Store, audit};

const KEY: [u8; 32] = [7; 32];
const BATCH: i64 = 1000;

fn main() -> ExitCode {
    // `cargo test --all-targets` only wants to see that it works.
    let batches = if std::env::args().any(|argument| argument == "--bench") { 200 } else { 1 };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let (database, noted) = (folder.path().join("state.db"), folder.path().join("checkpoints.json"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let begun = Instant::now();
    runtime.block_on(async {
        let checkpoints = Some(Checkpoints::file(&noted, KEY));
        let store =
            Store::open(Location::Sqlite(database.clone()), Options { checkpoints }).expect("a store");
        for batch in 0..batches {
            let append = move |number| entry(batch * BATCH + number);
            store
                .write(move |tx| {
                    (0..BATCH).map(append).try_for_each(|(at, body)| {
                        audit::append(tx, "acme", time::from_millis(at), "call.read", body).map(|_| ())
                    })?;
                    Ok::<_, Error>(())
                })
                .await
                .expect("room for entries");
        }
        store.close().await;
    });
    let entries = (batches * BATCH) as f64;
    let report = Report::default();
    report.part("The record, 1,000 entries in each transaction");
    report.tell("entries appended", entries / begun.elapsed().as_secs_f64(), "/s");
    let begun = Instant::now();
    let verdict = audit::verify_file(&database, &noted, KEY).expect("a record that can be read");
    assert_eq!(verdict.broken, None);
    report.tell("entries verified, in a warm cache", entries / begun.elapsed().as_secs_f64(), "/s");
    report.conclude()
}

/// What the gateway records of a look-up, and when.
fn entry(number: i64) -> (i64, serde_json::Value) {
    let body = json!({
        "connection": "acme", "caller": "triage", "caller_name": "triage", "caller_kind": "agent",
        "source": {"face": "mcp", "address": "127.0.0.1:40000", "client": "bench", "version": "1.0"},
        "call": format!("01997d00-0000-7000-8000-{number:012x}"), "tool": "n_central-get-device",
        "arguments": {"device_id": 1000 + number % 600}, "policy": "auto", "policy_version": 1,
        "requests": [
            {"operation": "getDevice", "method": "GET", "path": "/api/devices/1001", "status": 200, "millis": 12},
            {"operation": "listDevices", "method": "GET", "path": "/api/devices", "status": 200, "millis": 14},
        ],
        "outcome": "done", "millis": 31,
    });
    (number * 10, body)
}
