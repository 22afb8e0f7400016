//! Throughput and fairness at 1, 16 and 64 clients, against what N-central's limit allows; and what the gateway adds to
//! one call.

use crate::clients::{Direct, Mcp};
use crate::house::{House, forget_counts, key, throttled};
use crate::report::{Report, median, millis, percentile};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// Latency of one call, and how many of it N-central lets in at once.
const LATENCY_MS: u64 = 50;
const LIMIT: usize = 5;
const CLIENTS: [usize; 3] = [1, 16, 64];
const PAGES: usize = 64;

/// How often each figure is taken, in turns with what it is compared with.
const TURNS: usize = 3;

/// How long each figure is taken in one turn.
fn length() -> Duration {
    let seconds = std::env::var("BENCH_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(4))
}

pub(crate) fn measure(runtime: &Runtime, report: &mut Report) {
    report.part("Throughput, fairness, added latency");
    let (latency, limit) = (LATENCY_MS.to_string(), format!("listDevices={LIMIT}"));
    let house = House::new(&["--devices", "3200", "--latency-ms", &latency, "--limit", &limit]);
    let (serve, admin) = house.serve();
    let direct = Arc::new(runtime.block_on(Direct::sign_in(&house.emulator)));
    let noisy = Arc::new(Mcp::new(serve.text("mcp_url"), &key(&serve, &admin, "noisy")));
    let quiet = Arc::new(Mcp::new(serve.text("mcp_url"), &key(&serve, &admin, "quiet")));
    // Both ways once, so that neither pays for a first connection or sign-in.
    runtime.block_on(async {
        direct.devices(1).await;
        noisy.call("n_central-list-devices", json!({"page_size": 50})).await;
    });

    let id = runtime.block_on(direct.some_device());
    let (without, with) = runtime.block_on(alternately(&direct, &quiet, &id, 100));
    report.at_most("added to one get-device call (median)", median(&with) - median(&without), "ms", 2.0);

    for clients in CLIENTS {
        let at_best = clients.min(LIMIT);
        let (mut against, mut tails, mut rates, mut failures) = (vec![], vec![], vec![], 0);
        forget_counts(&house.emulator);
        // In turns, so that what else the machine does falls on both.
        for _ in 0..TURNS {
            let (without, _, _) = runtime.block_on(throughput(at_best, |page| {
                let direct = Arc::clone(&direct);
                async move { direct.devices(page).await }
            }));
            let (with, times, failed) = runtime.block_on(throughput(clients, |page| list(&noisy, page)));
            against.push(with / without);
            // What each would wait if all took turns at the rate that is reached without the gateway.
            tails.push(percentile(&times, 0.99) / (clients as f64 / without * 1000.0));
            rates.push(with);
            failures += failed;
        }
        let what = format!("throughput of {clients} clients against {at_best} without the gateway");
        report.at_least(&what, median(&against), "×", if clients == 1 { 0.9 } else { 0.93 });
        report.tell("  that is", median(&rates), "/s");
        let what = format!("p99 of {clients} clients against their fair share of that");
        report.at_most(&what, median(&tails), "×", if clients == 1 { 2.0 } else { 1.3 });
        report.at_most(&format!("failed calls of {clients} clients"), failures as f64, "", 0.0);
        let refused = throttled(&house.emulator, "listDevices");
        report.at_most("429 answers that N-central gave meanwhile", refused, "", 0.0);
    }

    let alone = runtime.block_on(technician(&quiet, 20));
    let beside = runtime.block_on(async {
        let mut crowd = JoinSet::new();
        for client in 0..64 {
            let noisy = Arc::clone(&noisy);
            crowd.spawn(async move {
                for page in 0.. {
                    list(&noisy, (client + page) % PAGES + 1).await;
                }
            });
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        technician(&quiet, 40).await
    });
    // In its turn: at most one call of the other's that has begun goes before.
    report.at_most(
        "a quiet caller beside 64 noisy clients of one key (median)",
        median(&beside) / median(&alone),
        "×",
        2.2,
    );
    report.at_most("the same (p99)", percentile(&beside, 0.99) / median(&alone), "×", 3.3);
}

fn list(mcp: &Arc<Mcp>, page: usize) -> impl Future<Output = bool> + Send + use<> {
    let mcp = Arc::clone(mcp);
    async move { mcp.call("n_central-list-devices", json!({"page_size": 50, "page_number": page})).await }
}

/// The times of a caller who asks once in a while.
async fn technician(mcp: &Arc<Mcp>, calls: usize) -> Vec<f64> {
    let mut times = Vec::new();
    for page in 1..=calls {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let began = Instant::now();
        assert!(list(mcp, page % PAGES + 1).await);
        times.push(millis(began));
    }
    times
}

/// The same device again and again, in turns without the gateway and through it.
pub(crate) async fn alternately(
    direct: &Direct,
    mcp: &Mcp,
    id: &Value,
    calls: usize,
) -> (Vec<f64>, Vec<f64>) {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..calls {
        let began = Instant::now();
        assert!(direct.device(id).await);
        without.push(millis(began));
        let began = Instant::now();
        assert!(mcp.call("n_central-get-device", json!({"device_id": id})).await);
        with.push(millis(began));
    }
    (without, with)
}

/// Calls for a while with many clients, each on pages of its own; answers calls a second, their times in ms, failures.
pub(crate) async fn throughput<F>(clients: usize, call: impl Fn(usize) -> F) -> (f64, Vec<f64>, usize)
where
    F: Future<Output = bool> + Send + 'static,
{
    let length = length();
    let began = Instant::now();
    let end = began + length;
    let mut running = JoinSet::new();
    let mut times = Vec::new();
    let mut failed = 0;
    let mut next = 0;
    let mut spawn = |running: &mut JoinSet<(bool, f64)>| {
        next += 1;
        let one = call(next % PAGES + 1);
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
