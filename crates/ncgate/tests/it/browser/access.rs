//! Coming in and going out: the first administrator, right and wrong passwords, a key, a session that ends.

use super::house::TECHNICIAN;
use super::{House, Window, is_there};
use crate::support::{ADMIN_PASSWORD, Home};

#[test]
fn the_first_run_ends_on_the_overview() {
    if !is_there() {
        return;
    }
    let home = Home::new();
    let serve = home.start(&["serve", "--listen", "127.0.0.1:0"], &[]);
    let setup = serve.text("setup_url").strip_prefix(serve.url()).unwrap().to_owned();
    let window = Window::new(serve.url());
    window.open(&setup);
    window.sees("Welcome to ncgate");
    window.no_violations("setup");
    window.picture("setup");
    window.fill("Name", "ada");
    window.fill("Password", "correct horse");
    window.fill("The password again", "correct hearse");
    window.press("Make the first administrator");
    window.sees("The two passwords are not the same.");
    window.fill("Password", "correct horse");
    window.fill("The password again", "correct horse");
    window.press("Make the first administrator");
    window.sees("You are the first administrator.");
    window.is_at("/");
    window.sees("No server is connected");
    window.no_violations("an empty overview");
    window.picture("overview-empty");
    window.open(&setup);
    window.sees("not good any more");
}

#[test]
fn a_person_comes_in_by_the_right_password_and_goes() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let window = Window::new(house.url());
    window.open("/stop?from=chat");
    window.sees("Sign in");
    window.no_violations("sign-in");
    window.picture("login");
    window.fill("Name", TECHNICIAN.0);
    window.fill("Password", "wrong horse");
    window.press("Sign in");
    window.sees("The name or the password is wrong.");
    window.picture("login-refused");
    window.fill("Password", TECHNICIAN.1);
    window.press("Sign in");
    window.is_at("/stop?from=chat");
    window.open("/");
    window.press("Signed in as dana approver");
    window.press("Sign out");
    window.sees("You are signed out.");
    window.open("/");
    window.is_at("/login");
}

#[test]
fn a_key_in_the_browser_gets_nowhere() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let window = Window::new(house.url());
    window.open("/login");
    window.plant("ncgate_session", &house.key);
    window.open("/");
    window.is_at("/login");
    window.fill("Name", "agent");
    window.fill("Password", &house.key);
    window.press("Sign in");
    window.sees("The name or the password is wrong.");
}

#[test]
fn a_session_that_ends_elsewhere_ends_on_the_page() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let window = Window::new(house.url());
    window.sign_in("admin", ADMIN_PASSWORD);
    window.sees("Live");
    let person = Window::new(house.url());
    person.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    person.sees("Live");
    let (status, _) = house.serve.http("DELETE", "/api/v1/people/dana", Some(&house.admin), None);
    assert_eq!(status, 204);
    person.is_at("/login");
    window.sees("Overview");
}
