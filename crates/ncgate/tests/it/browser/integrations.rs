//! Integrations in a browser: from the first run to a connected server, each way in which connecting fails, a policy
//! from the selector to the next call, all of it by keyboard, and health that changes by itself.

use super::window::Screen;
use super::{House, Window, is_there};
use crate::support::{ADMIN_PASSWORD, Home, Service};
use serde_json::{Value, json};
use thirtyfour::Key;

const LIST: &str = "n_central-list-devices";

fn list(house: &House) -> (u16, Value) {
    house.serve.http("POST", &format!("/api/v1/tools/{LIST}"), Some(&house.key), Some(json!({})))
}

fn faults(emulator: &Service, faults: Value) {
    let (status, answer) = emulator.http("PUT", "/_emulator/faults", None, Some(faults));
    assert!((200..300).contains(&status), "{answer}");
}

/// Looks at a page in all its guises.
fn look(window: &mut Window, name: &str) {
    window.no_violations(name);
    window.fits(name);
    window.picture(name);
    window.dark(true);
    window.no_violations(&format!("{name} in dark"));
    window.picture(&format!("{name}-dark"));
    window.dark(false);
    window.screen(Screen::Phone);
    window.fits(&format!("{name} on a phone"));
    window.picture(&format!("{name}-phone"));
    window.screen(Screen::Desktop);
}

#[test]
fn from_the_first_run_to_connected_past_every_failure() {
    if !is_there() {
        return;
    }
    let (home, outside) = (Home::new(), Home::new());
    let emulator = outside.emulator(&[]);
    let serve = home.serve();
    let mut window = Window::new(serve.url());
    window.sign_in("admin", ADMIN_PASSWORD);
    window.press("Connect a server");
    window.is_at("/integrations");
    window.sees("MSP Settings → Integrations");
    window.sees("not connected");
    look(&mut window, "integrations-empty");
    window.press("Connect");
    window.is_at("/integrations/connect");
    look(&mut window, "connect");

    // As it is typed, before anything is sent.
    window.fill("Instance URL", "https://nc.example.com/login");
    window.sees("Give the address without a path");
    window.fill("Instance URL", "ftp://nc.example.com");
    window.sees("Only https addresses are accepted.");
    window.fill("Instance URL", "https://nc.example.com/");
    window.sees("The slash at the end of the address was dropped.");

    let secret = "eyJ.planted.secret";
    let fails = |url: &str, said: &str| {
        window.fill("Instance URL", url);
        window.fill("JWT token", secret);
        window.press("Save");
        window.holds("jwt", "");
        window.sees(said);
        assert!(!window.text().contains(secret));
        window.holds("url", url);
    };
    let url = emulator.url().to_owned();
    fails("https://nc.example.com?a=1", "without a query");
    fails("http://127.0.0.1:1", "Check the address for slips");
    fails(&url.replace("http:", "https:"), "does not speak TLS");
    fails(&url, "refuses the JWT");
    let broken = |fault: Value, said: &str| {
        faults(&emulator, json!([fault]));
        fails(&url, said);
        faults(&emulator, json!([]));
    };
    broken(json!({"operation": "authenticate", "fault": "html"}), "N-central itself");
    broken(json!({"operation": "authenticate", "fault": "status", "status": 503}), "is restarting");
    broken(json!({"operation": "authenticate", "fault": "status", "status": 429}), "Too many calls");
    broken(json!({"operation": "authenticate", "fault": "redirect"}), "redirects are not followed");
    broken(
        json!({"operation": "authenticate", "fault": "status", "status": 404}),
        "nothing answers where one signs in",
    );
    broken(json!({"operation": "authenticate", "fault": "reset"}), "The connection broke");
    // A certificate that nobody vouches for, and then one that the private CA vouches for.
    let certified =
        rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let [cert, key] =
        [("cert.pem", certified.cert.pem()), ("key.pem", certified.signing_key.serialize_pem())].map(
            |(name, text)| {
                std::fs::write(outside.file(name), text).unwrap();
                outside.file(name).to_str().unwrap().to_owned()
            },
        );
    let private = outside.emulator(&["--tls-cert", &cert, "--tls-key", &key]);
    fails(private.url(), "private CA");
    window.sees("The server's certificate is from a private authority");
    // The password of the API user is over: N-central answers 500 to everything.
    let (_, renewed) = emulator.http("POST", "/_emulator/expire", None, Some(json!({"what": "password"})));
    window.fill("Instance URL", &url);
    window.fill("JWT token", emulator.text("jwt"));
    window.press("Save");
    window.holds("jwt", "");
    window.sees("seems to have expired");

    let jwt = renewed["jwt"].as_str().unwrap();
    faults(&emulator, json!([{"operation": "getServerInfo", "fault": "status", "status": 404}]));
    window.fill("JWT token", jwt);
    window.press("Save");
    window.holds("jwt", "");
    window.sees("2023.9 or newer is needed");
    faults(&emulator, json!([]));
    look(&mut window, "connect-failed");

    window.fill("JWT token", jwt);
    window.fill("Name", "Main");
    window.press("Save");
    window.is_at("/integrations/Main?connected=1");
    window.sees("Connected: Main is N-central");
    window.sees("may make the");
    look(&mut window, "integration");
    window.open("/integrations");
    window.sees("signed in as");
    look(&mut window, "integrations");
}

#[test]
fn a_policy_is_effective_on_the_next_call() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let mut window = Window::new(house.url());
    window.sign_in("admin", ADMIN_PASSWORD);
    let connections = house.serve.http("GET", "/api/v1/connections", Some(&house.admin), None).1;
    let name = connections["items"][0]["name"].as_str().unwrap().to_owned();
    window.open("/integrations");
    window.press(&name);
    window.sees("Tools and their policies");
    assert_eq!(list(&house).0, 200);
    assert!(!window.text().contains("Unsaved changes."), "nothing was chosen yet");
    window.fill("Search", "list_devices");
    window.sees_no("n_central-list-customers");
    window.fill(&format!("Policy of {LIST}"), "disabled");
    window.sees("Unsaved changes.");
    window.press("Save…");
    window.sees("1 change of yours");
    window.sees("stricter");
    look(&mut window, "policies-review");
    assert_eq!(list(&house).0, 200, "looking at the difference saves nothing");
    window.press("Save");
    window.sees("Saved: 1 policy is changed.");
    assert_eq!(list(&house).0, 404, "for a key it does not exist any more");

    // Somebody else is faster.
    window.fill(&format!("Policy of {LIST}"), "approval needed");
    let path = format!("/api/v1/connections/{}/policies", connections["items"][0]["id"].as_str().unwrap());
    let change = json!({"policies": {"n_central-list-users": "disabled"}});
    assert_eq!(house.serve.http("PUT", &path, Some(&house.admin), Some(change)).0, 200);
    window.sees("Somebody changed the policies meanwhile.");
    window.press("Save…");
    window.sees("Changed meanwhile");
    window.sees("looser");
    window.press("Save, and let 1 tool do more");
    window.sees("Saved: 1 policy is changed.");
    assert_eq!(list(&house).0, 202);
}

#[test]
fn health_changes_by_itself_and_a_new_jwt_heals() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let window = Window::new(house.url());
    window.sign_in("admin", ADMIN_PASSWORD);
    window.open("/integrations");
    window.sees("connected");
    window.sees("Live");
    let (_, renewed) = house.emulator.http("POST", "/_emulator/expire", None, Some(json!({"what": "jwt"})));
    list(&house);
    window.sees("N-central refuses the JWT");
    window.press("Reconnect");
    window.fill("New JWT token", renewed["jwt"].as_str().unwrap());
    window.press("Reconnect");
    window.sees("Its policies are as they were.");
    assert_eq!(list(&house).0, 200);
}

#[test]
fn a_server_is_connected_by_keyboard_alone() {
    if !is_there() {
        return;
    }
    let outside = Home::new();
    let emulator = outside.emulator(&[]);
    let home = Home::new();
    let serve = home.serve();
    let window = Window::new(serve.url());
    window.sign_in("admin", ADMIN_PASSWORD);
    window.keys("g");
    window.keys("i");
    window.is_at("/integrations");
    let reach = |name: &str| {
        for _ in 0..60 {
            if window.focus() == name {
                return;
            }
            window.keys(Key::Tab + "");
        }
        panic!("{name} is not reached by Tab; the focus is on {}", window.focus());
    };
    reach("Connect");
    window.keys(Key::Enter + "");
    window.is_at("/integrations/connect");
    reach("url");
    window.keys(emulator.url());
    window.keys(Key::Tab + "");
    window.keys(emulator.text("jwt"));
    window.keys(Key::Enter + "");
    window.sees("Connected:");
    window.sees("Tools and their policies");
}

#[test]
fn each_step_of_connecting_is_shown_as_it_is_done() {
    if !is_there() {
        return;
    }
    let (home, outside) = (Home::new(), Home::new());
    let emulator = outside.emulator(&[]);
    let serve = home.serve_with(&["--upstream-deadline", "10s"]);
    let window = Window::new(serve.url());
    window.sign_in("admin", ADMIN_PASSWORD);
    window.open("/integrations/connect");
    faults(&emulator, json!([{"operation": "getServerInfo", "fault": "hang"}]));
    window.fill("Instance URL", emulator.url());
    window.fill("JWT token", emulator.text("jwt"));
    // While the answer is on its way the driver waits with the person, so the page itself notes what it shows.
    window.ask(
        "sessionStorage.seen = '';
         new MutationObserver(() => {
           for (const step of document.querySelectorAll('#progress li')) sessionStorage.seen += step.textContent + '; ';
         }).observe(document.querySelector('#progress').parentElement, { childList: true, subtree: true });",
    );
    window.press("Save");
    window.shows(".steps .bad", "Check the version: failed");
    let seen = window.ask("return sessionStorage.seen");
    let seen = seen.as_str().unwrap();
    assert!(seen.contains("Sign in: done; Check the version: under way;"), "{seen}");
}
