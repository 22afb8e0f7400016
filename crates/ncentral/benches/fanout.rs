//! How close three hundred calls, and ten thousand, come to what the server's limit allows.
//!
//! The floor of a fan-out is calls ÷ limit × latency. Prints, for a limit that is known, one that must be learned,
//! and one that is remembered, the time taken over that floor. The first case, with as many callers as the limit and
//! so without a queue, is what machine and emulator reach at best; a limit that is missed against it is a failure.

#![expect(clippy::print_stdout, reason = "a benchmark reports on the terminal")]

#[path = "../../../benches/report.rs"]
#[allow(dead_code, reason = "other benchmarks use the rest")]
mod report;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use emulator::{Config, Emulator};
use futures::stream::{self, StreamExt, TryStreamExt};
use ncentral::{Client, Error, Id, LocalPermits, Params, ServerUrl, operations};
use report::Report;
use tokio::runtime::Runtime;

const LATENCY: Duration = Duration::from_millis(50);

/// A fleet and how many calls its server lets in at once.
#[derive(Clone, Copy)]
struct Fleet {
    devices: usize,
    limit: u16,
}

const FEW: Fleet = Fleet { devices: 300, limit: 5 };
/// A server that lets more in, so that the floor is 20 seconds and not 100.
const MANY: Fleet = Fleet { devices: 10_000, limit: 25 };

/// A name, how many calls are asked for at once, the permits that a fan-out starts with, and the highest ratio to the
/// first case that is good enough.
type Case = (&'static str, usize, fn(Fleet, &BTreeMap<String, u16>) -> LocalPermits, Option<f64>);

fn main() -> ExitCode {
    let runtime = Runtime::new().expect("a runtime");
    let mut report = Report::default();
    report.part("One call a device, which N-central answers in 50 ms");
    for fleet in [FEW, MANY] {
        let cases: [Case; 4] = [
            ("no queue", fleet.limit.into(), |fleet, _| known(fleet), None),
            ("limit known", fleet.devices, |fleet, _| known(fleet), Some(1.05)),
            ("limit learned", fleet.devices, |_, _| LocalPermits::new(), Some(1.30)),
            (
                "limit remembered",
                fleet.devices,
                |_, learned| LocalPermits::new().with_learned(learned.clone()),
                Some(1.10),
            ),
        ];
        measure(&runtime, &mut report, fleet, &cases);
    }
    report.conclude()
}

/// Measures a fleet: each case over the floor, and against the first one.
fn measure(runtime: &Runtime, report: &mut Report, fleet: Fleet, cases: &[Case]) {
    let Fleet { devices, limit } = fleet;
    let floor = LATENCY.as_secs_f64() * devices as f64 / f64::from(limit);
    let mut learned = BTreeMap::new();
    let mut best = None;
    for (name, at_once, permits, target) in cases {
        let permits = Arc::new(permits(fleet, &learned));
        let (took, refused) =
            runtime.block_on(fan_out(fleet, Arc::clone(&permits), *at_once)).expect("every call succeeds");
        learned.extend(permits.learned());
        let took = took.as_secs_f64();
        let what = format!("{devices} devices, {limit} at once, {name}");
        report.tell(&format!("{what}: against the floor"), took / floor, "×");
        let best = *best.get_or_insert(took);
        if let Some(target) = target {
            report.at_most(&format!("{what}: against no queue"), took / best, "×", *target);
            report.tell(&format!("{what}: 429 answers"), refused as f64, "");
        }
    }
}

fn known(fleet: Fleet) -> LocalPermits {
    let permits = LocalPermits::new();
    permits.set_limit(operations::GET_DEVICE_ASSETS.class, fleet.limit);
    permits
}

/// The assets of a fleet's devices, so many asked for at once; the time taken and how many calls were refused.
async fn fan_out(fleet: Fleet, permits: Arc<LocalPermits>, at_once: usize) -> Result<(Duration, u64), Error> {
    let assets = operations::GET_DEVICE_ASSETS;
    let config = Config {
        // Some of them are probes, which have no assets.
        devices: fleet.devices as u32 * 2,
        latency: LATENCY,
        limits: vec![(assets.id.to_owned(), fleet.limit)],
        ..Config::default()
    };
    let running = Emulator::start_local(config).await.expect("a loopback port");
    let (server, _) = ServerUrl::parse(&running.url).expect("the emulator's address");
    let client = Client::builder(server, running.jwt.clone()).permits(permits).build()?;
    let list = Params::new().set("pageSize", 200);
    let devices: Vec<_> = client.rows(operations::LIST_DEVICES, list).try_collect().await?;
    let ids: Vec<_> = devices
        .iter()
        .filter(|device| device["isProbe"] != true)
        .filter_map(|device| device["deviceId"].as_i64())
        .take(fleet.devices)
        .collect();
    assert_eq!(ids.len(), fleet.devices, "the fleet is large enough");

    let began = Instant::now();
    stream::iter(ids)
        .map(|id| {
            let client = &client;
            async move { client.device_assets(&Id::from(id)).await }
        })
        .buffer_unordered(at_once)
        .try_for_each(|_| async { Ok(()) })
        .await?;
    let took = began.elapsed();

    let counts = running.emulator.requests();
    let refused = counts.operations.get(assets.id).and_then(|c| c.by_status.get("429")).copied().unwrap_or(0);
    Ok((took, refused))
}
