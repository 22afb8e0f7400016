//! The first run, from start to end.

use crate::support::Home;
use serde_json::Value;

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
