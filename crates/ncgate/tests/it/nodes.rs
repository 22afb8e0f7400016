//! Two nodes on one PostgreSQL database, as two processes behind nothing but their two ports. Skipped, and told so,
//! where `NCGATE_TEST_POSTGRES` names no server: `cargo xtask postgres -- cargo test -p ncgate --test it nodes`.

mod events;
mod idempotency;
mod soak;

use crate::support::{ADMIN_PASSWORD, Home, Service};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A schema of its own on the server for tests, dropped in the end.
pub(crate) struct Schema {
    server: String,
    name: String,
}

impl Schema {
    pub(crate) fn new() -> Option<Schema> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        static TOLD: Once = Once::new();
        let Some(server) = std::env::var("NCGATE_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else {
            TOLD.call_once(|| {
                eprintln!(
                    "\n*** Everything on PostgreSQL is left out: NCGATE_TEST_POSTGRES names no server. ***\n"
                );
            });
            return None;
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let schema = Schema { server, name: format!("nodes_{}_{number}", std::process::id()) };
        schema.run(&format!("CREATE SCHEMA {}", schema.name));
        Some(schema)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn run(&self, sql: &str) {
        postgres::Client::connect(&self.server, postgres::NoTls).unwrap().batch_execute(sql).unwrap();
    }

    pub(crate) fn url(&self) -> String {
        let and = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{and}options=-c%20search_path%3D{}", self.server, self.name)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.run(&format!("DROP SCHEMA {} CASCADE", self.name));
        }
    }
}

/// Nodes with a state directory each, the database and the master key that they share, and an emulator.
struct Cluster {
    // Dropped in this order: the database last.
    nodes: [Option<Service>; 2],
    homes: [Home; 2],
    emulator: Service,
    schema: Schema,
    /// The administrator's, who owns the agent's key.
    session: String,
    /// The technician's, who decides.
    technician: String,
    key: String,
    devices: Vec<i64>,
}

/// The deadline of one exchange in these tests, by which claims and slots of a dead node come free.
const DEADLINE: &str = "2s";

impl Cluster {
    /// None without a PostgreSQL server.
    fn new(emulator: &[&str]) -> Option<Cluster> {
        let schema = Schema::new()?;
        let emulator = Home::new().emulator(&[&["--devices", "2000"], emulator].concat());
        let mut cluster = Cluster {
            nodes: [None, None],
            homes: [Home::new(), Home::new()],
            emulator,
            schema,
            session: String::new(),
            technician: String::new(),
            key: String::new(),
            devices: Vec::new(),
        };
        cluster.start(0);
        cluster.start(1);
        cluster.session = cluster.node(0).sign_in("admin", ADMIN_PASSWORD);
        let tess = json!({"name": "tess", "role": "approver", "password": ADMIN_PASSWORD});
        assert_eq!(cluster.person(0, "POST", "/api/v1/people", Some(tess)).0, 201);
        cluster.technician = cluster.node(1).sign_in("tess", ADMIN_PASSWORD);
        let server =
            json!({"name": "main", "url": cluster.emulator.url(), "jwt": cluster.emulator.text("jwt")});
        assert_eq!(cluster.person(0, "POST", "/api/v1/connections", Some(server)).0, 201);
        let key = json!({"name": "agent", "kind": "agent"});
        let (status, made) = cluster.person(0, "POST", "/api/v1/keys", Some(key));
        assert_eq!(status, 201, "{made}");
        cluster.key = made["secret"].as_str().unwrap().to_owned();
        cluster.devices = soon(|| cluster.workstations(1));
        Some(cluster)
    }

    /// The ids on a page of the list of workstations; none while the other node's connection is not known there.
    fn workstations(&self, page: u32) -> Option<Vec<i64>> {
        let wanted = json!({"device_class": "Workstations - Windows", "page_size": 200, "page_number": page});
        let (status, list) = self.agent(1, "n_central-list-devices", wanted);
        let ids = || list["rows"].as_array().unwrap().iter().map(|row| row[0].as_i64().unwrap()).collect();
        (status == 200).then(ids)
    }

    fn start(&mut self, node: usize) {
        // Both hold the key of the first.
        let key = self.homes[0].state().join("master.key");
        let mut variables = vec![
            ("NCGATE_DATABASE".to_owned(), self.schema.url()),
            ("NCGATE_ADMIN_PASSWORD".to_owned(), ADMIN_PASSWORD.to_owned()),
            ("NCGATE_UPSTREAM_DEADLINE".to_owned(), DEADLINE.to_owned()),
            ("NCGATE_DRAIN".to_owned(), "3s".to_owned()),
        ];
        if node > 0 {
            variables.push(("NCGATE_MASTER_KEY_FILE".to_owned(), key.display().to_string()));
        }
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.nodes[node] = Some(self.homes[node].start(&["serve", "--listen", "127.0.0.1:0"], &variables));
    }

    fn node(&self, node: usize) -> &Service {
        self.nodes[node].as_ref().unwrap()
    }

    /// A request with the administrator's session.
    fn person(&self, node: usize, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        self.node(node).http(method, path, Some(&self.session), body)
    }

    /// A tool call with the agent's key.
    fn agent(&self, node: usize, tool: &str, arguments: Value) -> (u16, Value) {
        self.node(node).http("POST", &format!("/api/v1/tools/{tool}"), Some(&self.key), Some(arguments))
    }

    fn ask(&self, node: usize, devices: &[i64]) -> Value {
        let body = json!({"device_ids": devices, "item_id": 2014, "task_type": "Script"});
        let (status, held) = self.agent(node, "n_central-run-direct-task", body);
        assert_eq!(status, 202, "{held}");
        held
    }

    fn approve(&self, node: usize, held: &Value) {
        let path = format!("/api/v1/approvals/{}/decision", held["approval_id"].as_str().unwrap());
        let decision = Some(json!({"decision": "approve"}));
        let (status, decided) = self.node(node).http("POST", &path, Some(&self.technician), decision);
        assert_eq!(status, 200, "{decided}");
    }

    fn tasks(&self) -> BTreeMap<i64, usize> {
        let mut tasks = BTreeMap::new();
        for entry in self.emulator.journal().iter().filter(|e| e["operation"] == "createDirectScheduledTask")
        {
            *tasks.entry(entry["body"]["deviceId"].as_i64().unwrap()).or_default() += 1;
        }
        tasks
    }

    fn posts(&self) -> u64 {
        let (_, requests) = self.emulator.http("GET", "/_emulator/requests", None, None);
        requests["operations"]["createDirectScheduledTask"]["count"].as_u64().unwrap_or(0)
    }

    /// Proves the record against the checkpoints of each node.
    fn verify(&self) {
        let key = self.homes[0].state().join("master.key");
        for (node, home) in self.homes.iter().enumerate() {
            let mut variables = vec![("NCGATE_DATABASE", self.schema.url())];
            if node > 0 {
                variables.push(("NCGATE_MASTER_KEY_FILE", key.display().to_string()));
            }
            let variables: Vec<(&str, &str)> =
                variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let verified = home.run_with(&["audit", "verify"], &variables, "").done();
            assert_eq!(verified["ok"], true, "node {node}: {verified}");
        }
    }
}

/// Waits for something that comes true by itself; how soon it has to is measured by `--bench gateway -- nodes`.
fn soon<T>(look: impl FnMut() -> Option<T>) -> T {
    within(Duration::from_secs(60), look)
}

fn within<T>(time: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < time, "it did not come true within {time:?}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn asked_on_one_approved_on_the_other_and_the_waiter_is_told() {
    let Some(cluster) = Cluster::new(&[]) else { return };
    let held = cluster.ask(0, &cluster.devices[..2]);
    let wait = json!({"approval_id": held["approval_id"], "wait_seconds": 45});
    thread::scope(|scope| {
        let waiting = scope.spawn(|| cluster.agent(0, "n_central-get-approval", wait));
        thread::sleep(Duration::from_millis(300));
        cluster.approve(1, &held);
        let (status, told) = waiting.join().unwrap();
        assert_eq!((status, &told["outcome"]), (200, &json!("done")), "{told}");
    });
    assert_eq!(cluster.tasks().values().copied().collect::<Vec<_>>(), [1, 1]);
    let (_, nodes) = cluster.person(0, "GET", "/api/v1/doctor", None);
    let seen = nodes.to_string().matches("node ").count();
    assert!(seen >= 2, "{nodes}");
    cluster.verify();
}

#[test]
fn a_stop_on_one_halts_a_run_on_the_other() {
    let Some(cluster) = Cluster::new(&["--latency-ms", "100"]) else { return };
    for (here, there, devices) in [(0, 1, &cluster.devices[..30]), (1, 0, &cluster.devices[30..60])] {
        let before = cluster.posts();
        let held = cluster.ask(here, devices);
        cluster.approve(there, &held);
        soon(|| (cluster.posts() >= before + 3).then_some(()));
        let stop = json!({"on": true, "reason": "wrong script"});
        assert_eq!(cluster.person(here, "POST", "/api/v1/stop", Some(stop.clone())).0, 200);
        let path = format!("/api/v1/calls/{}", held["call_id"].as_str().unwrap());
        let halted = soon(|| {
            let (_, call) = cluster.person(here, "GET", &path, None);
            (call["state"] == "finished").then_some(call)
        });
        let targets = halted["targets"].as_array().unwrap();
        let sent = targets.iter().filter(|target| target["outcome"] == "done").count() as u64;
        assert!((3..30).contains(&sent), "{sent} of 30 sent, though it was stopped: {halted}");
        assert_eq!(cluster.posts(), before + sent, "what is not done was not sent: {halted}");
        // It holds on both, until an administrator lets go.
        for node in [here, there] {
            let body = json!({"device_ids": [cluster.devices[0]], "item_id": 2014, "task_type": "Script"});
            let (status, refused) = cluster.agent(node, "n_central-run-direct-task", body);
            assert_eq!((status, &refused["kind"]), (403, &json!("stopped")), "{refused}");
        }
        let resume = json!({"on": false});
        assert_eq!(cluster.person(there, "POST", "/api/v1/stop", Some(resume)).0, 200);
    }
    cluster.verify();
}

#[test]
fn keys_policies_and_people_are_followed() {
    let Some(cluster) = Cluster::new(&[]) else { return };
    let list = || cluster.agent(1, "n_central-list-customers", json!({})).0;
    assert_eq!(list(), 200);
    let policies = |mode: &str| {
        let body = json!({"policies": {"n_central-list-customers": mode}});
        let (_, connections) = cluster.person(0, "GET", "/api/v1/connections", None);
        let id = connections["items"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/connections/{id}/policies");
        assert_eq!(cluster.person(0, "PUT", &path, Some(body)).0, 200);
    };
    policies("disabled");
    soon(|| (list() == 404).then_some(()));
    policies("auto");
    soon(|| (list() == 200).then_some(()));

    let person = json!({"name": "dana", "role": "approver", "password": "a longer password"});
    assert_eq!(cluster.person(0, "POST", "/api/v1/people", Some(person)).0, 201);
    let dana = cluster.node(1).sign_in("dana", "a longer password");
    let as_dana = || cluster.node(1).http("GET", "/api/v1/approvals", Some(&dana), None).0;
    assert_eq!(as_dana(), 200);
    assert!(cluster.person(0, "DELETE", "/api/v1/people/dana", None).0 < 300);
    soon(|| (as_dana() == 401).then_some(()));

    let id = cluster.key.split('_').nth(1).unwrap();
    assert!(cluster.person(0, "DELETE", &format!("/api/v1/keys/{id}"), None).0 < 300);
    soon(|| (list() == 401).then_some(()));
}

#[test]
fn a_node_with_another_master_key_is_refused() {
    let Some(cluster) = Cluster::new(&[]) else { return };
    let stranger = Home::new();
    let url = cluster.schema.url();
    let refused = stranger.run_with(&["serve", "--listen", "127.0.0.1:0"], &[("NCGATE_DATABASE", &url)], "");
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("another master key"), "{refused:?}");
    let password = url.split_once("://").unwrap().1.split(['@', ':']).nth(1).unwrap_or("");
    assert!(password.is_empty() || !refused.err.contains(password), "{refused:?}");
}

#[test]
fn a_rolling_restart_fails_no_call() {
    let Some(mut cluster) = Cluster::new(&["--latency-ms", "20"]) else { return };
    let urls = std::sync::Mutex::new([cluster.node(0).url().to_owned(), cluster.node(1).url().to_owned()]);
    let stop = std::sync::atomic::AtomicBool::new(false);
    let key = cluster.key.clone();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..3)
            .map(|client| {
                let (urls, stop, key) = (&urls, &stop, &key);
                scope.spawn(move || soak::look_up_until(stop, urls, key, client))
            })
            .collect();
        for node in [0, 1] {
            thread::sleep(Duration::from_millis(700));
            let service = cluster.nodes[node].take().unwrap();
            let ready = service.url().to_owned();
            let ending = scope.spawn(move || service.end());
            // It says that it is going while it still answers.
            within(Duration::from_secs(30), || {
                (soak::status(&format!("{ready}/readyz"))? == 503).then_some(())
            });
            assert_eq!(ending.join().unwrap(), 0);
            cluster.start(node);
            urls.lock().unwrap()[node] = cluster.node(node).url().to_owned();
        }
        thread::sleep(Duration::from_millis(500));
        stop.store(true, Ordering::Relaxed);
        let made: usize = clients.into_iter().map(|client| client.join().unwrap()).sum();
        assert!(made > 30, "{made} calls");
    });
    cluster.verify();
}
