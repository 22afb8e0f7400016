//! The mistakes that a newcomer makes first: each ends with what happened and what to do, in words and as a problem.

use crate::support::{Ended, Home};
use serde_json::json;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

/// Ended so, with a message and a remedy that say this.
#[track_caller]
fn says(ended: &Ended, code: i32, kind: &str, message: &str, remedy: &str) {
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (code, Some(kind)), "{ended:?}");
    let problem = ended.json();
    let told = |member: &str| problem[member].as_str().unwrap_or_default().to_owned();
    assert!(told("message").contains(message), "{message}: {problem}");
    assert!(told("hint").contains(remedy), "{remedy}: {problem}");
    assert_eq!(told("changed"), "no", "{problem}");
    assert!(ended.err.starts_with("ncgate: ") && ended.err.contains(message), "{ended:?}");
}

#[test]
fn an_address_of_n_central() {
    let home = Home::new();
    let emulator = home.emulator(&[]);
    let connect = |url: &str| home.run_with(&["connect", url], &[], "a.b.c");
    says(&connect("ncentral.example.com"), 2, "invalid-url", "web address", "https://");
    says(&connect("https://ncentral.example.com/api"), 2, "invalid-url", "without a path", "https://");
    says(&connect("http://ncentral.example.com"), 2, "invalid-url", "use https", "https://");
    says(&connect(&emulator.url().replace("http", "https")), 1, "tls-failed", "does not speak TLS", "port");
    says(&connect("https://127.0.0.1:9"), 1, "unreachable", "cannot be reached", "firewall");
    assert_eq!(home.run(&["connections"]).done()["items"], json!([]), "none of them is kept");
}

#[test]
fn a_jwt() {
    let home = Home::new();
    let emulator = home.emulator(&[]);
    let connect = |jwt: &str| home.run_with(&["connect", emulator.url()], &[], jwt);
    let jwt = emulator.text("jwt");
    says(&connect(""), 2, "bad-request", "no JWT on standard input", "pipe the JWT in");
    for broken in [format!("{}\n{}", &jwt[..10], &jwt[10..]), format!("Bearer {jwt}")] {
        says(&connect(&broken), 1, "jwt-refused", "a blank or a line break", "in one piece");
    }
    let (_, requests) = emulator.http("GET", "/_emulator/requests", None, None);
    assert_eq!(requests["operations"], json!({}), "it was not sent");
    for typed in [&["--jwt", jwt][..], &["--jwt"]] {
        let ended = home.run(&[&["connect", emulator.url()], typed].concat());
        says(&ended, 2, "bad-request", "not taken from the command line", "standard input");
        assert!(!ended.out.contains(jwt) && !ended.err.contains(jwt), "{ended:?}");
    }
    says(&connect("wrong"), 1, "jwt-refused", "N-central refuses the JWT", "API Access");
    emulator.http("POST", "/_emulator/expire", None, Some(json!({ "what": "jwt" })));
    says(&connect(jwt), 1, "jwt-refused", "expired or was revoked", "generating a new one");
    assert_eq!(home.run(&["connections"]).done()["items"], json!([]));
}

#[test]
fn a_call() {
    let home = Home::new();
    says(&home.run(&["call", "list_devices"]), 1, "not-connected", "no N-central server", "ncgate connect");
    let emulator = home.emulator(&[]);
    home.connect(&emulator);
    let bare = home.run(&["list_devices"]);
    assert!(bare.code == 2 && bare.err.contains("it is a tool: ncgate call list_devices"), "{bare:?}");
    says(&home.run(&["call", "list_devcies"]), 4, "unknown-tool", "list_devcies", "list_devices");
    let missing = home.run(&["call", "get_device"]);
    says(&missing, 2, "invalid-arguments", "`device_id` is missing", "n_central-list-devices finds both");
    let nobody = home.run(&["call", "get_device", "--device", "NOPE"]);
    says(&nobody, 1, "not-found", "NOPE", "find the right name");
    assert!(!nobody.err.contains("Candidates"), "nothing is told of what is not there: {nobody:?}");
    let nothing = home.run(&["call", "n_central-run-direct-task", "--device", "GLOBEX-WS01"]);
    assert!(nothing.err.contains("\n  n_central-list-scripts shows"), "a name stays as it is: {nothing:?}");
    let unlisted =
        home.run(&["call", "n_central-run-direct-task", "--device", "GLOBEX-WS01", "--script", "x"]);
    says(&unlisted, 2, "invalid-arguments", "unknown script", "ncgate script add");
    says(
        &home.run(&["approvals", "approve", "x"]),
        1,
        "not-found",
        "no such approval",
        "ncgate approvals list",
    );
    says(&home.run(&["calls", "show", "x"]), 1, "not-found", "no such call", "ncgate calls list");
}

#[test]
fn an_address_to_listen_on() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for command in ["serve", "emulator", "demo"] {
        let ended = home.run(&[command, "--listen", &address]);
        says(&ended, 1, "conflict", "can't be listened on", "another address");
    }
    says(&home.run(&["serve", "--listen", "8080"]), 2, "bad-request", "8080", "such as 127.0.0.1:8080");
}

#[test]
fn a_state_directory() {
    let home = Home::new();
    let connections = |state: &str| home.run(&["connections", "--state", state]);
    let open = home.file("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
    says(&connections(open.to_str().unwrap()), 1, "internal", "has mode 0755", "mode 0700");
    let file = home.file("file");
    fs::write(&file, "").unwrap();
    for state in [file.clone(), file.join("below")] {
        says(&connections(state.to_str().unwrap()), 1, "internal", "can't be used", "can write to");
    }
    let serve = home.serve();
    says(&home.run(&["serve"]), 1, "conflict", "serves this state already", "end it first");
    drop(serve);
}

#[test]
fn a_gateway_and_what_is_proof_there() {
    let home = Home::new();
    let (emulator, serve) = (home.emulator(&[]), home.serve());
    let elsewhere = Home::new();
    let tools =
        |url: &str, variables: &[(&str, &str)]| elsewhere.run_with(&["tools", "--url", url], variables, "");
    let nobody = "http://127.0.0.1:9";
    for variables in [&[][..], &[("NCGATE_KEY", "ncg_a_b")]] {
        // Without proof a person would be asked for a password: not before somebody is there to take it.
        says(&tools(nobody, variables), 1, "unreachable", "no gateway can be reached", "ncgate serve");
        says(&tools(emulator.url(), variables), 1, "bad-answer", "no ncgate gateway", "ncgate serve");
    }
    says(
        &tools(&format!("{}/mcp", serve.url()), &[]),
        1,
        "bad-answer",
        "no ncgate gateway",
        "without a path",
    );
    says(&tools("127.0.0.1:8080", &[]), 2, "bad-request", "not the address of a gateway", "http://");
    says(&tools(serve.url(), &[]), 1, "unauthenticated", "no terminal", "ncgate login");
    for key in ["ncg_a_b", "wrong"] {
        says(&tools(serve.url(), &[("NCGATE_KEY", key)]), 1, "unauthenticated", "know", "NCGATE_KEY");
    }
    says(&tools(serve.url(), &[("NCGATE_SESSION", "ncs_a")]), 1, "unauthenticated", "", "ncgate login");
}
