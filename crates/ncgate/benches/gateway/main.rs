//! What the gateway costs, measured against the same emulator reached directly in the same run.
//!
//! `cargo bench -p ncgate --bench gateway` starts the real binary twice (emulator and gateway) on loopback, and prints
//! for each promise what was measured, its limit, and whether it was kept:
//!
//! - 64 MCP clients listing 50 devices each, against what five keep-alive clients reach without the gateway;
//! - what the gateway adds to one `get-device` call, against the same GET;
//! - spawn to the first `tools/list` on standard input and output, and the memory it takes.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on should stop")]

mod children;
mod clients;

use children::{Child, stdio_start};
use clients::{Direct, Mcp};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Latency of one call, and how many of it N-central lets in at once.
const LATENCY_MS: u64 = 50;
const LIMIT: usize = 5;

fn main() {
    let seconds = std::env::var("BENCH_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(10);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let kept = runtime.block_on(measure(Duration::from_secs(seconds)));
    std::process::exit(if kept { 0 } else { 1 });
}

/// Prints one line and answers whether the limit was kept.
fn judge(what: &str, measured: f64, unit: &str, limit: f64, at_least: bool) -> bool {
    let kept = if at_least { measured >= limit } else { measured <= limit };
    let (sign, verdict) = (if at_least { "≥" } else { "≤" }, if kept { "kept" } else { "NOT KEPT" });
    println!("{what:<58} {measured:>9.2} {unit:<4} ({sign} {limit}) {verdict}");
    kept
}

async fn measure(length: Duration) -> bool {
    let state = tempfile::tempdir().unwrap();
    let latency = LATENCY_MS.to_string();
    let limit = format!("listDevices={LIMIT}");
    let emulator = Child::start(
        state.path(),
        &[
            "emulator",
            "--listen",
            "127.0.0.1:0",
            "--devices",
            "3200",
            "--latency-ms",
            &latency,
            "--limit",
            &limit,
        ],
    );
    let key = children::prepare(state.path(), emulator.text("url"), emulator.text("jwt"));
    let serve = Child::start(state.path(), &["serve", "--listen", "127.0.0.1:0"]);
    let direct = Arc::new(Direct::sign_in(emulator.text("url"), emulator.text("jwt")).await);
    let mcp = Arc::new(Mcp::new(serve.text("mcp_url"), &key));

    // Both ways once, so that neither pays for a first connection or sign-in.
    direct.devices(1).await;
    mcp.call("n_central-list-devices", json!({"page_size": 50})).await;

    let (by_five, _, _) = throughput(LIMIT, length, |page| {
        let direct = Arc::clone(&direct);
        async move { direct.devices(page).await }
    })
    .await;
    emulator.clear_requests().await;
    let (by_clients, latencies, failed) = throughput(64, length, |page| {
        let mcp = Arc::clone(&mcp);
        async move { mcp.call("n_central-list-devices", json!({"page_size": 50, "page_number": page})).await }
    })
    .await;
    let fair = 64.0 / LIMIT as f64 * LATENCY_MS as f64;
    println!(
        "five clients without the gateway: {by_five:.1}/s; 64 MCP clients through it: {by_clients:.1}/s"
    );
    let mut kept =
        judge("throughput of 64 clients against five direct ones", by_clients / by_five, "×", 0.93, true);
    kept &= judge("their p99 against the fair share", percentile(&latencies, 0.99) / fair, "×", 1.3, false);
    kept &= judge("their failed calls", failed as f64, "", 0.0, false);
    kept &= judge(
        "429 answers that N-central had to give",
        emulator.throttled("listDevices").await as f64,
        "",
        0.0,
        false,
    );

    let id = direct.some_device().await;
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..60 {
        let began = Instant::now();
        direct.device(id).await;
        without.push(millis(began));
        let began = Instant::now();
        assert!(mcp.call("n_central-get-device", json!({"device_id": id})).await);
        with.push(millis(began));
    }
    let added = percentile(&with, 0.5) - percentile(&without, 0.5);
    kept &= judge("added to one get-device call (median)", added, "ms", 2.0, false);
    drop(serve);

    let mut starts = Vec::new();
    let mut resident = 0.0_f64;
    for _ in 0..15 {
        let (took, megabytes) = stdio_start(state.path(), &key);
        starts.push(took);
        resident = resident.max(megabytes);
    }
    kept &= judge("spawn to the first tools/list (best of 15)", percentile(&starts, 0.0), "ms", 25.0, false);
    kept &= judge("spawn to the first tools/list (median)", percentile(&starts, 0.5), "ms", 40.0, false);
    kept &= judge("resident memory after it", resident, "MB", 30.0, false);
    kept
}

/// Calls for a while with many clients, each on pages of its own; answers calls a second, their times in ms, failures.
async fn throughput<F>(clients: usize, length: Duration, call: impl Fn(usize) -> F) -> (f64, Vec<f64>, usize)
where
    F: Future<Output = bool> + Send + 'static,
{
    let began = Instant::now();
    let end = began + length;
    let mut running = JoinSet::new();
    let mut times = Vec::new();
    let mut failed = 0;
    let mut next = 0;
    let mut spawn = |running: &mut JoinSet<(bool, f64)>| {
        next += 1;
        let one = call(next % 64 + 1);
        running.spawn(async move {
            let began = Instant::now();
            (one.await, millis(began))
        });
    };
    for _ in 0..clients {
        spawn(&mut running);
    }
    let mut done = 0;
    while let Some(one) = running.join_next().await {
        let (went_well, took) = one.unwrap();
        if Instant::now() < end {
            done += 1;
            spawn(&mut running);
        }
        times.push(took);
        failed += usize::from(!went_well);
    }
    (done as f64 / length.as_secs_f64(), times, failed)
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}
