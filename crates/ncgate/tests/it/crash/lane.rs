//! A gateway that dies again and again over one state, before one emulator; and the referee who compares what the
//! gateway says of a run with what reached N-central.

use crate::nodes::Schema;
use crate::support::{ADMIN_PASSWORD, Home, Service};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

pub(super) const RUN: &str = "createDirectScheduledTask";

/// Where a lane keeps its state.
pub(super) enum Database {
    Sqlite,
    Postgres(Schema),
}

impl Database {
    /// A new database on PostgreSQL, if there is a server.
    pub(super) fn postgres() -> Option<Database> {
        Schema::new().map(Database::Postgres)
    }

    fn url(&self) -> Option<String> {
        match self {
            Database::Sqlite => None,
            Database::Postgres(schema) => Some(schema.url()),
        }
    }
}

/// Tells a story on SQLite, and on PostgreSQL if there is a server.
pub(super) fn on_every_database(story: impl Fn(Lane)) {
    story(Lane::new(Database::Sqlite));
    if let Some(database) = Database::postgres() {
        story(Lane::new(database));
    }
}

pub(super) struct Lane {
    pub(super) emulator: Service,
    pub(super) admin: String,
    /// The technician's session.
    pub(super) tess: String,
    pub(super) key: String,
    home: Home,
    // Dropped after everything that uses it.
    database: Database,
    devices: Vec<i64>,
    taken: AtomicUsize,
}

impl Lane {
    pub(super) fn new(database: Database) -> Lane {
        Lane::before(database, &[], 1)
    }

    /// Before an emulator with more options, with up to 200 devices to run on for each page.
    pub(super) fn before(database: Database, emulator: &[&str], pages: usize) -> Lane {
        let mut lane = Lane {
            emulator: Home::new().emulator(&[&["--devices", "2000", "--limit", "*=50"], emulator].concat()),
            admin: String::new(),
            tess: String::new(),
            key: String::new(),
            home: Home::new(),
            database,
            devices: Vec::new(),
            taken: AtomicUsize::new(0),
        };
        // A fleet is a long answer where the machine is busy.
        let first = lane.serve(&[("NCGATE_UPSTREAM_DEADLINE", "20s")]);
        lane.admin = first.sign_in("admin", ADMIN_PASSWORD);
        let made = |path: &str, body: Value| {
            let (status, made) = first.http("POST", path, Some(&lane.admin), Some(body));
            assert_eq!(status, 201, "{path}: {made}");
            made
        };
        made("/api/v1/people", json!({"name": "tess", "role": "approver", "password": ADMIN_PASSWORD}));
        let server = json!({"name": "main", "url": lane.emulator.url(), "jwt": lane.emulator.text("jwt")});
        made("/api/v1/connections", server);
        let key = made("/api/v1/keys", json!({"name": "agent", "kind": "agent"}));
        lane.key = key["secret"].as_str().unwrap().to_owned();
        lane.tess = first.sign_in("tess", ADMIN_PASSWORD);
        for page in 1..=pages {
            let wanted = json!({
                "device_class": "Workstations - Windows", "fields": "device_id", "page_size": 200, "page_number": page,
            });
            let list = lane.agent(&first, "n_central-list-devices", wanted).unwrap();
            lane.devices.extend(
                list["rows"]
                    .as_array()
                    .unwrap_or_else(|| panic!("{list}"))
                    .iter()
                    .map(|row| row[0].as_i64().unwrap()),
            );
        }
        lane
    }

    /// A gateway over the lane's state.
    pub(super) fn serve(&self, variables: &[(&str, &str)]) -> Service {
        let variables = self.variables(variables);
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.home.start(&SERVE, &variables)
    }

    /// One that dies at this place of what it takes up by itself, perhaps before it says where it listens.
    pub(super) fn die_taking_up(&self, place: &str) {
        let mut command = self.home.command(&SERVE);
        command
            .envs(self.variables(&[("NCGATE_CRASH_AT", place)]))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let status = command.status().unwrap();
        assert_eq!(status.code(), None, "{place}: it ended by itself: {status}");
    }

    fn variables(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let url = self.database.url();
        let mut all = vec![("NCGATE_ADMIN_PASSWORD", ADMIN_PASSWORD), ("NCGATE_UPSTREAM_DEADLINE", "2s")];
        all.extend(url.as_deref().map(|url| ("NCGATE_DATABASE", url)));
        all.extend_from_slice(more);
        all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// One that dies at this place.
    pub(super) fn doomed(&self, place: &str) -> Service {
        self.serve(&[("NCGATE_CRASH_AT", place)])
    }

    /// Lets the time pass for which a process that died over a webhook's message has it for itself. On SQLite there is
    /// nothing to wait for: whoever has the state alone knows that nobody else is delivering.
    pub(super) fn let_claims_run_out(&self) {
        if let Some(url) = self.database.url() {
            let sql = "UPDATE webhook_deliveries SET lease_until = 0 WHERE lease_until IS NOT NULL";
            postgres::Client::connect(&url, postgres::NoTls).unwrap().batch_execute(sql).unwrap();
        }
    }

    /// Whether there are at least so many devices left.
    pub(super) fn has_devices(&self, count: usize) -> bool {
        self.taken.load(Ordering::Relaxed) + count <= self.devices.len()
    }

    /// Devices that no run has had yet.
    pub(super) fn devices(&self, count: usize) -> &[i64] {
        let first = self.taken.fetch_add(count, Ordering::Relaxed);
        &self.devices[first..first + count]
    }

    /// A tool call with the agent's key. None if the gateway died over it.
    pub(super) fn agent(&self, serve: &Service, tool: &str, arguments: Value) -> Option<Value> {
        serve.try_http("POST", &format!("/api/v1/tools/{tool}"), Some(&self.key), Some(arguments))
    }

    /// Asks for a run; again, it attaches to what was stored.
    pub(super) fn ask(&self, serve: &Service, devices: &[i64]) -> Option<Value> {
        let arguments = json!({"device_ids": devices, "item_id": 2014, "task_type": "Script"});
        let held = self.agent(serve, "n_central-run-direct-task", arguments)?;
        assert!(held["approval_id"].is_string(), "{held}");
        Some(held)
    }

    /// A decision by the technician. None if the gateway died over it.
    pub(super) fn decide(&self, serve: &Service, held: &Value, decision: Value) -> Option<Value> {
        let path = format!("/api/v1/approvals/{}/decision", held["approval_id"].as_str().unwrap());
        serve.try_http("POST", &path, Some(&self.tess), Some(decision))
    }

    pub(super) fn approve(&self, serve: &Service, held: &Value) -> Option<Value> {
        self.decide(serve, held, json!({"decision": "approve"}))
    }

    /// The call, as a person sees it.
    pub(super) fn call(&self, serve: &Service, held: &Value) -> Value {
        let path = format!("/api/v1/calls/{}", held["call_id"].as_str().unwrap());
        let (status, call) = serve.http("GET", &path, Some(&self.tess), None);
        assert_eq!(status, 200, "{call}");
        call
    }

    /// The call once it is over.
    pub(super) fn over(&self, serve: &Service, held: &Value) -> Value {
        within(Duration::from_secs(120), || {
            let call = self.call(serve, held);
            ["finished", "refused"].contains(&call["state"].as_str().unwrap()).then_some(call)
        })
    }

    /// What happens to the next request for a run, and only to that.
    pub(super) fn spoil_next(&self, fault: Option<(&str, &str)>) {
        let faults: Vec<Value> = fault
            .iter()
            .map(|(fault, when)| json!({"operation": RUN, "fault": fault, "when": when, "times": 1}))
            .collect();
        let (status, _) = self.emulator.http("PUT", "/_emulator/faults", None, Some(json!(faults)));
        assert_eq!(status, 200);
        self.emulator.http("DELETE", "/_emulator/requests", None, None);
    }

    /// How the requests for runs ended since the last fault was set.
    pub(super) fn posts(&self) -> BTreeMap<String, u64> {
        let (_, requests) = self.emulator.http("GET", "/_emulator/requests", None, None);
        serde_json::from_value(requests["operations"][RUN]["by_status"].clone()).unwrap_or_default()
    }

    /// How many requests for runs have arrived since they were last counted from nought.
    pub(super) fn arrived(&self) -> u64 {
        let (_, requests) = self.emulator.http("GET", "/_emulator/requests", None, None);
        requests["operations"][RUN]["count"].as_u64().unwrap_or(0)
    }

    /// What a call came to when it first ended, before anything was read back: as the record has it.
    pub(super) fn first_outcome(&self, serve: &Service, held: &Value) -> String {
        let path = format!("/api/v1/audit?event=call.finished&call={}", held["call_id"].as_str().unwrap());
        let (status, page) = serve.http("GET", &path, Some(&self.admin), None);
        assert_eq!(status, 200, "{page}");
        // The newest is the first of the list.
        let first =
            page["items"].as_array().unwrap().last().unwrap_or_else(|| panic!("it never ended: {page}"));
        first["body"]["outcome"].as_str().unwrap().to_owned()
    }

    /// How many tasks N-central made for each device.
    pub(super) fn tasks(&self) -> BTreeMap<i64, usize> {
        let mut tasks = BTreeMap::new();
        for entry in self.emulator.journal().iter().filter(|entry| entry["operation"] == RUN) {
            *tasks.entry(entry["body"]["deviceId"].as_i64().unwrap()).or_default() += 1;
        }
        tasks
    }

    /// Compares what the gateway says of a run with what reached N-central. Answers on how many devices it runs.
    pub(super) fn judge(&self, call: &Value, case: &str) -> usize {
        let tasks = self.tasks();
        let mut applied = 0;
        for target in call["targets"].as_array().unwrap() {
            let made = tasks.get(&target["id"].as_i64().unwrap()).copied().unwrap_or(0);
            let said = target["outcome"].as_str();
            let fits = match said {
                Some("done") => made == 1,
                Some("unknown") => made <= 1,
                Some("failed") | None => made == 0,
                Some(_) => false,
            };
            assert!(fits, "{case}: N-central made {made} tasks for {target}");
            assert!(said.is_some() || call["state"] == "refused", "{case}: nothing is said of {target}");
            applied += made;
        }
        applied
    }

    /// The last word: no device had two tasks, each task had one intent on the record, and the record verifies.
    pub(super) fn close(&self) {
        let tasks = self.tasks();
        assert!(tasks.values().all(|made| *made == 1), "{tasks:?}");
        let url = self.database.url();
        let variables: Vec<(&str, &str)> = url.iter().map(|url| ("NCGATE_DATABASE", url.as_str())).collect();
        let verified = self.home.run_with(&["audit", "verify"], &variables, "").done();
        assert_eq!(verified["ok"], true, "{verified}");
        let serve = self.serve(&[]);
        let intents = self.entries(&serve, "write.intent");
        let mut seen = BTreeMap::new();
        for entry in &intents {
            *seen.entry((entry["call"].to_string(), entry["position"].to_string())).or_insert(0) += 1;
        }
        assert!(seen.values().all(|times| *times == 1), "an intent was committed twice: {seen:?}");
        assert!(seen.len() >= tasks.len(), "{} intents for {} tasks", seen.len(), tasks.len());
        serve.end();
    }

    /// The bodies of all entries of a kind.
    pub(super) fn entries(&self, serve: &Service, event: &str) -> Vec<Value> {
        let (mut entries, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/audit?event={event}&limit=100{cursor}");
            let (status, page) = serve.http("GET", &path, Some(&self.admin), None);
            assert_eq!(status, 200, "{page}");
            entries.extend(page["items"].as_array().unwrap().iter().map(|entry| entry["body"].clone()));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return entries,
            }
        }
    }
}

pub(super) fn within<T>(time: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < time, "it did not come true within {time:?}");
        thread::sleep(Duration::from_millis(20));
    }
}
