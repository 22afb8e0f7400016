//! One tool, one answer: by its name and by its alias, through REST, MCP and the command line.

use crate::faces::{Face, Faces, Told};
use crate::support::{ADMIN_PASSWORD, Home, Service};
use crate::typical;
use catalog::TOOLS;
use model::Effect;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// A gateway with an administrator and an agent's key, connected to an N-central.
struct House {
    home: Home,
    faces: Faces,
    admin: String,
    serve: Service,
    _emulator: Service,
}

impl House {
    fn new() -> House {
        let home = Home::new();
        let emulator = home.emulator(&[]);
        home.connect(&emulator);
        home.run(&["script", "add", "--name", "Cleanup", "--item-id", "2014", "--type", "Script"]).done();
        let key = home.key(&[]);
        let serve = home.serve();
        let admin = serve.sign_in("admin", ADMIN_PASSWORD);
        House { faces: Faces::new(&serve, &key), home, admin, serve, _emulator: emulator }
    }

    fn ask(&self, face: Face, tool: &str, arguments: &Value) -> Told {
        self.faces.ask(&self.home, face, tool, arguments)
    }

    fn policies(&self) -> BTreeMap<String, String> {
        let connection = self.home.run_with(&["connections"], &[("NCGATE_SESSION", &self.admin)], "").done();
        let path = format!("/api/v1/connections/{}/policies", connection["items"][0]["id"].as_str().unwrap());
        let (status, answer) = self.serve.http("GET", &path, Some(&self.admin), None);
        assert_eq!(status, 200, "{answer}");
        serde_json::from_value(answer["policies"].clone()).unwrap()
    }
}

/// Arguments for every tool, of things that are there.
fn arguments(house: &House) -> BTreeMap<&'static str, Value> {
    typical::arguments(|tool, arguments| house.ask(Face::Rest, tool, &arguments).result)
}

/// What is another with every call, and so no part of the comparison.
const OWN_TO_A_CALL: [(&str, &str); 1] = [("n_central-generate-patch-report", "report_id")];

/// A result without what is another with every call.
fn compared(tool: &str, told: &Told) -> Value {
    let mut result = told.result.clone();
    for (_, member) in OWN_TO_A_CALL.iter().filter(|(name, _)| *name == tool) {
        result[*member].take();
    }
    result
}

#[test]
fn every_tool_answers_alike_by_every_name_on_every_face() {
    let house = House::new();
    let arguments = arguments(&house);
    let tools: BTreeSet<&str> = TOOLS.iter().map(|tool| tool.record.name).collect();
    assert_eq!(arguments.keys().copied().collect::<BTreeSet<_>>(), tools, "every tool has its arguments");
    let policies = house.policies();
    let left = Mutex::new(TOOLS.iter());
    let work = || {
        loop {
            let Some(tool) = left.lock().unwrap().next() else { return };
            let name = tool.record.name;
            let arguments = &arguments[name];
            let mut first = house.ask(Face::Rest, name, arguments);
            assert_eq!(first.held, policies[name] == "approval_needed", "{name}: {}", first.text);
            assert!(first.result.get("kind").is_none(), "{name} was refused: {}", first.text);
            for called in std::iter::once(name).chain(tool.record.alias) {
                for face in Face::ALL {
                    let mut told = house.ask(face, called, arguments);
                    // N-central's clock goes on. If it scanned its devices meanwhile, both are asked once more.
                    if compared(name, &told) != compared(name, &first) {
                        let now = house.ask(Face::Rest, name, arguments);
                        assert_ne!(compared(name, &now), compared(name, &first), "{called} through {face:?}");
                        (first, told) = (now, house.ask(face, called, arguments));
                    }
                    // A held call that is asked again is the same call, so even its id is the same.
                    assert_eq!(compared(name, &told), compared(name, &first), "{called} through {face:?}");
                }
            }
        }
    };
    std::thread::scope(|threads| {
        let workers: Vec<_> = (0..4).map(|_| threads.spawn(work)).collect();
        for worker in workers {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
}

#[test]
fn every_tool_starts_with_the_policy_of_its_effect() {
    let house = House::new();
    let policies = house.policies();
    let names: BTreeSet<&str> = TOOLS.iter().map(|tool| tool.record.name).collect();
    assert_eq!(policies.keys().map(String::as_str).collect::<BTreeSet<_>>(), names);
    for tool in TOOLS {
        let rule = match tool.record.effect {
            Effect::Read | Effect::SensitiveRead => "auto",
            Effect::Change | Effect::Run => "approval_needed",
        };
        assert_eq!(policies[tool.record.name], rule, "{}", tool.record.name);
    }
}

#[test]
fn a_policy_set_through_the_alias_is_the_tools_on_every_face() {
    let house = House::new();
    let arguments = arguments(&house);
    let aliases: Vec<(&str, &str)> =
        TOOLS.iter().filter_map(|tool| Some((tool.record.name, tool.record.alias?))).collect();
    let set = |mode: &str| {
        for (name, alias) in &aliases {
            let session = [("NCGATE_SESSION", house.admin.as_str())];
            let policies = house.home.run_with(&["policy", "set", alias, mode], &session, "").done();
            assert_eq!(policies["policies"][*name], mode, "{policies}");
            assert_eq!(policies["policies"].get(*alias), None, "one policy, under the canonical name");
        }
    };
    let ask_all = |check: &dyn Fn(&str, &Told)| {
        for (name, alias) in &aliases {
            for called in [name, alias] {
                Face::ALL.iter().for_each(|face| check(name, &house.ask(*face, called, &arguments[name])));
            }
        }
    };
    set("approval_needed");
    ask_all(&|name, told| assert!(told.held, "{name}: {}", told.text));
    set("disabled");
    ask_all(&|name, told| {
        assert!(told.text.contains("unknown"), "{name}: {}", told.text);
        assert!(!told.held && told.result.get("rows").is_none(), "{name}: {}", told.text);
    });
}
