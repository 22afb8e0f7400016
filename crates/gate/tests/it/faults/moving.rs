//! Lists that change while they are read: rows that go or come between two pages, and one that is listed twice. Nobody
//! gets a part for the whole or a row twice, and no name passes for the only one because another device slipped.

use crate::house::House;
use emulator::{Config, DevicePatch, Fault, FaultKind};
use gate::{Answer, Options};
use model::plan::TargetId;
use model::{Changed, Kind, Problem};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// Two pages: the second begins with the last row of the first.
const DEVICES: usize = 1300;

/// A device that lies on the second page, and on none if a few rows before it go in between.
const SLIPS: usize = 1010;

/// Two of one name, the second of which slips likewise.
const TWINS: [usize; 2] = [500, 1020];
const TWINS_NAME: &str = "FS-TWIN";

/// One line of the page.
pub(super) type Line = (&'static str, [String; 3]);

/// What happens to the list of devices.
struct Case {
    name: &'static str,
    fault: Option<(FaultKind, u32, Option<u32>)>,
    /// How many rows at its front are not there all the time.
    passing: usize,
    /// Whether it can still be read.
    readable: bool,
}

const CASES: [Case; 7] = [
    Case { name: "nothing", fault: None, passing: 0, readable: true },
    Case {
        name: "60 rows go between two pages",
        fault: Some((FaultKind::Shrinks, 60, Some(1))),
        passing: 60,
        readable: true,
    },
    Case {
        name: "a row goes at every page",
        fault: Some((FaultKind::Shrinks, 1, None)),
        passing: 20,
        readable: true,
    },
    Case {
        name: "700 rows go at every page",
        fault: Some((FaultKind::Shrinks, 700, None)),
        passing: DEVICES,
        readable: false,
    },
    Case {
        name: "60 rows come in front between two pages",
        fault: Some((FaultKind::Grows, 60, Some(1))),
        passing: 60,
        readable: true,
    },
    Case {
        name: "a row comes in front at every page",
        fault: Some((FaultKind::Grows, 1, None)),
        passing: 20,
        readable: true,
    },
    Case {
        name: "a row is listed twice, at the end of one page and on the next",
        fault: Some((FaultKind::Twice, 1000, None)),
        passing: 0,
        readable: true,
    },
];

/// The names of the rows, in their order.
const LOOK_UP: &str = "a list (devices of a class)";
const BY_NAME: &str = "a get by name";
const RUN: &str = "run a task on a device by its name";
const AMBIGUOUS: &str = "run a task on a device by a name that two have";

/// How many lines are about the same case.
pub(super) const TOGETHER: usize = 4;

/// What the list holds when nothing happens to it.
struct Fleet {
    house: House,
    /// All devices, in the list's order.
    ids: Vec<i64>,
    /// The servers among them.
    servers: Vec<i64>,
    /// The name of the one that slips.
    name: String,
}

/// Every case, one after the other in one house.
pub(super) async fn lines() -> Vec<Line> {
    let fleet = Fleet::new().await;
    let mut lines = Vec::new();
    for (number, case) in CASES.iter().enumerate() {
        for (row, (told, again)) in [
            (LOOK_UP, fleet.list(case).await),
            (BY_NAME, fleet.get(case).await),
            (RUN, fleet.run(case, number).await),
            (AMBIGUOUS, fleet.run_on_twins(case, number).await),
        ] {
            lines.push((row, [case.name.to_owned(), told, again]));
        }
    }
    let journal = fleet.house.emulator.journal();
    assert!(journal.is_empty(), "nothing was approved: {journal:?}");
    fleet.house.shut().await;
    lines
}

type Told = (String, String);

impl Fleet {
    async fn new() -> Fleet {
        let options = Options { upstream_deadline: Duration::from_secs(60), ..Options::default() };
        let config = Config { devices: DEVICES as u32, ..Config::default() };
        let house = House::with_emulator(options, config).await;
        let mut fleet = Fleet { house, ids: Vec::new(), servers: Vec::new(), name: String::new() };
        for page in [1, 2] {
            let arguments = json!({"page_number": page, "page_size": 1000, "fields": "device_id"});
            fleet.ids.extend(ids(&fleet.read("n_central-list-devices", arguments).await.unwrap()));
        }
        assert_eq!(fleet.ids.len(), DEVICES);
        for twin in TWINS {
            let patch = DevicePatch { long_name: Some(TWINS_NAME.into()), ..DevicePatch::default() };
            let id = i32::try_from(fleet.ids[twin]).unwrap();
            assert!(fleet.house.emulator.patch_device(id, &patch).unwrap());
        }
        let device =
            fleet.read("n_central-get-device", json!({"device_id": fleet.ids[SLIPS]})).await.unwrap();
        fleet.name = device["long_name"].as_str().unwrap().to_owned();
        fleet.servers = ids(&fleet.servers().await.unwrap());
        let slipping = &fleet.ids[1000..1060];
        assert!(slipping.iter().any(|id| fleet.servers.contains(id)), "no server would slip");
        fleet
    }

    async fn read(&self, tool: &str, arguments: Value) -> Result<Value, Problem> {
        match self.house.ask(&self.house.agent, tool, arguments).await? {
            Answer::Read { result, .. } => Ok(result),
            other => panic!("{tool} is no look-up: {other:?}"),
        }
    }

    async fn servers(&self) -> Result<Value, Problem> {
        let arguments = json!({"device_class": "server", "page_size": 1000, "fields": "device_id"});
        self.read("n_central-list-devices", arguments).await
    }

    /// Lets it happen to the list from its front on.
    fn strike(&self, case: &Case) {
        let fault = case.fault.map(|(kind, rows, times)| Fault {
            rows: Some(rows),
            times,
            ..Fault::new("listDevices", kind)
        });
        self.house.emulator.set_faults(fault.into_iter().collect());
    }

    async fn list(&self, case: &Case) -> Told {
        self.strike(case);
        let answer = match self.servers().await {
            Ok(answer) => answer,
            Err(problem) => return refused(case, &problem),
        };
        let given = ids(&answer);
        let once: BTreeSet<i64> = given.iter().copied().collect();
        assert_eq!(once.len(), given.len(), "{}: a row came twice", case.name);
        assert_eq!(answer["total"], json!(given.len()), "{}: {}", case.name, answer["note"]);
        let passing = &self.ids[..case.passing];
        let lost = self.servers.iter().filter(|id| !once.contains(id) && !passing.contains(id));
        assert_eq!(lost.count(), 0, "{}: rows were lost", case.name);
        assert!(given.iter().all(|id| self.servers.contains(id)), "{}", case.name);
        told(case, "every row that was there all the time, once")
    }

    async fn get(&self, case: &Case) -> Told {
        self.strike(case);
        match self.read("n_central-get-device", json!({"device": self.name})).await {
            Ok(device) => {
                assert_eq!(device["device_id"], json!(self.ids[SLIPS]), "{}", case.name);
                told(case, "the data")
            }
            Err(problem) => refused(case, &problem),
        }
    }

    async fn run(&self, case: &Case, number: usize) -> Told {
        self.strike(case);
        match self.ask_to_run(&self.name, number).await {
            Ok(Answer::Held(held)) => {
                let targets: Vec<&TargetId> = held.targets.iter().map(|target| &target.id).collect();
                assert_eq!(targets, [&TargetId::Number(self.ids[SLIPS])], "{}", case.name);
                told(case, "held, for the right device")
            }
            Ok(other) => panic!("{}: {other:?}", case.name),
            Err(problem) => refused(case, &problem),
        }
    }

    async fn run_on_twins(&self, case: &Case, number: usize) -> Told {
        self.strike(case);
        let problem = self.ask_to_run(TWINS_NAME, number).await.unwrap_err();
        if case.readable {
            assert_eq!(problem.kind, Kind::AmbiguousName, "{}: {problem:?}", case.name);
            assert_eq!(problem.details["candidates"].as_array().unwrap().len(), 2, "{}", case.name);
        }
        refusal(case, &problem)
    }

    async fn ask_to_run(&self, device: &str, number: usize) -> Result<Answer, Problem> {
        let name = format!("Cleanup {number}");
        let arguments = json!({"device": device, "script": "Cleanup temporary files", "name": name});
        self.house.ask(&self.house.agent, "n_central-run-direct-task", arguments).await
    }
}

fn ids(answer: &Value) -> Vec<i64> {
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!(answer["returned"], json!(rows.len()), "{}", answer["note"]);
    rows.iter().map(|row| row[0].as_i64().unwrap()).collect()
}

fn told(case: &Case, what: &str) -> Told {
    assert!(case.readable, "{}: a part passed for the whole", case.name);
    (what.to_owned(), String::new())
}

fn refused(case: &Case, problem: &Problem) -> Told {
    assert!(!case.readable, "{}: {problem:?}", case.name);
    refusal(case, problem)
}

fn refusal(case: &Case, problem: &Problem) -> Told {
    assert_eq!(problem.changed, Changed::No, "{}: {problem:?}", case.name);
    assert!(!problem.hint.is_empty(), "{}: {problem:?}", case.name);
    (format!("`{}`", problem.kind), if problem.retryable { "yes" } else { "no" }.to_owned())
}
