//! How every page looks and holds up: pictures for people, axe-core in both colours, the width of a phone, the keyboard.

use super::house::TECHNICIAN;
use super::window::Screen;
use super::{House, Window, is_there};
use serde_json::json;

/// Every page that there is, and the name of its picture.
const PAGES: [(&str, &str); 18] = [
    ("/", "overview"),
    ("/stop", "stop"),
    ("/approvals", "approvals"),
    ("/approvals?state=all", "approvals-all"),
    ("/integrations", "integrations"),
    ("/integrations/main", "integration"),
    ("/integrations/main/checks", "checks"),
    ("/activity", "activity"),
    ("/activity?customer=Nobody", "activity-nobody"),
    ("/people/dana", "person"),
    ("/try", "try"),
    ("/try/n_central-run-direct-task", "try-a-run"),
    ("/callers", "callers"),
    ("/people", "people"),
    ("/account", "account"),
    ("/scripts", "scripts"),
    ("/webhooks", "webhooks"),
    ("/nothing-here", "missing"),
];

#[test]
fn every_page_is_fit_to_be_looked_at() {
    if !is_there() {
        return;
    }
    let house = House::new();
    house.hold("GLOBEX-WS01", "ticket 4711: the disk is full");
    house.hold("GLOBEX-WS02", "");
    let mut window = Window::new(house.url());
    window.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    for (path, name) in PAGES {
        window.open(path);
        window.no_violations(name);
        window.fits(name);
        window.picture(name);
        window.dark(true);
        window.picture(&format!("{name}-dark"));
        window.screen(Screen::Phone);
        window.fits(&format!("{name} on a phone"));
        window.picture(&format!("{name}-phone-dark"));
        window.dark(false);
        window.picture(&format!("{name}-phone"));
        window.screen(Screen::Desktop);
    }
}

#[test]
fn what_waits_appears_by_itself() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let window = Window::new(house.url());
    window.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    window.sees("Nothing waits");
    window.sees("Live");
    window.is_called("Overview · ncgate");
    let held = house.hold("GLOBEX-WS01", "ticket 4711");
    window.sees("GLOBEX-WS01");
    window.is_called("(1) Overview · ncgate");
    assert_eq!(
        window.ask("return document.querySelector('link[rel=icon]').getAttribute('href')"),
        "/icon/1.svg"
    );
    let id = held["approval_id"].as_str().unwrap();
    house.post(&format!("/api/v1/approvals/{id}/withdraw"), json!({}));
    window.sees("Nothing waits");
    window.is_called("Overview · ncgate");
}

#[test]
fn the_keyboard_goes_everywhere() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let window = Window::new(house.url());
    window.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    window.keys(thirtyfour::Key::Tab + "");
    assert_eq!(window.focus(), "Skip to the content");
    window.keys("?");
    window.sees("Search on this page");
    window.no_violations("help");
    window.keys(thirtyfour::Key::Escape + "");
    window.keys("g");
    window.keys("a");
    window.is_at("/approvals");
}
