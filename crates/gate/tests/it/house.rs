//! A gate in memory, connected to an emulator, with an administrator, two technicians and an agent's key; and a
//! clock that is moved by hand.

use emulator::{Config, Emulator, Running};
use gate::*;
use model::{Clock, Kind, Problem, Role, Source, Timestamp};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A clock that stands still until it is moved.
pub(crate) struct HandClock(Mutex<Timestamp>);

impl HandClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2026-11-22T09:00:00Z".parse().unwrap())))
    }

    pub(crate) fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

pub(crate) struct House {
    pub(crate) gate: Gate,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) running: Running,
    pub(crate) emulator: Emulator,
    pub(crate) admin: Requester,
    pub(crate) dana: Requester,
    pub(crate) agent: Requester,
    pub(crate) agent_key: String,
    pub(crate) connection: String,
}

pub(crate) fn source() -> Source {
    Source { face: "rest".into(), address: None, client: Some("story".into()) }
}

pub(crate) async fn emulator() -> Running {
    let config = Config { devices: 200, strict: true, ..Config::default() };
    Emulator::start_local(at_nine(config)).await.unwrap()
}

/// An emulator with the clock of the house.
pub(crate) fn at_nine(config: Config) -> Config {
    let start = "2026-11-22T09:00:00Z".parse::<Timestamp>().unwrap().as_millisecond();
    Config { start: Some(start), ..config }
}

impl House {
    pub(crate) async fn new() -> House {
        House::with(Options::default()).await
    }

    /// With a deadline that a silent server soon exceeds.
    pub(crate) async fn hasty() -> House {
        House::with(Options { upstream_deadline: Duration::from_secs(3), ..Options::default() }).await
    }

    pub(crate) async fn with(options: Options) -> House {
        House::at(Home::Memory, options).await
    }

    /// Over this state.
    pub(crate) async fn at(home: Home, options: Options) -> House {
        House::before(home, options, emulator().await).await
    }

    pub(crate) async fn with_emulator(options: Options, config: Config) -> House {
        House::before(Home::Memory, options, Emulator::start_local(at_nine(config)).await.unwrap()).await
    }

    /// Over this state, before this emulator.
    pub(crate) async fn before(home: Home, options: Options, running: Running) -> House {
        let clock = HandClock::new();
        let options = Options { clock: Arc::clone(&clock) as Arc<dyn Clock>, ..options };
        let gate = Gate::open(home, options).await.unwrap();
        gate.first_administrator(person("ada", Role::Admin), source()).await.unwrap();
        let admin = sign_in(&gate, "ada").await;
        gate.add_person(&admin, person("dana", Role::Approver)).await.unwrap();
        let dana = sign_in(&gate, "dana").await;
        let new = NewConnection {
            name: Some("Main".into()),
            url: running.url.clone(),
            jwt: running.jwt.clone().into(),
            ca: None,
            preset: None,
        };
        let connection = gate.connect(&admin, new).await.unwrap().connection.id.to_string();
        let script = NewScript {
            name: "Cleanup temporary files".into(),
            item_id: 2014,
            task_type: model::script::TaskType::Script,
            parameters: vec![],
            description: "Deletes temporary files older than a week".into(),
        };
        gate.add_script(&admin, &connection, script).await.unwrap();
        let agent_key = gate.create_key(&admin, key("triage")).await.unwrap().secret;
        let agent = gate.identify(&agent_key, source()).await.unwrap();
        let emulator = running.emulator.clone();
        emulator.clear_journal();
        House { gate, clock, emulator, running, admin, dana, agent, agent_key, connection }
    }

    /// Asks in somebody's name and does not wait for a decision.
    pub(crate) async fn ask(&self, who: &Requester, tool: &str, arguments: Value) -> Result<Answer, Problem> {
        self.ask_holding(who, tool, arguments, Duration::ZERO).await
    }

    pub(crate) async fn ask_holding(
        &self,
        who: &Requester,
        tool: &str,
        arguments: Value,
        hold: Duration,
    ) -> Result<Answer, Problem> {
        self.gate
            .ask(Ask {
                requester: who.clone(),
                connection: None,
                tool: tool.into(),
                arguments,
                hold,
                idempotency_key: None,
                progress: Arc::new(Silent),
            })
            .await
    }

    /// Ids and names of the devices of a customer with this word in their class.
    pub(crate) async fn devices(&self, customer: &str, class: &str) -> Vec<(i64, String)> {
        let arguments = json!({"customer": customer, "page_size": 200, "fields": ["device_id", "long_name", "device_class"]});
        let answer = self.ask(&self.admin, "n_central-list-devices", arguments).await.unwrap().body();
        let rows = answer["rows"].as_array().unwrap().iter();
        rows.filter(|row| row[2].as_str().unwrap_or("").contains(class))
            .map(|row| (row[0].as_i64().unwrap(), row[1].as_str().unwrap().to_owned()))
            .collect()
    }

    /// The cleanup script on some workstations of Globex, held.
    pub(crate) async fn hold_cleanup(&self, devices: &[i64]) -> model::answer::Held {
        let arguments =
            json!({"device_ids": devices, "script": "Cleanup temporary files", "reason": "disk is full"});
        match self.ask(&self.agent, "n_central-run-direct-task", arguments).await.unwrap() {
            Answer::Held(held) => held,
            other => panic!("not held: {other:?}"),
        }
    }

    pub(crate) async fn workstations(&self, count: usize) -> Vec<i64> {
        let found = self.devices("Globex", "Workstation").await;
        assert!(found.len() >= count, "the fleet has {} workstations at Globex", found.len());
        found.into_iter().take(count).map(|(id, _)| id).collect()
    }

    pub(crate) async fn approve(&self, who: &Requester, id: &str) -> Result<ApprovalView, Problem> {
        self.gate.decide(who, id, decision(Verdict::Approve)).await
    }

    /// The call once it is over.
    pub(crate) async fn over(&self, call: &str) -> CallView {
        let mut events = self.gate.events();
        tokio::time::timeout(Duration::from_secs(120), async {
            loop {
                let view = self.gate.call(&self.admin, call).await.unwrap();
                if view.state.is_over() {
                    return view;
                }
                let _ = events.recv().await;
            }
        })
        .await
        .expect("the call ends")
    }

    /// The bodies of the direct tasks that N-central accepted.
    pub(crate) fn tasks_made(&self) -> Vec<Value> {
        let journal = serde_json::to_value(self.emulator.journal()).unwrap();
        let entries = journal.as_array().unwrap().iter();
        entries.filter(|e| e["operation"] == "createDirectScheduledTask").map(|e| e["body"].clone()).collect()
    }

    /// How often the operation was asked for, accepted or not.
    pub(crate) fn attempts(&self, operation: &str) -> u64 {
        let counts = serde_json::to_value(self.emulator.requests()).unwrap();
        counts["operations"][operation]["count"].as_u64().unwrap_or(0)
    }

    /// A time that many seconds ahead, as an agent would write it.
    pub(crate) fn clock_in(&self, ahead: Duration) -> String {
        (self.clock.now() + ahead).to_string()
    }

    pub(crate) async fn shut(self) {
        self.gate.shutdown().await;
        self.running.stop().await;
    }
}

pub(crate) fn person(name: &str, role: Role) -> NewPerson {
    NewPerson { name: name.into(), role, password: PASSWORD.into() }
}

pub(crate) fn key(name: &str) -> NewKey {
    NewKey::new(name, KeyKind::Agent)
}

pub(crate) fn decision(verdict: Verdict) -> Decision {
    Decision { decision: verdict, reason: None, confirm: None, password: None, plan_digest: None }
}

pub(crate) async fn sign_in(gate: &Gate, name: &str) -> Requester {
    let session = gate.sign_in(name, PASSWORD.into(), source()).await.unwrap();
    gate.identify(&session.token, source()).await.unwrap()
}

pub(crate) fn kind(result: Result<impl std::fmt::Debug, Problem>) -> Kind {
    result.expect_err("this is refused").kind
}

/// A key of the same owner with other narrowing.
pub(crate) async fn another_key(house: &House, change: impl FnOnce(&mut NewKey)) -> Requester {
    let mut new = key("another");
    change(&mut new);
    let secret = house.gate.create_key(&house.admin, new).await.unwrap().secret;
    house.gate.identify(&secret, source()).await.unwrap()
}
