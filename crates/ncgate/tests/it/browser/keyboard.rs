//! Every flow without a mouse, in one window from signing in to signing out: whatever is needed is reached by Tab in
//! the order of the page, and is seen to have the focus (`hands.rs` judges each stop).

use super::house::TECHNICIAN;
use super::webhooks::Receiver;
use super::{House, Window, is_there};
use crate::support::ADMIN_PASSWORD;
use serde_json::{Value, json};
use thirtyfour::Key;

/// What the agent is answered when it calls this tool.
fn ask(house: &House, tool: &str, body: Value) -> (u16, Value) {
    house.serve.http("POST", &format!("/api/v1/tools/{tool}"), Some(&house.key), Some(body))
}

/// Goes to a page of the navigation, and past what is the same on every page.
#[track_caller]
fn go(window: &Window, page: &str, path: &str) {
    window.follow(page);
    window.is_at(path);
    window.skip();
}

#[test]
fn every_flow_is_done_with_keys_alone() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let window = Window::new(house.url());
    comes_in(&window);
    sets_a_policy(&window, &house);
    denies(&window, &house);
    approves_on_a_server(&window, &house);
    keeps_its_place(&window, &house);
    stops_and_resumes(&window, &house);
    has_a_receiver_told(&window);
    changes_a_person(&window, &house);
    makes_and_revokes_a_key(&window, &house);
    lists_a_script(&window);
    leaves(&window);
}

fn comes_in(window: &Window) {
    window.open("/login");
    // The cursor is in the first field already.
    window.answers("return document.activeElement.name", &"name".into());
    window.strike("admin");
    window.write("Password", "wrong horse");
    window.leave("Sign in", || window.strike(Key::Enter));
    window.sees("The name or the password is wrong.");
    window.answers("return document.activeElement.name", &"password".into());
    window.strike(ADMIN_PASSWORD);
    window.follow("Sign in");
    window.sees("Nothing waits");
}

fn sets_a_policy(window: &Window, house: &House) {
    const LIST: &str = "n_central-list-devices";
    go(window, "Integrations", "/integrations");
    window.follow("main");
    window.skip();
    window.write("Search", "list_devices");
    window.sees_no("n_central-list-customers");
    window.choose(&format!("Policy of {LIST}"), "disabled");
    window.sees("Unsaved changes.");
    assert_eq!(ask(house, LIST, json!({})).0, 200);
    window.follow("Save…");
    window.sees("1 change of yours");
    window.skip();
    window.follow("Save");
    window.sees("Saved: 1 policy is changed.");
    assert_eq!(ask(house, LIST, json!({})).0, 404);
}

fn denies(window: &Window, house: &House) {
    go(window, "Approvals", "/approvals");
    window.sees("Live");
    let held = house.hold("GLOBEX-WS01", "ticket 4711");
    window.sees("ticket 4711");
    window.follow(held["summary"].as_str().unwrap());
    window.skip();
    window.write("Reason", "not during business hours");
    window.follow("Deny");
    window.sees("You denied it.");
    let call = format!("/api/v1/calls/{}", held["call_id"].as_str().unwrap());
    let (_, told) = house.serve.http("GET", &call, Some(&house.key), None);
    assert!(told["error"]["message"].as_str().unwrap().contains("not during business hours"), "{told}");
}

fn approves_on_a_server(window: &Window, house: &House) {
    go(window, "Approvals", "/approvals");
    window.sees("Live");
    let held = house.hold("ACME-FS01", "ticket 4712");
    window.sees("ticket 4712");
    window.follow(held["summary"].as_str().unwrap());
    window.skip();
    window.write("Type ACME-FS01 to approve", "ACME-FS02");
    window.write("Your password", ADMIN_PASSWORD);
    window.follow("Approve and run");
    window.sees("Type exactly `ACME-FS01` to approve this.");
    // What was refused is said first, and from there on it goes.
    window.answers("return document.activeElement.role", &"alert".into());
    assert!(house.emulator.journal().is_empty());
    window.write("Type ACME-FS01 to approve", "ACME-FS01");
    window.write("Your password", ADMIN_PASSWORD);
    window.follow("Approve and run");
    window.sees("You approved it.");
    window.sees("task ");
    assert_eq!(house.emulator.journal().len(), 1);
}

/// What has the focus keeps it while that part of the page changes, by itself or because it was pressed.
fn keeps_its_place(window: &Window, house: &House) {
    go(window, "Approvals", "/approvals");
    window.sees("Live");
    let held = house.hold("GLOBEX-WS01", "ticket 4713");
    window.sees("ticket 4713");
    window.follow(held["summary"].as_str().unwrap());
    window.skip();
    window.tab_to("Targets, one by one");
    let withdraw = format!("/api/v1/approvals/{}/withdraw", held["approval_id"].as_str().unwrap());
    house.post(&withdraw, json!({}));
    window.sees("took it back");
    // The part with the targets got a column by that.
    window.shows("#targets thead", "Outcome");
    window.answers("return document.activeElement.ariaLabel", &"Targets, one by one".into());

    window.open("/integrations/main");
    window.skip();
    window.sees("Check again");
    window.ask("document.querySelector('#checks .row').textContent = 'old'");
    window.hit("Check again");
    window.shows("#checks .row", "well");
    window.answers("return document.activeElement.textContent", &"Check again".into());

    // Where the button goes with the form, its answer has the focus.
    window.open("/try/n_central-list-customers");
    window.skip();
    window.hit("Look it up");
    window.sees("Answer:");
    window.answers("return document.activeElement.id", &"answer".into());
}

fn stops_and_resumes(window: &Window, house: &House) {
    let run = || {
        ask(
            house,
            "n_central-run-direct-task",
            json!({"device": "GLOBEX-WS02", "item_id": 2014, "task_type": "Script"}),
        )
    };
    go(window, "Overview", "/");
    window.follow("Stop…");
    window.skip();
    window.choose("What", "Everything");
    window.write("Why", "ransomware");
    window.write("Type “stop”", "stop");
    window.follow("Stop");
    window.sees("Everything is stopped.");
    assert_eq!(run().0, 403);
    window.follow("Resume");
    window.skip();
    window.follow("Resume everything");
    window.sees("Nothing is stopped.");
    assert_eq!(run().0, 202);
}

fn has_a_receiver_told(window: &Window) {
    let receiver = Receiver::new();
    go(window, "Webhooks", "/webhooks");
    window.follow("Add a webhook");
    window.skip();
    window.write("Name", "jobs");
    window.tab_to("standard");
    window.arrow_to("slack");
    window.strike(Key::Up);
    window.write("URL", &receiver.url);
    window.follow("Add the webhook");
    window.sees("Messages are sent over https only.");
    // On with the field that is wrong.
    window.answers("return document.activeElement.id", &"url".into());
    window.strike(receiver.url.as_str());
    window.tick("Allow private addresses");
    window.follow("Add the webhook");
    window.sees("It is shown this once.");
    window.skip();
    window.follow("I have it");
    window.skip();
    window.follow("Send a test message");
    window.sees("The test message arrived: answered 204.");
}

fn changes_a_person(window: &Window, house: &House) {
    go(window, "People", "/people");
    window.write("Name", "erin");
    window.tab_to("Viewer");
    window.arrow_to("Approver");
    window.write("First password", TECHNICIAN.1);
    window.write("The password again", TECHNICIAN.1);
    window.follow("Add");
    window.is_at("/people/erin");
    window.skip();
    window.tab_to("Approver");
    window.strike(Key::Up);
    window.follow("Save the role");
    let (_, erin) = house.serve.http("GET", "/api/v1/people", Some(&house.admin), None);
    let is_viewer = |person: &Value| person["name"] == "erin" && person["role"] == "viewer";
    assert!(erin["items"].as_array().unwrap().iter().any(is_viewer), "{erin}");
}

fn makes_and_revokes_a_key(window: &Window, house: &House) {
    go(window, "Callers", "/callers");
    window.follow("Make a key");
    window.skip();
    window.write("Name", "night watch");
    window.tab_to("All tools");
    window.arrow_to("Only these:");
    window.write("Search the tools", "list-customers");
    window.tick("n_central-list-customers");
    window.follow("Make the key");
    window.sees("Copy the secret now");
    let secret = window.ask("return document.querySelector('[aria-label=Secret] code').textContent");
    let tools = || house.serve.http("GET", "/api/v1/tools", secret.as_str(), None);
    assert_eq!(tools().1["tools"].as_array().unwrap().len(), 1);
    window.skip();
    window.follow("I have copied it");
    window.skip();
    window.write("Type night watch to revoke it", "night watch");
    window.follow("Revoke");
    window.sees("night watch is revoked.");
    assert_eq!(tools().0, 401);
}

fn lists_a_script(window: &Window) {
    go(window, "Scripts", "/scripts");
    window.follow("Add a script");
    window.skip();
    window.write("Name", "Clean up");
    window.write("Repository item id", "2014");
    window.write("Parameter 1", "Path");
    // Another row comes without leaving the page, and without losing the place on it.
    window.hit("Another parameter");
    window.sees("Parameter 3");
    assert_eq!(window.focus(), "Another parameter");
    window.back_to("Parameter 3");
    window.strike("Key");
    window.choose("Type of parameter 3", "password");
    window.follow("Add to the list");
    window.sees("is on the list.");
    window.skip();
    window.follow("Clean up");
    window.skip();
    window.write("Name", "Clean up disk");
    window.follow("Save");
    window.sees("Clean up disk");
}

fn leaves(window: &Window) {
    window.hit("Signed in as admin administrator");
    window.tab_to("Password and sessions");
    // Escape closes the menu, and the focus is back where it opened.
    window.strike(Key::Escape);
    window.answers("return document.activeElement.tagName", &"SUMMARY".into());
    window.strike(Key::Enter);
    window.follow("Sign out");
    window.sees("You are signed out.");
}
