//! The record in the browser: read, narrowed, announced, and caught when somebody tampers with it.

use super::house::TECHNICIAN;
use super::window::Screen;
use super::{House, Window, is_there};
use serde_json::json;
use thirtyfour::Key;

fn at_activity(house: &House) -> Window {
    let window = Window::new(house.url());
    window.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    window.open("/activity");
    window.sees("Activity");
    window
}

#[test]
fn the_record_is_read_by_keyboard_and_what_is_new_moves_nothing() {
    if !is_there() {
        return;
    }
    let house = House::new();
    house.hold("GLOBEX-WS01", "<script>document.title='taken'</script>");
    let mut window = at_activity(&house);
    window.sees("agent asks for");
    window.sees("<script>document.title='taken'</script>");
    window.is_called("(1) Activity · ncgate");
    window.no_violations("activity");
    window.fits("activity");
    window.picture("activity");
    window.screen(Screen::Phone);
    window.fits("activity on a phone");
    window.picture("activity-phone");
    window.screen(Screen::Desktop);
    window.sees("Live");
    let before = window.ask("return document.querySelector('#list tbody tr').innerText");
    house.hold("GLOBEX-WS02", "");
    window.sees("new entr");
    let after = window.ask("return document.querySelector('#list tbody tr').innerText");
    assert_eq!(before, after, "rows stay where they are");
    window.open("/activity?event=call.held");
    window.keys("j");
    window.keys(Key::Enter + "");
    window.sees("What is recorded");
    window.sees("Hash of the one before");
    window.no_violations("an entry");
    window.picture("activity-entry");
    window.keys("p");
    window.press("Entry before");
    window.sees("Entry after");
}

#[test]
fn filters_are_set_by_hand() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let held = house.hold("GLOBEX-WS01", "ticket 4711");
    let window = at_activity(&house);
    window.fill("Caller", "agent");
    window.press("Show");
    window.sees("agent asks for");
    window.sees_no("signed in");
    window.press("By time, kind, customer or call");
    window.fill("Kind", "key.revoked");
    window.press("Show");
    window.sees("Nothing fits");
    window.fill("Customer", "Glob");
    window.press("Show");
    window.sees("No customer is called “Glob”");
    window.no_violations("a slip in a filter");
    window.press("Show all");
    window.is_at("/activity");
    window.open(&format!("/calls/{}", held["call_id"].as_str().unwrap()));
    window.press("Every entry of this call");
    window.sees("ticket 4711");
    assert_eq!(window.ask("return document.querySelectorAll('#list tbody tr').length"), 1);
}

#[test]
fn a_customer_is_found_by_name() {
    if !is_there() {
        return;
    }
    let house = House::new();
    for device in ["GLOBEX-WS01", "ACME-WS01"] {
        house.hold(device, &format!("for {device}"));
    }
    let window = at_activity(&house);
    window.press("By time, kind, customer or call");
    window.fill("Customer", "globex");
    window.keys(Key::Enter + "");
    window.sees_no("for ACME-WS01");
    window.sees("for GLOBEX-WS01");
    let chosen = window.ask("return document.getElementById('customer').value");
    assert!(chosen.as_str().unwrap().starts_with("Globex ("), "{chosen}");
    let offered =
        "return [...document.querySelectorAll('#customers option')].map((one) => one.value.split(' ')[0])";
    assert_eq!(window.ask(offered), json!([]), "nobody is about to choose");
    window.fill("Customer", "a");
    window.answers(offered, &json!(["Acme", "Globex"]));
    window.no_violations("the record of a customer");
}

#[test]
fn the_record_leaves_as_a_file() {
    if !is_there() {
        return;
    }
    let house = House::new();
    house.hold("GLOBEX-WS01", "ticket 4711");
    house.hold("GLOBEX-WS02", "<script>document.title='taken'</script>");
    let window = at_activity(&house);
    window.fill("Tool", "n_central-run-direct-task");
    window.press("Show");
    window.sees("What fits the filters above");
    // The browser's own session brings it, from where the button leads.
    let file = |name: &str| {
        let link = format!(
            "[...document.querySelectorAll('a[download]')].find((one) => one.textContent === '{name}')"
        );
        let took = window.ask_later(&format!(
            "const done = arguments[arguments.length - 1];
             fetch({link}.href).then(async (answer) => done(
               [answer.headers.get('content-disposition'), await answer.text()]), (error) => done([String(error), '']))"
        ));
        let [said, text] = [0, 1].map(|at| took[at].as_str().unwrap().to_owned());
        assert!(said.starts_with("attachment"), "{said}");
        text
    };
    let lines: Vec<serde_json::Value> =
        file("JSON Lines").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| line["event"] == "call.held"), "{lines:?}");
    let csv = file("CSV");
    assert!(csv.starts_with("chain,seq,time,event,hash,body") && csv.contains("ticket 4711"), "{csv}");
    assert!(!window.title().contains("taken"));
}

#[test]
fn tampering_is_found_while_the_gateway_runs() {
    if !is_there() {
        return;
    }
    let house = House::new();
    house.hold("GLOBEX-WS01", "ticket 4711");
    let window = at_activity(&house);
    window.press("Verify the record");
    window.sees("The record is whole");
    window.no_violations("a whole record");
    let database = rusqlite::Connection::open(house.home.state().join("ncgate.db")).unwrap();
    let seq: i64 = database
        .query_row("SELECT seq FROM audit_entries WHERE text LIKE '%ticket 4711%'", [], |row| row.get(0))
        .unwrap();
    let change = "UPDATE audit_entries SET text = replace(text, 'ticket 4711', 'ticket 4712') WHERE text LIKE '%ticket 4711%'";
    assert_eq!(database.execute(change, []).unwrap(), 1);
    window.press("Verify the record");
    window.sees(&format!("The record is broken at entry {seq} of main: it is not what was written."));
    window.no_violations("a broken record");
    window.picture("activity-broken");
    window.press("To that entry");
    window.sees("ticket 4712");
}
