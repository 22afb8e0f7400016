//! The first run, from start to end.

use crate::support::Home;
use crate::wire;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn the_demonstration_plays_to_its_end() {
    let home = Home::new();
    let ended = home.run(&["demo", "--approve", "--once"]);
    assert_eq!(ended.code, 0, "{}\n{}", ended.out, ended.err);
    for words in [
        "What's wrong with the file server at Acme?",
        "Push the cleanup script to all of Globex's workstations tonight.",
        "Give me a patch report for last week.",
        "approval_required",
        "one POST each",
        "all of them proved",
    ] {
        assert!(ended.out.contains(words), "`{words}` is missing in\n{}", ended.out);
    }
    assert!(!home.state().exists(), "it leaves no state behind");
}

#[test]
fn programs_read_it_as_json_lines() {
    let ended = Home::new().run(&["demo", "--approve", "--once", "--json"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let events: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let called = |tool: &str| events.iter().any(|event| event["what"]["tool"] == tool);
    assert!(
        called("n_central-list-devices")
            && called("n_central-run-direct-task")
            && called("n_central-get-report")
    );
    assert_eq!(events.iter().filter(|event| event["event"] == "request").count(), 3);
}

#[test]
fn ended_while_it_waits_for_a_person_it_says_so_and_leaves_nothing() {
    let home = Home::new();
    let folder = home.file("tmp");
    std::fs::create_dir(&folder).unwrap();
    let mut demo = home
        .command(&["demo", "--json"])
        .env("TMPDIR", &folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut events = BufReader::new(demo.stdout.take().unwrap()).lines();
    let stage: Value = serde_json::from_str(&events.next().unwrap().unwrap()).unwrap();
    let dashboard = stage["what"]["dashboard"].as_str().unwrap();
    let address = dashboard.trim_start_matches("http://").split(' ').next().unwrap();
    assert!(events.any(|event| event.unwrap().contains("wait_seconds")), "it asks for no decision");
    // The agent's question is on its way; end it once the gateway holds it.
    let begun = Instant::now();
    while !wire::ask(address, "GET", "/metrics", &[], "").body.contains("\nncgate_calls_in_flight 1\n") {
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody waits");
    }
    kill_process(Pid::from_child(&demo), Signal::TERM).unwrap();
    let ended = demo.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(ended.stderr).unwrap(),
        "Ended before the three requests were through. Nothing of the demonstration is left.\n"
    );
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "its state is gone");
}
