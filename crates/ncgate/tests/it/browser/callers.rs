//! Keys, people and one's own account in the browser: a secret that is seen once, doors that close at once.

use super::house::TECHNICIAN;
use super::{House, Window, is_there};
use crate::support::ADMIN_PASSWORD;
use thirtyfour::Key;

/// The administrator's window.
fn administrator(house: &House) -> Window {
    let window = Window::new(house.url());
    window.sign_in("admin", ADMIN_PASSWORD);
    window
}

/// The first block of this name on the page.
fn code(window: &Window, name: &str) -> String {
    let script = format!("return document.querySelector('[aria-label=\"{name}\"] code').textContent");
    window.ask(&script).as_str().unwrap().to_owned()
}

/// How many keys there are.
fn keys(house: &House) -> usize {
    let (_, keys) = house.serve.http("GET", "/api/v1/keys", Some(&house.admin), None);
    keys["items"].as_array().unwrap().len()
}

#[test]
fn a_key_is_made_by_keyboard_and_shown_once() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let window = administrator(&house);
    window.keys("g");
    window.keys("c");
    window.is_at("/callers");
    window.sees("agent");
    window.no_violations("callers");
    window.keys("n");
    window.is_at("/callers/new");
    window.no_violations("a new key");
    window.fill("Name", "night watch");
    window.press("Only these:");
    window.fill("Search the tools", "list-customers");
    window.sees_no("n_central-get-report");
    window.press("All of Organisation");
    window.no_violations("a new key with tools");
    window.picture("caller-new");
    window.fill("Last day", "12312030");
    window.fill("Notes", "<script>document.title='taken'</script>");
    // By the keyboard alone: Enter in a field sends the form.
    window.fill("Customers", "Globex");
    window.fill("Requests a minute", "600");
    window.keys(Key::Enter + "");
    window.sees("Copy the secret now");
    window.no_violations("a key that was made");
    window.picture("caller-made");
    let (secret, shell) = (code(&window, "Secret"), code(&window, "REST"));
    assert!(secret.starts_with("ncg_"), "{secret}");
    assert!(!window.path().contains("ncg_"), "no address carries it");
    assert!(window.ask("return document.cookie").as_str().unwrap().is_empty());

    // What the page shows works: the address and the key out of the shell's lines.
    let key = shell.split('\'').nth(1).unwrap();
    let address = shell.split_whitespace().find(|word| word.ends_with("/api/v1/tools")).unwrap();
    assert_eq!((key, address), (secret.as_str(), format!("{}/api/v1/tools", house.url()).as_str()));
    let (status, tools) = house.serve.http("GET", "/api/v1/tools", Some(key), None);
    assert_eq!((status, tools["tools"].as_array().unwrap().len()), (200, 1), "{tools}");

    // Loaded again, it sends the form again: no second key, and no secret.
    let made = keys(&house);
    window.reload();
    window.sees("This key was made already");
    assert!(!window.text().contains(&secret));
    assert_eq!(keys(&house), made);
    window.no_violations("a key that was made already");
    window.press("The key");
    window.sees("night watch");
    window.sees("Globex");
    assert!(!window.text().contains(&secret));
    window.is_called("night watch · ncgate");
    window.back();
    window.back();
    assert!(!window.text().contains(&secret), "going back does not bring it back");
    assert_eq!(keys(&house), made);
}

#[test]
fn a_caller_is_found_among_many() {
    if !is_there() {
        return;
    }
    let house = House::new();
    for number in 1..=6 {
        let notes = if number == 3 { "the night shift" } else { "" };
        let key = serde_json::json!({"name": format!("worker {number}"), "kind": "workflow", "notes": notes});
        house.post("/api/v1/keys", key);
    }
    let window = administrator(&house);
    window.open("/callers");
    window.sees("worker 6");
    window.keys("/");
    assert_eq!(window.focus(), "search");
    window.keys("NIGHT shift");
    window.keys(Key::Enter + "");
    window.sees_no("worker 6");
    window.sees("worker 3");
    window.no_violations("callers that were searched");
    window.fill("Search", "nobody of that name");
    window.press("Show");
    window.sees("Nothing fits");
    window.no_violations("no caller that fits");
    window.press("Show all");
    window.is_at("/callers");
    window.sees("worker 6");
}

#[test]
fn a_key_is_revoked_by_its_typed_name_and_ends_in_every_window() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let (window, other) = (administrator(&house), administrator(&house));
    window.open("/callers");
    window.keys("j");
    window.keys(Key::Enter + "");
    window.sees("Its last calls");
    let page = window.path();
    window.no_violations("a key");
    other.open(&page);
    other.sees("Live");
    window.fill("Type agent to revoke it", "agen");
    window.press("Revoke");
    window.sees("Nothing was revoked");
    assert_eq!(house.serve.http("GET", "/api/v1/tools", Some(&house.key), None).0, 200);
    window.fill("Type agent to revoke it", "agent");
    window.press("Revoke");
    window.sees("agent is revoked.");
    assert_eq!(house.serve.http("GET", "/api/v1/tools", Some(&house.key), None).0, 401);
    other.sees("revoked just now");
    window.open("/callers");
    window.sees("Nobody calls yet");
    window.no_violations("no callers");
    window.picture("callers-empty");
}

#[test]
fn a_session_that_an_administrator_ends_is_over_in_the_open_page() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let (window, technician) = (administrator(&house), Window::new(house.url()));
    technician.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    technician.open("/people/dana");
    technician.sees("by admin");
    technician.sees_no("Disable dana");
    technician.open("/approvals");
    technician.sees("Live");
    window.open("/people");
    window.sees("1 session");
    window.no_violations("people");
    window.press("dana");
    window.sees("Set another password");
    window.no_violations("a person");
    window.press("End it");
    window.sees("The session is ended.");
    technician.is_at("/login?next=%2Fapprovals");
    window.press("Disable dana");
    window.sees("dana is disabled");
    technician.fill("Name", TECHNICIAN.0);
    technician.fill("Password", TECHNICIAN.1);
    technician.press("Sign in");
    technician.sees("The name or the password is wrong.");
}

#[test]
fn another_password_ends_the_other_window() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let (window, other) = (Window::new(house.url()), Window::new(house.url()));
    for window in [&window, &other] {
        window.sign_in(TECHNICIAN.0, TECHNICIAN.1);
        window.sees("Live");
    }
    window.press("Signed in as dana approver");
    window.press("Password and sessions");
    window.sees("this one");
    window.no_violations("an account");
    window.fill("Password until now", "wrong horse");
    window.fill("New password", "a newer sentence");
    window.fill("The new password again", "a newer sentence");
    window.press("Change the password");
    window.sees("This was not it.");
    window.no_violations("a wrong old password");
    window.fill("Password until now", TECHNICIAN.1);
    window.fill("New password", "a newer sentence");
    window.fill("The new password again", "a newer sentence");
    window.keys(Key::Enter + "");
    window.sees("Your password is changed.");
    other.is_at("/login");
    other.sign_in(TECHNICIAN.0, "a newer sentence");
    window.open("/account");
    window.press("End all others");
    window.sees("is ended");
    other.is_at("/login");
}
