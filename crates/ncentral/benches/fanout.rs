//! How close three hundred calls come to what the server's limit allows.
//!
//! The floor of a fan-out is calls ÷ limit × latency. Prints, for a limit that is known, one that must be learned,
//! and one that is remembered, the time taken over that floor. The first line, for as many callers as the limit and
//! so without a queue, is what machine and emulator reach at best; a target that is missed against it is a failure.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use emulator::{Config, Emulator};
use futures::stream::{self, StreamExt, TryStreamExt};
use ncentral::{Client, Error, Id, LocalPermits, Params, ServerUrl, operations};
use tokio::runtime::Runtime;

const DEVICES: usize = 300;
const LIMIT: u16 = 5;
const LATENCY: Duration = Duration::from_millis(50);

/// A name, how many calls are asked for at once, the permits that a fan-out starts with, and the highest ratio that
/// is good enough.
type Case = (&'static str, usize, fn(&BTreeMap<String, u16>) -> LocalPermits, f64);

#[expect(clippy::print_stdout, reason = "a benchmark that prints")]
fn main() -> ExitCode {
    let cases: [Case; 4] = [
        ("unqueued", LIMIT as usize, |_| known(), 1.0),
        ("known", DEVICES, |_| known(), 1.05),
        ("learned", DEVICES, |_| LocalPermits::new(), 1.30),
        ("remembered", DEVICES, |learned| LocalPermits::new().with_learned(learned.clone()), 1.10),
    ];
    let runtime = Runtime::new().expect("a runtime");
    let mut learned = BTreeMap::new();
    let mut good = true;
    let mut best = None;
    for (name, at_once, permits, target) in cases {
        let permits = Arc::new(permits(&learned));
        let (took, refused) =
            runtime.block_on(fan_out(Arc::clone(&permits), at_once)).expect("every call succeeds");
        learned.extend(permits.learned());
        let floor = LATENCY * (DEVICES as u32) / u32::from(LIMIT);
        let ratio = took.as_secs_f64() / floor.as_secs_f64();
        let over_best = took.as_secs_f64() / best.get_or_insert(took).as_secs_f64();
        let millis = took.as_secs_f64() * 1e3;
        println!(
            "{name:<11} {millis:>7.1} ms  {ratio:.3} × floor  {over_best:.3} × unqueued (≤ {target:.2})  429: {refused}"
        );
        good &= over_best <= target;
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn known() -> LocalPermits {
    let permits = LocalPermits::new();
    permits.set_limit(operations::GET_DEVICE_ASSETS.class, LIMIT);
    permits
}

/// The assets of three hundred devices, so many asked for at once; the time taken and how many calls were refused.
async fn fan_out(permits: Arc<LocalPermits>, at_once: usize) -> Result<(Duration, u64), Error> {
    let assets = operations::GET_DEVICE_ASSETS;
    let config =
        Config { latency: LATENCY, limits: vec![(assets.id.to_owned(), LIMIT)], ..Config::default() };
    let running = Emulator::start_local(config).await.expect("a loopback port");
    let (server, _) = ServerUrl::parse(&running.url).expect("the emulator's address");
    let client = Client::builder(server, running.jwt.clone()).permits(permits).build()?;
    let list = Params::new().set("pageSize", 200);
    let devices: Vec<_> = client.rows(operations::LIST_DEVICES, list).try_collect().await?;
    let ids: Vec<_> = devices
        .iter()
        .filter(|device| device["isProbe"] != true)
        .filter_map(|device| device["deviceId"].as_i64())
        .take(DEVICES)
        .collect();
    assert_eq!(ids.len(), DEVICES, "the fleet is large enough");

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
