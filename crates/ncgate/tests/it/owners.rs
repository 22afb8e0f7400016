//! One owner of a state at a time: whoever comes finds it, or becomes it.

use crate::support::{ADMIN_PASSWORD, Home};
use serde_json::json;
use std::process::Command;

#[test]
fn commands_that_come_at_once_all_get_through() {
    let home = Home::new();
    std::thread::scope(|threads| {
        let running: Vec<_> = (0..6).map(|_| threads.spawn(|| home.run(&["connections"]))).collect();
        for ended in running {
            assert_eq!(ended.join().unwrap().done()["items"], json!([]));
        }
    });
}

#[test]
fn an_owner_that_was_killed_is_replaced() {
    let home = Home::new();
    drop(home.serve());
    home.serve().sign_in("admin", ADMIN_PASSWORD);
}

#[test]
fn a_state_that_others_can_read_is_refused() {
    let home = Home::new();
    home.run(&["connections"]).done();
    rustix::fs::chmod(home.state(), rustix::fs::Mode::from_raw_mode(0o755)).unwrap();
    let ended = home.run(&["connections"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.err.contains("chmod 700"), "{ended:?}");
}

#[test]
fn the_first_administrator_needs_no_proof_and_then_everyone_does() {
    let home = Home::new();
    let made =
        home.run_with(&["user", "add", "dana", "--role", "admin"], &[], "a long enough password\n").done();
    assert_eq!((made["name"].as_str(), made["role"].as_str()), (Some("dana"), Some("admin")));
    // Without a terminal there is nobody to ask, whatever is piped in.
    let mut command = Command::new("setsid");
    let inner = home.command(&["user", "add", "eve", "--role", "admin"]);
    command.arg("--wait").arg(inner.get_program()).args(inner.get_args()).env_clear();
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output =
        assert_cmd::Command::from_std(command).write_stdin("a long enough password\n").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("unauthenticated"), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("ncgate login"), "{output:?}");
    let doctor = home.run(&["doctor"]).json();
    assert!(doctor["items"].is_array(), "the doctor needs no proof: {doctor}");
}
