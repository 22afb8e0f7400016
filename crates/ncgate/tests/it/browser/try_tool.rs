//! Trying tools in the browser: rows, names that fit several, a plan and then a decision; with the keyboard alone.

use super::house::TECHNICIAN;
use super::window::Screen;
use super::{House, Window, is_there};
use crate::support::ADMIN_PASSWORD;
use serde_json::{Value, json};
use thirtyfour::Key;

fn at(house: &House, path: &str) -> Window {
    let window = Window::new(house.url());
    window.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    window.open(path);
    window
}

/// The id of a device that has this in its name, and renames it.
fn rename(house: &House, search: &str, name: &str) -> i64 {
    let path = "/api/v1/tools/list_devices?connection=main";
    let list = house.post(path, json!({"search": search, "fields": ["device_id"]}));
    let id = match &list["rows"][0][0] {
        Value::String(id) => id.parse().unwrap(),
        id => id.as_i64().unwrap(),
    };
    let control = format!("/_emulator/devices/{id}");
    let (status, said) = house.emulator.http("PATCH", &control, None, Some(json!({"longName": name})));
    assert!((200..300).contains(&status), "{said}");
    id
}

#[test]
fn a_look_up_is_found_filled_in_and_answered_by_keyboard() {
    if !is_there() {
        return;
    }
    let house = House::new();
    rename(&house, "GLOBEX-WS01", "<script>document.title='taken'</script>");
    let mut window = at(&house, "/try");
    window.no_violations("the tools");
    window.fits("the tools");
    window.picture("try");
    window.keys("/");
    window.keys("list devices");
    window.keys(Key::Enter + "");
    window.sees("List devices");
    window.keys("j");
    window.keys(Key::Enter + "");
    window.sees("What to ask for");
    window.no_violations("the form of a look-up");
    window.fill("customer", "Globex");
    window.keys(Key::Enter + "");
    window.sees("Answer:");
    window.sees("<script>document.title='taken'</script>");
    window.sees("GLOBEX-");
    window.no_violations("rows");
    window.fits("rows");
    window.picture("try-rows");
    window.screen(Screen::Phone);
    window.fits("rows on a phone");
    window.picture("try-rows-phone");
    window.screen(Screen::Desktop);
    assert!(!window.title().contains("taken"));
    window.press("Raw JSON");
    window.sees("\"columns\"");
}

#[test]
fn a_name_that_fits_several_is_chosen_with_a_click() {
    if !is_there() {
        return;
    }
    let house = House::new();
    rename(&house, "GLOBEX-WS01", "TWIN");
    let second = rename(&house, "GLOBEX-WS02", "TWIN");
    let window = at(&house, "/try/n_central-get-device?device=TWIN");
    window.press("Look it up");
    window.sees("Which one do you mean?");
    window.no_violations("a choice");
    window.picture("try-choice");
    window.ask(&format!("document.querySelector('button[value=\"device_id={second}\"]').click()"));
    window.sees("Answer");
    window.sees(&second.to_string());
    assert_eq!(window.ask("return document.querySelector('[name=\"a.device\"]').value"), "");
}

#[test]
fn rows_go_on_on_the_next_page() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let window = at(&house, "/try/n_central-list-devices");
    window.press("Columns, order and page");
    window.fill("page_size", "5");
    window.fill("sort_by", "long_name");
    window.press("Look it up");
    window.sees("Answer: 5 of");
    let first = "return document.querySelector('#answer tbody').innerText";
    let before = window.ask(first);
    window.press("Next page");
    window.holds("a-page_number", "2");
    window.sees("Answer: 5 of");
    assert_ne!(window.ask(first), before);
    window.no_violations("the second page of rows");
}

#[test]
fn a_run_is_planned_asked_for_decided_by_somebody_else_and_followed() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let script = json!({"name": "Clean up", "item_id": 2014, "task_type": "Script"});
    house.post("/api/v1/connections/main/scripts", script);
    let mut window = at(&house, "/try/n_central-run-direct-task");
    window.fill("device", "GLOBEX-WS01");
    window.fill("script", "Clean up");
    // The default, chosen by hand; the fields of an account stay empty.
    window.fill("type", "LocalSystem");
    window.fill("reason", "<script>document.title='taken'</script>");
    window.press("Show what will happen");
    window.sees("What will happen");
    window.sees("Nothing has been sent yet.");
    window.sees("it waits until a person who may decide has said yes");
    window.no_violations("a plan");
    window.picture("try-plan");
    window.screen(Screen::Phone);
    window.fits("a plan on a phone");
    window.screen(Screen::Desktop);
    assert!(house.emulator.journal().is_empty());
    window.press("Ask for it");
    window.sees("It waits for a person's decision.");
    window.sees("This is your own call");
    let approval = window.path();
    window.press("Approve and run");
    window.sees_no("You approved it.");
    window.sees("own");
    assert!(house.emulator.journal().is_empty(), "nobody approves what he asked for");
    window.sees("Live");

    let other = Window::new(house.url());
    other.sign_in("admin", ADMIN_PASSWORD);
    other.open(&approval);
    other.sees("<script>document.title='taken'</script>");
    other.sees("item_id");
    other.press("Approve and run");
    other.sees("You approved it.");
    window.sees("admin approved it");
    window.sees("task ");
    assert_eq!(house.emulator.journal().len(), 1, "it ran once");
    window.press("The call and its result");
    window.sees("Target by target");
    assert!(!window.title().contains("taken"));
}
