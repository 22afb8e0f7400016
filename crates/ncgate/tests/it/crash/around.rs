//! Places beside the way of a run: connecting, policies, and decisions that let nothing run.

use super::lane::on_every_database;
use super::page;
use serde_json::{Value, json};

#[test]
fn a_connection_is_there_whole_or_not_at_all() {
    on_every_database(|lane| {
        let places = [
            ("greeted", false, "the server has answered, and nothing is stored"),
            ("connection-stored", true, "the connection is stored"),
        ];
        let rows = places.map(|(place, kept, words)| {
            let body = json!({"name": place, "url": lane.emulator.url(), "jwt": lane.emulator.text("jwt")});
            let doomed = lane.doomed(place);
            let told = doomed.try_http("POST", "/api/v1/connections", Some(&lane.admin), Some(body.clone()));
            assert_eq!(told, None, "{place}");
            doomed.wait_for_crash();
            let next = lane.serve(&[]);
            let all = || next.http("GET", "/api/v1/connections", Some(&lane.admin), None).1;
            let found = |all: &Value| all.to_string().matches(&format!("\"name\":\"{place}\"")).count();
            assert_eq!(found(&all()), usize::from(kept), "{place}: {}", all());
            // Saying it again is right in either case, and makes no second one.
            let (status, told) = next.http("POST", "/api/v1/connections", Some(&lane.admin), Some(body));
            assert!([200, 201].contains(&status), "{place}: {status} {told}");
            assert_eq!(found(&all()), 1, "{place}: {}", all());
            let created = lane.entries(&next, "connection.created");
            let created = created.iter().filter(|entry| entry["name"] == place).count();
            assert_eq!(created, 1, "{place}");
            let look = format!("/api/v1/tools/n_central-list-customers?connection={place}");
            let (status, told) = next.http("POST", &look, Some(&lane.admin), Some(json!({"page_size": 2})));
            assert_eq!(status, 200, "{place}: {told}");
            next.end();
            let there = if kept { "there, whole" } else { "not there" };
            let recorded = page::times(usize::from(kept));
            vec![words.to_owned(), there.to_owned(), recorded, page::times(created)]
        });
        page::check(&page::CONNECTING, &rows);
        lane.close();
    });
}

#[test]
fn a_policy_is_the_old_or_the_new_one_and_the_record_says_which() {
    on_every_database(|lane| {
        let places = [
            ("policy-checked", "approval_needed", 0, "the change is checked, and not stored"),
            ("policy-stored", "disabled", 1, "the change is stored"),
        ];
        let rows = places.map(|(place, mode, changes, words)| {
            let tool = "n_central-run-direct-task";
            let change = json!({"policies": {tool: "disabled"}});
            let doomed = lane.doomed(place);
            let path = "/api/v1/connections/main/policies";
            assert_eq!(doomed.try_http("PUT", path, Some(&lane.admin), Some(change)), None, "{place}");
            doomed.wait_for_crash();
            let next = lane.serve(&[]);
            let (status, policies) = next.http("GET", path, Some(&lane.admin), None);
            assert_eq!((status, &policies["policies"][tool]), (200, &json!(mode)), "{place}");
            assert_eq!(lane.entries(&next, "policy.changed").len(), changes, "{place}");
            let device = lane.devices(1)[0];
            let run = json!({"device_ids": [device], "item_id": 2014, "task_type": "Script"});
            let told = lane.agent(&next, tool, run).unwrap();
            assert_eq!(told["approval_id"].is_string(), mode == "approval_needed", "{place}: {told}");
            next.end();
            let called = told["status"].as_str().or(told["kind"].as_str()).unwrap();
            let mode = mode.replace('_', " ");
            vec![words.to_owned(), mode, page::times(changes), format!("`{called}`")]
        });
        page::check(&page::POLICIES, &rows);
        assert!(lane.tasks().is_empty());
        lane.close();
    });
}

#[test]
fn a_denial_or_withdrawal_holds_once_it_is_stored() {
    on_every_database(|lane| {
        let places = [
            ("deciding", "pending", "a denial is checked, and not stored"),
            ("decided", "denied", "a denial is stored"),
            ("withdrawn", "withdrawn", "a withdrawal is stored"),
        ];
        let rows = places.map(|(place, state, words)| {
            let devices = lane.devices(1);
            let doomed = lane.doomed(place);
            let held = lane.ask(&doomed, devices).unwrap();
            if place == "withdrawn" {
                let path = format!("/api/v1/approvals/{}/withdraw", held["approval_id"].as_str().unwrap());
                assert_eq!(doomed.try_http("POST", &path, Some(&lane.key), Some(json!({}))), None);
            } else {
                let no = json!({"decision": "deny", "reason": "not on a Friday"});
                assert_eq!(lane.decide(&doomed, &held, no), None, "{place}");
            }
            doomed.wait_for_crash();
            let next = lane.serve(&[]);
            let path = format!("/api/v1/approvals/{}", held["approval_id"].as_str().unwrap());
            let (_, approval) = next.http("GET", &path, Some(&lane.tess), None);
            assert_eq!(approval["state"], state, "{place}: {approval}");
            let approving = if state == "pending" {
                "possible".to_owned()
            } else {
                let yes = Some(json!({"decision": "approve"}));
                let decision = format!("{path}/decision");
                let (status, told) = next.http("POST", &decision, Some(&lane.tess), yes);
                assert_eq!(status, 409, "{place}: {told}");
                assert_eq!(lane.over(&next, &held)["state"], "refused", "{place}");
                format!("{status} `{}`", told["kind"].as_str().unwrap())
            };
            next.end();
            vec![words.to_owned(), state.to_owned(), approving]
        });
        page::check(&page::DECISIONS, &rows);
        assert!(lane.tasks().is_empty(), "nothing was approved");
        lane.close();
    });
}
