//! The stop switch in the browser: pressed in one window, seen in every other, felt by callers at once, and taken back
//! by an administrator alone.

use super::house::TECHNICIAN;
use super::{House, Window, is_there};
use crate::support::ADMIN_PASSWORD;
use serde_json::json;

/// What an agent's run is answered.
fn ask_to_run(house: &House) -> (u16, serde_json::Value) {
    let body = json!({"device": "GLOBEX-WS02", "item_id": 2014, "task_type": "Script"});
    house.serve.http("POST", "/api/v1/tools/n_central-run-direct-task", Some(&house.key), Some(body))
}

#[test]
fn stop_is_typed_seen_everywhere_and_resumed_by_an_administrator() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let held = house.hold("GLOBEX-WS01", "ticket 4711");
    let (window, other) = (Window::new(house.url()), Window::new(house.url()));
    window.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    other.sign_in("admin", ADMIN_PASSWORD);
    other.open("/activity");
    other.sees("Live");
    window.press("Stop…");
    window.is_at("/stop");
    window.fill("Why", "ransomware at <b>Globex</b>");
    window.fill("Type “stop”", "stopp");
    window.press("Stop");
    window.sees("Nothing was stopped");
    window.holds("reason", "ransomware at <b>Globex</b>");
    assert_eq!(ask_to_run(&house).0, 202, "nothing is stopped yet");
    window.fill("Type “stop”", "stop");
    window.press("Stop");
    window.sees("Everything is stopped.");
    window.no_violations("stopped");
    window.picture("stopped");
    other.sees("Everything is stopped.");
    other.sees("ransomware at <b>Globex</b>");
    let (status, refused) = ask_to_run(&house);
    assert_eq!((status, &refused["kind"]), (403, &json!("stopped")), "{refused}");
    window.sees_no("Resume everything");
    window.open(&format!("/approvals/{}", held["approval_id"].as_str().unwrap()));
    window.press("Approve and run");
    window.sees("stopped");
    assert!(house.emulator.journal().is_empty(), "nothing runs while it is stopped");
    other.press("Resume");
    other.press("Resume everything");
    other.sees("Nothing is stopped.");
    window.sees_no("Everything is stopped.");
    assert_eq!(ask_to_run(&house).0, 202);
}
