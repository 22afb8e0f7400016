//! The script list in the browser: kept by hand and by keyboard, filled from what ran, and offered to callers.

use super::house::TECHNICIAN;
use super::{House, Window, is_there};
use crate::support::ADMIN_PASSWORD;
use serde_json::json;
use thirtyfour::Key;

fn administrator(house: &House) -> Window {
    let window = Window::new(house.url());
    window.sign_in("admin", ADMIN_PASSWORD);
    window
}

#[test]
fn a_script_is_listed_by_keyboard_and_offered_to_callers_everywhere() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let (window, other) = (administrator(&house), Window::new(house.url()));
    other.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    other.open("/scripts");
    other.sees("No script is listed yet");
    other.sees("Live");
    window.keys("g");
    window.keys("s");
    window.is_at("/scripts");
    window.no_violations("an empty script list");
    window.picture("scripts-empty");
    window.press("Add a script");
    window.sees("Another parameter");
    window.fill("Name", "<script>document.title='taken'</script>");
    window.fill("Repository item id", "2014");
    window.fill("What it does", "Empties temporary folders.");
    window.fill("Parameter 1", "Path");
    window.press("required, parameter 1");
    // Without leaving the page, and without losing what was typed.
    window.press("Another parameter");
    window.fill("Parameter 3", "Key");
    window.fill("Type of parameter 3", "password");
    assert_eq!(
        window.ask("return document.getElementById('name').value"),
        "<script>document.title='taken'</script>"
    );
    window.no_violations("a script");
    window.picture("script");
    // Enter in a field saves; it does not ask for another row.
    window.fill("Repository item id", "2014");
    window.keys(Key::Enter + "");
    window.sees("is on the list.");
    window.is_called("Scripts · ncgate");
    other.sees("document.title='taken'");
    other.is_called("Scripts · ncgate");
    other.sees_no("Add a script");
    let (_, listed) =
        house.serve.http("POST", "/api/v1/tools/n_central-list-scripts", Some(&house.key), Some(json!({})));
    assert!(listed.to_string().contains("Path: string, required; Key: password, secret"), "{listed}");
    window.keys("j");
    window.keys(Key::Enter + "");
    window.sees("Take it off the list");
    window.fill("Name", "Clean up disk");
    window.press("Save");
    other.sees("Clean up disk");
    window.no_violations("a script list");
    window.picture("scripts");
}

#[test]
fn what_ran_for_a_customer_is_proposed_and_added() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let mut window = administrator(&house);
    window.open("/scripts");
    window.fill("Customer", "Acme");
    window.press("Look");
    window.sees("task names were looked up");
    window.no_violations("proposals");
    window.fits("proposals");
    window.screen(super::window::Screen::Phone);
    window.fits("proposals on a phone");
    window.picture("scripts-phone");
    window.screen(super::window::Screen::Desktop);
    window.press("Add");
    window.sees("Add a script");
    let item = window.ask("return document.getElementById('item_id').value");
    window.press("Add to the list");
    window.sees("is on the list.");
    window.sees(item.as_str().unwrap());
}
