//! Several callers at once while the gateway is killed (`kill -9`) again and again: runs that are approved or denied,
//! sites that are made without asking, policies that change. The seeds are fixed, and a moment is a count of events
//! (answers that callers got, requests that N-central had), so that a slow machine runs the same story. More lives than
//! the fixed ones only where `NCGATE_SOAK_SECONDS` asks for them.

use super::lane::{Database, Lane, within};
use crate::support::Service;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Each is the story of a few lives.
const SEEDS: [u64; 5] = [1, 20_230_901, 0x5eed, 0xdead_beef, 0x00c0_ffee];

/// How many gateways die for each seed.
const LIVES: usize = 2;

const WORKERS: usize = 3;

/// What a worker sets out to do in one life, if it lasts.
const DEEDS: usize = 5;

/// The most devices that the workers run on in one life.
const DEVICES: usize = WORKERS * DEEDS * 2;

/// What is approved is looked at again before it runs; a machine that is slow over that is not what this is about.
const PATIENT: [(&str, &str); 1] = [("NCGATE_UPSTREAM_DEADLINE", "10s")];

/// Each worker changes the policy of one of these.
const TOOLS: [&str; WORKERS] =
    ["n_central-create-customer", "n_central-create-user-role", "n_central-create-device-access-group"];

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

/// Numbers drawn from a seed (xorshift64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }
}

/// When a gateway dies.
#[derive(Debug)]
enum Moment {
    /// When so many answers have reached the callers.
    Answers(usize),
    /// When so many requests for runs have reached N-central.
    Requests(u64),
}

/// A run that a worker asked for, and what it knows of it.
struct Run {
    devices: Vec<i64>,
    approve: bool,
    held: Option<Value>,
    decided: bool,
}

/// A caller and a technician, and what they remember over the gateway's lives.
struct Worker {
    tool: &'static str,
    chance: Chance,
    runs: Vec<Run>,
    /// Names of sites, and what was said of each, if anything.
    sites: Vec<(String, Option<Value>)>,
    /// The tool's last mode that was answered, and all that were asked for since: any of them may have been stored.
    mode: &'static str,
    wished: Vec<&'static str>,
}

/// One life of the gateway, as the workers see it.
struct Life<'a> {
    lane: &'a Lane,
    serve: &'a Service,
    answers: &'a AtomicUsize,
}

impl Life<'_> {
    /// The answer to a request; none if the gateway died over it, or N-central was too slow for it.
    fn insist(&self, method: &str, path: &str, bearer: &str, body: Value) -> Option<Value> {
        let answer = self.serve.try_http(method, path, Some(bearer), Some(body))?;
        self.answers.fetch_add(1, Ordering::SeqCst);
        (answer["kind"] != "upstream-timeout").then_some(answer)
    }

    fn call(&self, tool: &str, arguments: Value) -> Option<Value> {
        self.insist("POST", &format!("/api/v1/tools/{tool}"), &self.lane.key, arguments)
    }

    /// Asks for the run where that was not answered yet, and decides it. Asked again, it attaches to what was stored.
    fn further(&self, run: &mut Run) {
        if run.held.is_none() {
            let arguments = json!({"device_ids": run.devices, "item_id": 2014, "task_type": "Script"});
            let held = self.call("n_central-run-direct-task", arguments);
            assert!(held.as_ref().is_none_or(|held| held["status"] == "approval_required"), "{held:?}");
            run.held = held;
        }
        let Some(held) = run.held.as_ref().filter(|_| !run.decided) else { return };
        let path = format!("/api/v1/approvals/{}/decision", held["approval_id"].as_str().unwrap());
        let decision = if run.approve { "approve" } else { "deny" };
        let body = json!({"decision": decision, "reason": "the soak says so"});
        if let Some(told) = self.insist("POST", &path, &self.lane.tess, body) {
            // A conflict says that the decision was stored before the gateway died.
            let stored = ["approved", "denied"].map(Value::from).contains(&told["state"]);
            assert!(stored || told["kind"] == "already-decided", "{told}");
            run.decided = true;
        }
    }
}

impl Worker {
    fn new(number: usize) -> Worker {
        Worker {
            tool: TOOLS[number],
            chance: Chance(1),
            runs: Vec::new(),
            sites: Vec::new(),
            mode: "approval_needed",
            wished: Vec::new(),
        }
    }

    /// Takes up what the last gateway died over, and goes on until this one does.
    fn work(&mut self, life: &Life<'_>) {
        for run in self.runs.iter_mut().filter(|run| !run.decided) {
            life.further(run);
        }
        for _ in 0..DEEDS {
            match self.chance.below(10) {
                0..5 => {
                    let count = 1 + self.chance.below(2) as usize;
                    let devices = life.lane.devices(count).to_vec();
                    let approve = self.chance.below(5) > 0;
                    let mut run = Run { devices, approve, held: None, decided: false };
                    life.further(&mut run);
                    self.runs.push(run);
                }
                5..7 => {
                    let name = format!("{} {}", self.tool, self.sites.len());
                    let told = life.call(
                        "n_central-create-site",
                        json!({"customer": "Globex", "site_name": name.clone()}),
                    );
                    self.sites.push((name, told));
                }
                7..9 => {
                    let mode = ["auto", "disabled"][self.chance.below(2) as usize];
                    let change = json!({"policies": {self.tool: mode}});
                    let path = "/api/v1/connections/main/policies";
                    self.wished.push(mode);
                    if let Some(told) = life.insist("PUT", path, &life.lane.admin, change) {
                        assert_eq!(told["policies"][self.tool], mode, "{told}");
                        (self.mode, self.wished) = (mode, Vec::new());
                    }
                }
                _ => {
                    if let Some(list) = life.call("n_central-list-customers", json!({"page_size": 3})) {
                        assert_eq!(list["returned"], 3, "{list}");
                    }
                }
            }
        }
    }
}

fn soak(database: Database) {
    let seconds =
        std::env::var("NCGATE_SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    let pages = 1 + (SEEDS.len() * LIVES * DEVICES + seconds as usize * DEVICES) / 200;
    // Slow enough to be killed over a request.
    let lane = Lane::before(database, &["--latency-ms", "15"], pages.min(5));
    let first = lane.serve(&PATIENT);
    let auto = json!({"policies": {"n_central-create-site": "auto"}});
    let (status, told) =
        first.http("PUT", "/api/v1/connections/main/policies", Some(&lane.admin), Some(auto));
    assert_eq!(status, 200, "{told}");
    first.end();

    let mut workers: Vec<Worker> = (0..WORKERS).map(Worker::new).collect();
    let (began, mut killed) = (Instant::now(), 0);
    let more = (1..).map(|number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    for (story, seed) in SEEDS.into_iter().chain(more).enumerate() {
        if story >= SEEDS.len() && began.elapsed() >= Duration::from_secs(seconds)
            || !lane.has_devices(LIVES * DEVICES)
        {
            break;
        }
        let mut chance = Chance(seed);
        for worker in &mut workers {
            worker.chance = Chance(1 + chance.below(u64::from(u32::MAX)));
        }
        for _ in 0..LIVES {
            live_and_die(&lane, &mut workers, &mut chance);
            killed += 1;
        }
    }
    let last = lane.serve(&PATIENT);
    let answers = AtomicUsize::new(0);
    let life = Life { lane: &lane, serve: &last, answers: &answers };
    workers.iter_mut().flat_map(|worker| &mut worker.runs).for_each(|run| life.further(run));
    judge(&lane, &last, &workers);
    eprintln!("{killed} gateways killed in {:?}", began.elapsed());
    last.end();
    lane.close();
}

/// One gateway, from its start to its death.
fn live_and_die(lane: &Lane, workers: &mut [Worker], chance: &mut Chance) {
    let moment = match chance.below(2) {
        0 => Moment::Answers(2 + chance.below(12) as usize),
        _ => Moment::Requests(1 + chance.below(6)),
    };
    let serve = lane.serve(&PATIENT);
    let (answers, before) = (AtomicUsize::new(0), lane.arrived());
    let life = &Life { lane, serve: &serve, answers: &answers };
    thread::scope(|scope| {
        let working: Vec<_> =
            workers.iter_mut().map(|worker| scope.spawn(move || worker.work(life))).collect();
        within(Duration::from_secs(120), || {
            let come = match moment {
                Moment::Answers(count) => answers.load(Ordering::SeqCst) >= count,
                Moment::Requests(count) => lane.arrived() >= before + count,
            };
            (come || working.iter().all(|worker| worker.is_finished())).then_some(())
        });
        serve.tell(rustix::process::Signal::KILL);
    });
    // Nobody holds the state any more when the next one starts.
    serve.wait_for_crash();
}

/// Compares what the gateway says in the end with what it answered, and with what reached N-central.
fn judge(lane: &Lane, serve: &Service, workers: &[Worker]) {
    let (_, policies) = serve.http("GET", "/api/v1/connections/main/policies", Some(&lane.admin), None);
    for worker in workers {
        let mode = policies["policies"][worker.tool].as_str().unwrap();
        assert!(mode == worker.mode || worker.wished.contains(&mode), "{}: {mode}", worker.tool);
    }
    let (mut outcomes, mut asked) = (BTreeMap::<String, usize>::new(), 0);
    for run in workers.iter().flat_map(|worker| &worker.runs) {
        let held = run.held.as_ref().expect("with a gateway that lives every question is answered");
        assert!(run.decided, "with a gateway that lives every decision is answered: {held}");
        let call = lane.over(serve, held);
        lane.judge(&call, "soak");
        let outcome = call["outcome"].as_str().unwrap_or("refused");
        // What was approved runs, whoever dies; what was denied does not.
        assert_eq!(run.approve, outcome != "refused", "{call}");
        assert_ne!(outcome, "failed", "{call}");
        *outcomes.entry(outcome.to_owned()).or_default() += 1;
        asked += 1;
    }
    let journal = lane.emulator.journal();
    for (name, told) in workers.iter().flat_map(|worker| &worker.sites) {
        let made = journal.iter().filter(|entry| entry["body"]["siteName"] == **name).count();
        let done = told.as_ref().is_some_and(|told| told["status"] == "done");
        assert!(made == 1 || !done && made == 0, "{made} sites “{name}”, told {told:?}");
    }
    for settled in lane.entries(serve, "write.settled") {
        let answers = settled["requests"].as_array().map_or(&[][..], Vec::as_slice);
        let answered = answers.iter().any(|request| !request["status"].is_null());
        assert!(settled["state"] != "unknown" || !answered, "it was answered: {settled}");
    }
    assert!(asked >= SEEDS.len() * LIVES, "{asked} runs: {outcomes:?}");
    eprintln!("{asked} runs: {outcomes:?}; {} tasks made", lane.tasks().len());
}
