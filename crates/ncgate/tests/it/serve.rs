//! `serve`: what it prints, who administers, how it goes down.

use crate::support::{ADMIN_PASSWORD, Home};
use serde_json::json;

#[test]
fn it_prints_where_it_is_and_ends_when_told() {
    let home = Home::new();
    let serve = home.serve();
    assert_eq!(serve.text("mcp_url"), format!("{}/mcp", serve.url()));
    assert_eq!(serve.said().get("setup_url"), None, "there is an administrator");
    assert_eq!(serve.http("GET", "/healthz", None, None).0, 200);
    assert_eq!(serve.http("GET", "/api/v1/tools", None, None).0, 401);
    assert_eq!(serve.end(), 0);
    let again = home.serve();
    again.sign_in("admin", ADMIN_PASSWORD);
}

#[test]
fn the_password_may_stand_in_a_file() {
    let home = Home::new();
    let file = home.file("password");
    std::fs::write(&file, format!("{ADMIN_PASSWORD}\n")).unwrap();
    let variables = [("NCGATE_ADMIN_PASSWORD_FILE", file.to_str().unwrap())];
    let serve = home.start(&["serve", "--listen", "127.0.0.1:0"], &variables);
    serve.sign_in("admin", ADMIN_PASSWORD);
}

#[test]
fn a_remote_gateway_needs_no_state() {
    let home = Home::new();
    let serve = home.serve();
    let session = serve.sign_in("admin", ADMIN_PASSWORD);
    let elsewhere = Home::new();
    let variables = [("NCGATE_URL", serve.url()), ("NCGATE_SESSION", &session)];
    assert_eq!(elsewhere.run_with(&["connections"], &variables, "").done()["items"], json!([]));
    assert!(!elsewhere.state().exists());
    let doctor = elsewhere.run_with(&["doctor"], &variables, "").json();
    assert!(doctor["items"].is_array(), "{doctor}");
}

#[test]
fn a_second_one_on_the_same_state_is_refused() {
    let home = Home::new();
    let serve = home.serve();
    let ended = home.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (1, Some("conflict")), "{ended:?}");
    assert!(ended.err.contains(serve.url()), "{ended:?}");
}

#[test]
fn settings_come_from_the_file_in_the_state() {
    let home = Home::new();
    home.run(&["connections"]).done();
    std::fs::write(home.state().join("ncgate.toml"), "listen = \"127.0.0.1:0\"\napproval_ttl = \"4h\"\n")
        .unwrap();
    rustix::fs::chmod(home.state().join("ncgate.toml"), rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
    let serve = home.start(&["serve"], &[]);
    assert_ne!(serve.url(), "http://127.0.0.1:8080");
}

#[test]
fn an_approval_expires_when_its_time_is_over() {
    let outside = Home::new();
    let emulator = outside.emulator(&[]);
    let home = Home::connected(&emulator);
    let key = home.key(&[]);
    let _serve = home.start(&["serve", "--listen", "127.0.0.1:0", "--approval-ttl", "1s"], &[]);
    let arguments = [
        "call",
        "n_central-run-direct-task",
        "--device",
        "GLOBEX-WS01",
        "--item-id",
        "2014",
        "--task-type",
        "Script",
        "--wait",
    ];
    let ended = home.run_with(&arguments, &[("NCGATE_KEY", &key)], "");
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (4, Some("expired")), "{ended:?}");
    assert!(emulator.journal().is_empty());
}
