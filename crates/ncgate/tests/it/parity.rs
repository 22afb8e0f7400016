//! One tool, one answer: by its name and by its alias, through REST, MCP and the command line.

use crate::faces::{Face, Faces, Told};
use crate::support::{ADMIN_PASSWORD, Home, Service};
use catalog::TOOLS;
use model::Effect;
use serde_json::{Value, json};
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

    /// A member of the first row of a list.
    fn first(&self, tool: &str, arguments: Value, column: &str) -> Value {
        let list = self.ask(Face::Rest, tool, &arguments).result;
        let columns = list["columns"].as_array().unwrap_or_else(|| panic!("{tool} lists nothing: {list}"));
        let at = columns.iter().position(|name| name == column).unwrap();
        list["rows"][0][at].clone()
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
    let device = house.first("n_central-list-devices", json!({ "search": "ACME-FS01" }), "device_id");
    let customer =
        house.first("n_central-list-customers", json!({ "sort_by": "customer_name" }), "customer_id");
    let property =
        house.first("n_central-list-org-custom-properties", json!({ "customer": "Acme" }), "property_id");
    let owner =
        house.first("n_central-get-device-custom-properties", json!({ "device_id": device }), "property_id");
    let task = house.first("n_central-list-scheduled-tasks", json!({ "device_id": device }), "task_id");
    let issue = house.first("n_central-list-active-issues", json!({ "customer": "Acme" }), "active_issue_id");
    let report =
        house.ask(Face::Rest, "n_central-generate-patch-report", &json!({ "start_date": "2026-03-01" }));
    let held =
        house.ask(Face::Rest, "n_central-create-site", &json!({ "customer": "Acme", "site_name": "Attic" }));
    let id = |value: &Value| value.to_string().trim_matches('"').to_owned();
    BTreeMap::from([
        ("n_central-list-service-orgs", json!({})),
        ("n_central-list-customers", json!({ "level": "all", "page_size": 5 })),
        ("n_central-get-customer", json!({ "customer": "Acme", "detail": "full" })),
        ("n_central-create-customer", json!({ "service_org_id": 50, "customer_name": "Umbrella" })),
        ("n_central-list-sites", json!({ "customer": "Acme" })),
        ("n_central-create-site", json!({ "customer_id": customer, "site_name": "Cellar" })),
        ("n_central-list-devices", json!({ "customer": "Acme", "fields": "device_id,long_name" })),
        ("n_central-get-device", json!({ "device_id": device })),
        ("n_central-get-device-assets", json!({ "device": "ACME-FS01", "software": "a" })),
        ("n_central-get-device-lifecycle-info", json!({ "device_id": device })),
        ("n_central-get-device-service-monitor-status", json!({ "device_id": device })),
        ("n_central-get-device-custom-properties", json!({ "device_id": device })),
        ("n_central-get-device-custom-property", json!({ "device_id": device, "property_id": owner })),
        (
            "n_central-update-device-custom-property",
            json!({ "device_id": device, "property_id": owner, "value": "R1-U2" }),
        ),
        ("n_central-list-org-custom-properties", json!({ "customer": "Acme" })),
        (
            "n_central-update-org-custom-property",
            json!({ "customer": "Acme", "property_id": property, "value": "Silver" }),
        ),
        ("n_central-list-active-issues", json!({ "customer": "Acme" })),
        ("n_central-get-active-issue", json!({ "active_issue_id": issue })),
        ("n_central-list-job-statuses", json!({ "customer": "Acme" })),
        ("n_central-list-scheduled-tasks", json!({ "customer": "Acme", "page_size": 3 })),
        ("n_central-list-device-scheduled-tasks", json!({ "device_id": device })),
        (
            "n_central-run-direct-task",
            json!({ "device_ids": [device], "script": "Cleanup", "reason": "disk full" }),
        ),
        ("n_central-list-scripts", json!({})),
        ("n_central-get-task", json!({ "task_id": task })),
        ("n_central-get-task-status", json!({ "task_id": task })),
        ("n_central-get-task-details", json!({ "task_id": task })),
        ("n_central-generate-patch-report", json!({ "start_date": "2026-03-01" })),
        ("n_central-get-report", json!({ "report_id": report.result["report_id"] })),
        ("n_central-list-device-filters", json!({})),
        ("n_central-get-registration-token", json!({ "customer": "Acme" })),
        ("n_central-list-users", json!({ "page_size": 5 })),
        (
            "n_central-create-user-role",
            json!({ "org_unit_id": 50, "role_name": "Night shift", "description": "Looks only", "permission_ids": ["1"] }),
        ),
        (
            "n_central-create-device-access-group",
            json!({ "org_unit_id": 50, "group_name": "Servers", "group_description": "Acme's", "device_ids": [device] }),
        ),
        ("n_central-api-get", json!({ "path": format!("/api/devices/{}", id(&device)) })),
        (
            "n_central-api-post",
            json!({ "path": format!("/api/devices/{}/notes", id(&device)), "body": { "text": "Seen" } }),
        ),
        (
            "n_central-api-put",
            json!({ "path": format!("/api/devices/{}/custom-properties/{}", id(&device), id(&owner)), "body": { "value": "R1-U3" } }),
        ),
        ("n_central-api-patch", json!({ "path": "/api/org-units/50/limits", "body": { "limits": [] } })),
        ("n_central-api-delete", json!({ "path": format!("/api/devices/{}", id(&device)) })),
        ("n_central-get-approval", json!({ "approval_id": held.result["approval_id"] })),
        ("n_central-find-operation", json!({ "query": "maintenance window" })),
    ])
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
