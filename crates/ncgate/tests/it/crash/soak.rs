//! Load with approvals while the gateway is killed (-9) at moments drawn from fixed seeds: no approval is lost, nothing
//! is sent twice, and the record is whole. `NCGATE_SOAK_SECONDS` says for how long; 8 by default.

use super::lane::{Database, Lane};
use crate::support::Service;
use serde_json::Value;
use std::sync::RwLock;
use std::thread;
use std::time::{Duration, Instant};

const SEEDS: [u64; 4] = [1, 20_230_901, 0x5eed, 0xdead_beef];

/// A gateway lives between these two, in milliseconds.
const LIFE: (u64, u64) = (150, 1500);

const WORKERS: usize = 3;

/// The moments at which it is killed.
struct Moments(u64);

impl Moments {
    /// The next life's length (xorshift64).
    fn next(&mut self) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(LIFE.0 + self.0 % (LIFE.1 - LIFE.0))
    }
}

/// One technician and one agent until the time is up. Answers the runs that were approved.
fn work(lane: &Lane, serve: &RwLock<Service>, until: Instant) -> Vec<Value> {
    let mut approved = Vec::new();
    while Instant::now() < until && lane.has_devices(WORKERS) {
        let devices = lane.devices(1);
        // What died over the question is asked again, and attaches to what was stored.
        let held = insist(serve, |serve| lane.ask(serve, devices));
        // A conflict says that the decision was stored before it died.
        insist(serve, |serve| lane.approve(serve, &held));
        approved.push(held);
    }
    approved
}

fn insist<T>(serve: &RwLock<Service>, attempt: impl Fn(&Service) -> Option<T>) -> T {
    super::lane::within(Duration::from_secs(60), || attempt(&serve.read().unwrap()))
}

#[test]
fn a_gateway_that_is_killed_at_random_loses_nothing_and_repeats_nothing() {
    soak(Database::Sqlite);
}

#[test]
fn a_gateway_that_is_killed_at_random_loses_nothing_and_repeats_nothing_on_postgresql() {
    if let Some(database) = Database::postgres() {
        soak(database);
    }
}

fn soak(database: Database) {
    let seconds: u64 =
        std::env::var("NCGATE_SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(8);
    let lane = Lane::over_pages(database, 4);
    let serve = RwLock::new(lane.serve(&[]));
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut killed = 0;
    let approved: Vec<Value> = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(|| work(&lane, &serve, until))).collect();
        for seed in SEEDS {
            let mut moments = Moments(seed);
            let end = Instant::now() + Duration::from_secs(seconds) / SEEDS.len() as u32;
            while Instant::now() < end {
                thread::sleep(moments.next());
                // Requests that are under way keep the process from being replaced, not from being killed.
                serve.read().unwrap().tell(rustix::process::Signal::KILL);
                *serve.write().unwrap() = lane.serve(&[]);
                killed += 1;
            }
        }
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(killed >= SEEDS.len() && approved.len() >= 3, "{killed} killed, {} approved", approved.len());
    let last = serve.into_inner().unwrap();
    let mut applied = 0;
    for held in &approved {
        let call = lane.over(&last, held);
        assert_ne!(call["state"], "refused", "{call}");
        applied += lane.judge(&call, "soak");
    }
    eprintln!("{killed} gateways killed, {} runs approved, {applied} applied", approved.len());
    last.end();
    lane.close();
}
