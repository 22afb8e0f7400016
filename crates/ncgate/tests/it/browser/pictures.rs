//! The pictures in the documentation: an invented evening at an emulated N-central. `UPDATE_DOCS=1` writes them into
//! `docs/images`; otherwise they lie with the other pictures, and show that they can still be taken.

use super::house::TECHNICIAN;
use super::window::Screen;
use super::{House, Window, is_there};
use crate::support::ADMIN_PASSWORD;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The largest picture that a document takes, in bytes.
const LARGEST: usize = 160_000;

/// Where they go.
fn folder() -> PathBuf {
    match std::env::var_os("UPDATE_DOCS") {
        Some(_) => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/images")),
        None => super::judge::target().join("screenshots/documents"),
    }
}

/// Has the agent ask for something that waits for a person.
fn hold(house: &House, key: &str, tool: &str, arguments: Value) -> Value {
    let path = format!("/api/v1/tools/{tool}");
    let (status, held) = house.serve.http("POST", &path, Some(key), Some(arguments));
    assert_eq!(status, 202, "{held}");
    held
}

fn approval(held: &Value) -> String {
    format!("/approvals/{}", held["approval_id"].as_str().unwrap())
}

#[test]
fn the_pictures_of_the_documentation_can_be_taken() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let script = json!({"name": "Clean up temporary files", "item_id": 2014, "task_type": "Script"});
    house.post("/api/v1/connections/main/scripts", script);
    let key = house.post("/api/v1/keys", json!({"name": "triage", "kind": "agent"}));
    let key = key["secret"].as_str().unwrap();
    let service_orgs = house.post("/api/v1/tools/n_central-list-service-orgs?connection=main", json!({}));
    let customer = json!({
        "service_org_id": service_orgs["rows"][0][0],
        "customer_name": "Initech",
        "reason": "New contract, starts on Monday",
    });
    hold(&house, key, "n_central-create-customer", customer);
    let workstations: Vec<String> = (1..=6).map(|number| format!("GLOBEX-WS{number:02}")).collect();
    let floor = json!({
        "devices": workstations,
        "script": "Clean up temporary files",
        "reason": "Ticket 4711: profiles are full on the whole floor",
    });
    hold(&house, key, "n_central-run-direct-task", floor);
    let site = json!({
        "devices": ["ACME-FS01", "ACME-WS01", "ACME-LT01"],
        "script": "Clean up temporary files",
        "reason": "Disk E: is at 96 %. Free some space before the backup at 03:00.",
    });
    let held = hold(&house, key, "n_central-run-direct-task", site);

    let mut window = Window::new(house.url());
    window.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    window.screen(Screen::Document);
    for (path, name, seen) in [
        ("/", "overview", "active"),
        ("/approvals", "approvals", "Ticket 4711"),
        (&approval(&held), "approval", "Your decision"),
    ] {
        window.open(path);
        window.sees(seen);
        window.sees("Live");
        let size = window.view(&folder(), name);
        assert!(size < LARGEST, "{name} has {size} bytes");
    }
    let mut administrator = Window::new(house.url());
    administrator.sign_in("admin", ADMIN_PASSWORD);
    administrator.screen(Screen::Document);
    administrator.open("/integrations/main");
    administrator.sees("may make the");
    administrator.ask("document.getElementById('tools').scrollIntoView()");
    let size = administrator.view(&folder(), "integration");
    assert!(size < LARGEST, "integration has {size} bytes");
    window.screen(Screen::Phone);
    window.open(&approval(&held));
    window.sees("To the decision");
    let size = window.view(&folder(), "approval-phone");
    assert!(size < LARGEST, "approval-phone has {size} bytes");
}
