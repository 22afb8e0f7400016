//! The promises of the gate, from outside: what is held, who decides, what is sent.

use crate::support::{ADMIN_PASSWORD, Ended, Home, Service};
use serde_json::{Value, json};

/// A gateway with an administrator, an approver and an agent's key, connected to an N-central.
pub(crate) struct House {
    pub(crate) home: Home,
    pub(crate) emulator: Service,
    pub(crate) serve: Service,
    key: String,
    approver: String,
}

impl House {
    pub(crate) fn new() -> House {
        let home = Home::new();
        let emulator = home.emulator(&[]);
        home.connect(&emulator);
        home.run(&["script", "add", "--name", "Cleanup", "--item-id", "2014", "--type", "Script"]).done();
        let serve = home.serve();
        let admin = serve.sign_in("admin", ADMIN_PASSWORD);
        let as_admin = |arguments: &[&str], input: &str| {
            home.run_with(arguments, &[("NCGATE_SESSION", &admin)], input).done()
        };
        let key = as_admin(&["key", "create", "--name", "agent", "--kind", "agent"], "");
        as_admin(&["user", "add", "kim", "--role", "approver"], "another long password\n");
        let approver = serve.sign_in("kim", "another long password");
        let key = key["secret"].as_str().unwrap().to_owned();
        House { home, emulator, serve, key, approver }
    }

    pub(crate) fn agent(&self, arguments: &[&str]) -> Ended {
        self.home.run_with(arguments, &[("NCGATE_KEY", &self.key)], "")
    }

    pub(crate) fn approver(&self, arguments: &[&str]) -> Ended {
        self.signed_in(&self.approver, arguments)
    }

    /// As whoever has this session.
    pub(crate) fn signed_in(&self, session: &str, arguments: &[&str]) -> Ended {
        self.home.run_with(arguments, &[("NCGATE_SESSION", session)], "")
    }

    /// The administrator's session.
    pub(crate) fn admin(&self) -> String {
        self.serve.sign_in("admin", ADMIN_PASSWORD)
    }

    /// Asks for a run on a workstation, which is held.
    pub(crate) fn held(&self) -> Value {
        let ended = self.agent(&RUN);
        assert_eq!(ended.code, 3, "{ended:?}");
        ended.json()
    }
}

const RUN: [&str; 6] =
    ["call", "n_central-run-direct-task", "--devices", "GLOBEX-WS01,GLOBEX-WS02", "--script", "Cleanup"];

pub(crate) fn text<'a>(answer: &'a Value, member: &str) -> &'a str {
    answer[member].as_str().unwrap_or_else(|| panic!("no {member} in {answer}"))
}

#[test]
fn an_approved_run_sends_one_request_a_device() {
    let house = House::new();
    let held = house.held();
    assert_eq!(held["status"], "approval_required");
    assert!(house.emulator.journal().is_empty(), "nothing is sent before the decision");
    let shown = house.approver(&["approvals", "show", text(&held, "approval_id")]).done();
    assert_eq!(shown["targets"].as_array().unwrap().len(), 2);
    let approved = house.approver(&["approvals", "approve", text(&held, "approval_id")]).done();
    assert_eq!(approved["state"], "approved");
    // Asking the same again is the same call: it waits for the outcome and is told it.
    let done = house.agent(&[&RUN[..], &["--wait"]].concat()).done();
    assert_eq!((&done["status"], &done["call_id"]), (&json!("done"), &held["call_id"]));
    let journal = house.emulator.journal();
    let mut devices: Vec<i64> =
        journal.iter().map(|entry| entry["body"]["deviceId"].as_i64().unwrap()).collect();
    devices.dedup();
    assert_eq!((journal.len(), devices.len()), (2, 2), "{journal:?}");
}

#[test]
fn waiting_ends_with_the_decision() {
    let house = House::new();
    std::thread::scope(|threads| {
        let waiting = threads.spawn(|| house.agent(&[&RUN[..], &["--wait=60"]].concat()));
        let id = loop {
            let list = house.approver(&["approvals", "list", "--only", "pending"]).done();
            if let Some(id) = list["items"][0]["id"].as_str() {
                break id.to_owned();
            }
        };
        house.approver(&["approvals", "deny", &id, "--reason", "not today"]).done();
        let ended = waiting.join().unwrap();
        assert_eq!((ended.code, ended.json()["kind"].as_str()), (4, Some("denied")), "{ended:?}");
        assert!(ended.out.contains("not today"), "{ended:?}");
    });
    assert!(house.emulator.journal().is_empty());
}

#[test]
fn a_key_can_not_decide_by_any_route() {
    let house = House::new();
    let held = house.held();
    let id = text(&held, "approval_id");
    let ended = house.agent(&["approvals", "approve", id]);
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (4, Some("not-a-person")), "{ended:?}");
    let decision = json!({ "decision": "approve", "plan_digest": held["plan_digest"] });
    let path = format!("/api/v1/approvals/{id}/decision");
    let (status, problem) = house.serve.http("POST", &path, Some(&house.key), Some(decision));
    assert_eq!((status, problem["kind"].as_str()), (403, Some("not-a-person")), "{problem}");
    // The agent runs as the owner of the state here, and even so it is no person once there is an administrator.
    let ended = house.home.run(&["approvals", "approve", id]);
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (1, Some("unauthenticated")), "{ended:?}");
    assert!(house.emulator.journal().is_empty());
}

#[test]
fn the_stop_switch_refuses_and_an_administrator_resumes() {
    let house = House::new();
    house.approver(&["stop", "--reason", "drill"]).done();
    let ended = house.agent(&RUN);
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (4, Some("stopped")), "{ended:?}");
    house.agent(&["call", "list_devices", "--search", "FS"]).done();
    let ended = house.approver(&["resume"]);
    assert_eq!(ended.code, 4, "{ended:?}");
    let admin = house.admin();
    house.home.run_with(&["resume"], &[("NCGATE_SESSION", &admin)], "").done();
    house.held();
}

#[test]
fn a_disabled_tool_is_unknown_to_a_key() {
    let house = House::new();
    let admin = house.admin();
    let arguments = ["policy", "set", "n_central-run-direct-task", "disabled"];
    let policies = house.home.run_with(&arguments, &[("NCGATE_SESSION", &admin)], "").done();
    assert_eq!(policies["policies"]["n_central-run-direct-task"], "disabled");
    let ended = house.agent(&RUN);
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (4, Some("unknown-tool")), "{ended:?}");
    let ended = house.approver(&RUN);
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (4, Some("tool-disabled")), "{ended:?}");
}

#[test]
fn the_gateway_refuses_before_anything_is_asked_for() {
    let house = House::new();
    let asked = ["call", "n_central-run-direct-task", "--devices", "ACME-FS01", "--script", "Cleanup"];
    let held = house.agent(&asked).json();
    let approve = ["approvals", "approve", text(&held, "approval_id")];
    let admin = house.admin();
    let refused = |ended: Ended| (ended.code, ended.json()["kind"].as_str().map(str::to_owned));
    let own = house.home.run_with(&approve, &[("NCGATE_SESSION", &admin)], "");
    assert_eq!(refused(own), (4, Some("self-approval".to_owned())), "the administrator made the agent's key");
    let wrong = house.approver(&[&approve[..], &["--confirm", "ACME-FS02"]].concat());
    assert_eq!(refused(wrong), (2, Some("wrong-confirmation".to_owned())));
    house.approver(&["stop", "--reason", "drill"]).done();
    assert_eq!(refused(house.approver(&approve)), (4, Some("stopped".to_owned())));
    assert!(house.emulator.journal().is_empty());
}

#[test]
fn a_key_is_narrowed_to_customers_by_id_or_by_name() {
    let home = Home::new();
    let emulator = home.emulator(&[]);
    home.connect(&emulator);
    let create = |customers: &str| {
        home.run(&["key", "create", "--name", customers, "--kind", "agent", "--customers", customers])
    };
    let secret = create("acme,103").done()["secret"].as_str().unwrap().to_owned();
    let seen = home.run_with(&["call", "list_customers"], &[("NCGATE_KEY", &secret)], "").done();
    let names: Vec<&str> =
        seen["rows"].as_array().unwrap().iter().map(|row| row[1].as_str().unwrap()).collect();
    assert_eq!(names, ["Acme", "Globex"]);
    let ended = create("Acmee");
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (1, Some("not-found")), "{ended:?}");
    assert!(ended.err.contains("Did you mean Acme"), "{ended:?}");
}

#[test]
fn a_withdrawn_call_never_runs() {
    let house = House::new();
    let held = house.held();
    let withdrawn = house.agent(&["approvals", "withdraw", text(&held, "approval_id")]).done();
    assert_eq!(withdrawn["state"], "withdrawn");
    let ended = house.approver(&["approvals", "approve", text(&held, "approval_id")]);
    assert_ne!(ended.code, 0, "{ended:?}");
    assert!(house.emulator.journal().is_empty());
}

#[test]
fn waiting_that_was_not_long_enough_leaves_the_call_held() {
    let house = House::new();
    let ended = house.agent(&[&RUN[..], &["--wait=1"]].concat());
    assert_eq!((ended.code, ended.json()["status"].as_str()), (3, Some("approval_required")), "{ended:?}");
    assert!(ended.err.contains("ncgate approvals show"), "who waits can tell a person: {ended:?}");
}

#[test]
fn a_call_that_waits_outlives_its_gateway() {
    let House { home, emulator, serve, key, approver } = House::new();
    let arguments = [&RUN[..], &["--wait"]].concat();
    std::thread::scope(|threads| {
        let waiting = threads.spawn(|| home.run_with(&arguments, &[("NCGATE_KEY", &key)], ""));
        let as_approver =
            |arguments: &[&str]| home.run_with(arguments, &[("NCGATE_SESSION", &approver)], "").done();
        let id = loop {
            if let Some(id) =
                as_approver(&["approvals", "list", "--only", "pending"])["items"][0]["id"].as_str()
            {
                break id.to_owned();
            }
        };
        // Killed, not told to end: whoever waits has to notice by itself, and becomes the owner.
        drop(serve);
        as_approver(&["approvals", "approve", &id]);
        let done = waiting.join().unwrap().done();
        assert_eq!(done["status"], "done", "{done}");
    });
    assert_eq!(emulator.journal().len(), 2);
}
