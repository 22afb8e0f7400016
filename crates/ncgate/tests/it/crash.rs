//! `kill -9` between any two steps of an execution: never two requests for one device, what is not known is
//! unknown, and the record still verifies.

use crate::support::{ADMIN_PASSWORD, Home, Service};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The deadline of one exchange, after which what is unknown is read back.
const DEADLINE: (&str, &str) = ("NCGATE_UPSTREAM_DEADLINE", "1s");

struct Story {
    home: Home,
    emulator: Service,
    key: String,
    devices: Vec<i64>,
}

impl Story {
    fn new() -> Story {
        let emulator = Home::new().emulator(&["--devices", "100"]);
        let home = Home::connected(&emulator);
        let key = home.key(&[]);
        let arguments = [
            "call",
            "n_central-list-devices",
            "--customer",
            "Globex",
            "--device-class",
            "Workstations - Windows",
        ];
        let listed = home.run_with(&arguments, &[("NCGATE_KEY", &key)], "").done();
        let devices =
            listed["rows"].as_array().unwrap().iter().take(2).map(|row| row[0].as_i64().unwrap()).collect();
        Story { home, emulator, key, devices }
    }

    fn serve(&self, variables: &[(&str, &str)]) -> Service {
        let own = [("NCGATE_ADMIN_PASSWORD", ADMIN_PASSWORD), DEADLINE];
        self.home.start(&["serve", "--listen", "127.0.0.1:0"], &[&own, variables].concat())
    }

    /// Asks for the run, and has it approved; answers the approval's id where the gateway lived to say it.
    fn ask(&self, serve: &Service) -> Option<String> {
        let body = json!({"device_ids": self.devices, "item_id": 2014, "task_type": "Script"});
        let held =
            serve.try_http("POST", "/api/v1/tools/n_central-run-direct-task", Some(&self.key), Some(body))?;
        held["approval_id"].as_str().map(str::to_owned)
    }

    fn approve(&self, serve: &Service, approval: &str) {
        let session = serve.sign_in("admin", ADMIN_PASSWORD);
        let path = format!("/api/v1/approvals/{approval}/decision");
        serve.try_http("POST", &path, Some(&session), Some(json!({"decision": "approve"})));
    }

    /// Waits until the call behind an approval is over, in the agent's own way.
    fn over(&self, serve: &Service, approval: &str) -> Value {
        let body = json!({"approval_id": approval, "wait_seconds": 45});
        let (status, answer) =
            serve.http("POST", "/api/v1/tools/n_central-get-approval", Some(&self.key), Some(body));
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// How many tasks N-central made for each device.
    fn tasks(&self) -> BTreeMap<i64, usize> {
        let mut tasks = BTreeMap::new();
        for entry in self.emulator.journal().iter().filter(|e| e["operation"] == "createDirectScheduledTask")
        {
            *tasks.entry(entry["body"]["deviceId"].as_i64().unwrap()).or_default() += 1;
        }
        tasks
    }

    fn posts(&self) -> u64 {
        let (_, requests) = self.emulator.http("GET", "/_emulator/requests", None, None);
        requests["operations"]["createDirectScheduledTask"]["count"].as_u64().unwrap_or(0)
    }
}

/// Crashes at a place, starts again, and answers what the agent is told and what reached N-central.
fn crash_at(place: &str) -> (Value, BTreeMap<i64, usize>) {
    let story = Story::new();
    let doomed = story.serve(&[("NCGATE_CRASH_AT", place)]);
    let asked = story.ask(&doomed);
    if let Some(approval) = &asked {
        story.approve(&doomed, approval);
    }
    doomed.wait_for_crash();

    let next = story.serve(&[]);
    let approval = match asked {
        Some(approval) => approval,
        // It died before it could answer: asking the same again attaches to what was stored.
        None => {
            let approval = story.ask(&next).expect("it is held");
            story.approve(&next, &approval);
            approval
        }
    };
    let told = story.over(&next, &approval);
    let tasks = story.tasks();
    assert!(tasks.values().all(|made| *made == 1), "{place}: {tasks:?}");
    assert!(story.posts() <= 2, "{place}: {} requests for two devices", story.posts());
    next.end();
    let verified = story.home.run(&["audit", "verify"]).done();
    assert_eq!(verified["ok"], true, "{place}");
    (told, tasks)
}

#[test]
fn before_the_intent_nothing_is_lost_and_everything_is_sent_once() {
    for place in ["stored", "decided", "claimed", "checked"] {
        let (told, tasks) = crash_at(place);
        assert_eq!(told["outcome"], "done", "{place}: {told}");
        assert_eq!(tasks.len(), 2, "{place}");
    }
}

#[test]
fn an_intent_without_an_answer_is_unknown_and_the_rest_goes_on() {
    for (place, reached) in [("intent", 1), ("answered", 2), ("intent:2", 1), ("answered:2", 2)] {
        let (told, tasks) = crash_at(place);
        assert_eq!(told["outcome"], "unknown", "{place}: {told}");
        assert_eq!(tasks.len(), reached, "{place}: what was not known was not sent again");
    }
}

#[test]
fn after_the_settlement_the_outcome_stands() {
    for place in ["settled", "settled:2", "finished"] {
        let (told, tasks) = crash_at(place);
        assert_eq!(told["outcome"], "done", "{place}: {told}");
        assert_eq!(tasks.len(), 2, "{place}");
    }
}
