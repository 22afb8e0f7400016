//! Exit codes that scripts can rely on, and the problem that goes with each.

use crate::support::Home;

#[test]
fn what_can_not_be_meant_exits_2() {
    let home = Home::new();
    for arguments in [
        &["frobnicate"][..],
        &["call"],
        &["call", "list_devices", "--nonsense", "1"],
        &["call", "list_devices", "--page-size", "many"],
        &["call", "list_devices", "--input", "[]"],
        &["call", "list_devices", "--input", "{"],
        &["call", "list_devices", "--output", "devices.xlsx"],
        &["serve", "--approval-ttl", "soon"],
        &["serve", "--url", "http://127.0.0.1:1"],
        &["emulator", "--listen", "0.0.0.0:0"],
        &["emulator", "--limit", "listDevices"],
        &["demo", "--listen", "0.0.0.0:0"],
        &["demo", "--state", "x"],
        &["tools", "--url", "127.0.0.1:8080"],
        &["tools", "--url", "http://192.0.2.1:8080"],
        &["audit", "verify", "--url", "http://127.0.0.1:1"],
        &["policy", "set", "list_devices", "perhaps"],
        &["script", "add", "--name", "x", "--item-id", "2014", "--type", "Script", "--param", "days:date"],
    ] {
        let ended = home.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {ended:?}");
        assert!(!ended.err.is_empty(), "{arguments:?} says nothing");
    }
}

#[test]
fn no_key_goes_to_another_machine_in_clear_text() {
    let variables = [("NCGATE_URL", "http://ncgate.example.com"), ("NCGATE_KEY", "ncg_a_b")];
    let ended = Home::new().run_with(&["tools"], &variables, "");
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (2, Some("bad-request")), "{ended:?}");
    assert!(ended.err.contains("https") && ended.err.contains("tunnel"), "{ended:?}");
}

#[test]
fn a_directory_without_a_state_is_called_that() {
    let home = Home::new();
    let ended = home.run(&["audit", "verify"]);
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (1, Some("not-found")), "{ended:?}");
    assert!(ended.err.contains("there is no state in"), "{ended:?}");
    assert!(!home.state().exists(), "looking makes none");
}

#[test]
fn an_unknown_tool_exits_4_and_the_nearest_is_named() {
    let ended = Home::new().run(&["call", "list_device"]);
    assert_eq!(ended.code, 4, "{ended:?}");
    let problem = ended.json();
    assert_eq!(problem["kind"], "unknown-tool");
    assert!(problem["hint"].as_str().unwrap().contains("list_devices"), "{problem}");
}

#[test]
fn a_gateway_that_is_not_there_exits_1() {
    let ended = Home::new().run(&["connections", "--url", "http://127.0.0.1:9"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    let ended =
        Home::new().run_with(&["tools", "--url", "http://127.0.0.1:9"], &[("NCGATE_KEY", "ncg_a_b")], "");
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (1, Some("unreachable")), "{ended:?}");
}

#[test]
fn a_programs_key_does_not_pass_for_a_person() {
    let home = Home::new();
    for arguments in [
        &["approvals", "list"][..],
        &["approvals", "show", "a"],
        &["approvals", "approve", "a"],
        &["approvals", "deny", "a", "--reason", "no"],
        &["calls", "settle", "a", "done", "--reason", "seen"],
        &["connections"],
        &["policy", "list"],
        &["key", "list"],
        &["resume"],
    ] {
        let ended = home.run_with(arguments, &[("NCGATE_KEY", "ncg_a_b")], "");
        assert_eq!((ended.code, ended.json()["kind"].as_str()), (4, Some("not-a-person")), "{arguments:?}");
    }
    assert!(!home.state().exists(), "a refused program opens no state");
}

#[test]
fn a_setting_that_nobody_knows_is_refused() {
    let home = Home::new();
    let file = home.file("settings.toml");
    std::fs::write(&file, "approval_tll = \"2h\"\n").unwrap();
    let ended = home.run(&["serve", "--config", file.to_str().unwrap()]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.err.contains("approval_ttl"), "{}", ended.err);
}
