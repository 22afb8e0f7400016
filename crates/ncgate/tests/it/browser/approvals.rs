//! Deciding in the browser: what appears by itself, what a yes takes, what a no tells, and what comes too late.

use super::house::TECHNICIAN;
use super::window::Screen;
use super::{House, Window, is_there};
use serde_json::{Value, json};
use thirtyfour::Key;

/// The technician's window on the inbox.
fn inbox(house: &House) -> Window {
    let window = Window::new(house.url());
    window.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    window.open("/approvals");
    window.sees("Live");
    window
}

fn page(held: &Value) -> String {
    format!("/approvals/{}", held["approval_id"].as_str().unwrap())
}

#[test]
fn a_technician_approves_by_keyboard_alone_and_every_window_follows() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let (window, other) = (inbox(&house), inbox(&house));
    window.sees("Nothing waits for you");
    let held = house.hold("GLOBEX-WS01", "ticket 4711: the disk is full");
    window.sees("ticket 4711: the disk is full");
    other.is_called("(1) Approvals · ncgate");
    window.keys("j");
    window.keys(Key::Enter + "");
    window.is_at(&page(&held));
    window.sees("Nothing has been sent.");
    window.no_violations("an approval");
    window.keys("a");
    assert_eq!(window.focus(), "Approve and run");
    window.keys(Key::Enter + "");
    window.sees("You approved it.");
    window.sees("dana approved it");
    window.sees("task ");
    other.sees("Nothing waits for you");
    other.is_called("Approvals · ncgate");
    assert_eq!(house.emulator.journal().len(), 1, "it ran once");
    window.press("The call and its result");
    window.sees("Target by target");
    window.no_violations("a call");
}

#[test]
fn a_denial_tells_the_caller_why() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let held = house.hold("GLOBEX-WS01", "<script>document.title='taken'</script>");
    let window = inbox(&house);
    window.sees("<script>document.title='taken'</script>");
    window.is_called("(1) Approvals · ncgate");
    window.keys("j");
    window.keys("d");
    window.is_at(&format!("{}#reason", page(&held)));
    assert_eq!(window.focus(), "reason");
    window.keys("not during business hours");
    window.press("Deny");
    window.sees("You denied it.");
    window.sees("dana said: “not during business hours”");
    let call = format!("/api/v1/calls/{}", held["call_id"].as_str().unwrap());
    let (_, told) = house.serve.http("GET", &call, Some(&house.key), None);
    assert!(told["error"]["message"].as_str().unwrap().contains("not during business hours"), "{told}");
    assert!(house.emulator.journal().is_empty());
}

#[test]
fn a_server_takes_its_name_and_the_password() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let held = house.hold("ACME-FS01", "");
    let window = Window::new(house.url());
    window.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    window.open(&page(&held));
    window.no_violations("an approval of a server");
    window.picture("approval-server");
    window.fill("Type ACME-FS01 to approve", "ACME-FS02");
    window.fill("Reason", "as agreed");
    window.press("Approve and run");
    window.sees("Type exactly `ACME-FS01` to approve this.");
    assert_eq!(
        window.ask("return document.getElementById('reason').value"),
        "as agreed",
        "nothing typed is lost"
    );
    window.fill("Type ACME-FS01 to approve", "ACME-FS01");
    window.fill("Your password", "wrong horse");
    window.press("Approve and run");
    window.sees("password");
    assert!(house.emulator.journal().is_empty(), "nothing runs before both are right");
    window.fill("Type ACME-FS01 to approve", "ACME-FS01");
    window.fill("Your password", TECHNICIAN.1);
    window.press("Approve and run");
    window.sees("You approved it.");
}

#[test]
fn what_was_decided_elsewhere_is_not_decided_here() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let held = house.hold("GLOBEX-WS01", "");
    let window = Window::new(house.url());
    window.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    window.open(&page(&held));
    window.sees("Live");
    house.post(&format!("/api/v1{}/withdraw", page(&held)), json!({}));
    window.sees("took it back");
    window.sees_no("Your decision");
    window.open("/approvals?state=withdrawn");
    window.sees("withdrawn");
    assert!(house.emulator.journal().is_empty());
}

#[test]
fn what_expires_while_it_is_looked_at_says_so() {
    if !is_there() {
        return;
    }
    let house = House::with(&["--approval-ttl", "4s"]);
    let window = Window::new(house.url());
    window.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    let held = house.hold("GLOBEX-WS01", "");
    window.open(&page(&held));
    window.sees("Approve and run");
    window.sees("Nobody decided in time.");
    window.sees_no("Your decision");
    assert!(house.emulator.journal().is_empty());
}

#[test]
fn on_a_phone_what_waits_comes_before_what_narrows_it() {
    const SEEN: &str = "return ['#caller', '.filters > summary', '#list [data-row]', '.keyboard:not(button)']
        .map((part) => document.querySelector(part).checkVisibility())";
    if !is_there() {
        return;
    }
    let house = House::new();
    house.hold("GLOBEX-WS01", "ticket 4711: the disk is full");
    let mut window = inbox(&house);
    window.answers(SEEN, &json!([true, false, true, true]));
    window.screen(Screen::Phone);
    window.open("/approvals");
    window.answers(SEEN, &json!([false, true, true, false]));
    window.press("Narrow the list");
    window.answers(SEEN, &json!([true, true, true, false]));
    window.no_violations("the inbox with its fields, on a phone");
    window.fill("Caller", "nobody");
    window.press("Show");
    window.sees("Nothing fits");
    assert_eq!(
        window.ask("return document.querySelector('#caller').checkVisibility()"),
        true,
        "what narrows the list is in sight"
    );
    window.open("/approvals");
    window.keys("/");
    assert_eq!(window.focus(), "tool", "the key for searching unfolds it");
}
