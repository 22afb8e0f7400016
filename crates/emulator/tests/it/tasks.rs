//! Direct tasks: preconditions, the three levels, and how they come along; reports beside them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Server;

async fn task(server: &Server, device: &str, name: &str) -> Value {
    let device = server.device(device).await;
    json!({"name": name, "itemId": 2014, "taskType": "Script", "customerId": device["orgUnitId"],
        "deviceId": device["deviceId"], "credential": {"type": "LocalSystem"},
        "parameters": [{"name": "CommandLine", "value": "-Days 30", "description": "arguments", "type": "string"}]})
}

async fn run(server: &Server, body: &Value) -> (u16, Value) {
    server.call("POST", "/api/scheduled-tasks/direct", body.clone()).await
}

#[tokio::test]
async fn a_task_runs_through_its_states_and_hangs_together_by_parent_ids() {
    let server = Server::start().await;
    let (status, created) = run(&server, &task(&server, "GLOBEX-WS01", "Cleanup 1").await).await;
    assert_eq!(status, 201);
    let path = created["_links"]["task"].as_str().unwrap().to_owned();
    let details = async || server.get(&format!("{path}/status/details")).await["data"][0].clone();
    assert_eq!(details().await["status"], "Pending");
    server.emulator.advance(Duration::from_millis(1600));
    assert_eq!(details().await["status"], "In Progress");
    let counts = server.get(&format!("{path}/status")).await["data"]["statusCounts"].clone();
    assert_eq!((&counts["In Progress"], &counts["Completed"]), (&1.into(), &0.into()));
    server.emulator.advance(Duration::from_secs(10));
    let row = details().await;
    assert_eq!(row["status"], "Success");
    assert!(row["output"].as_str().unwrap().contains("temporary files from GLOBEX-WS01"));

    let customer = server.get(&path).await["data"].clone();
    let system = server.get(&format!("/api/scheduled-tasks/{}", customer["parentId"])).await["data"].clone();
    assert_eq!((&system["parentId"], &customer["taskId"]), (&Value::Null, &created["data"]["taskId"]));
    let device = server.get(&format!("/api/scheduled-tasks/{}", row["taskId"])).await["data"].clone();
    assert_eq!(device["parentId"], customer["taskId"]);
    let of_device = format!("/api/scheduled-tasks/{}/status/details", row["taskId"]);
    assert_eq!(server.call("GET", &of_device, Value::Null).await.0, 404);
}

#[tokio::test]
async fn a_device_that_is_offline_stays_pending() {
    let server = Server::start().await;
    let (_, created) = run(&server, &task(&server, "GLOBEX-WS08", "Cleanup 2").await).await;
    server.emulator.advance(Duration::from_secs(600));
    let path = format!("/api/scheduled-tasks/{}/status/details", created["data"]["taskId"]);
    assert_eq!(server.get(&path).await["data"][0]["status"], "Pending");
}

#[tokio::test]
async fn standing_tasks_of_a_device_climb_to_details() {
    let server = Server::start().await;
    let device = server.device("ACME-WS01").await;
    let tasks = server.get(&format!("/api/devices/{}/scheduled-tasks", device["deviceId"])).await;
    let id = &tasks["data"][0]["taskId"];
    let info = server.get(&format!("/api/scheduled-tasks/{id}")).await;
    assert!(info["data"]["itemId"].as_i64().unwrap() >= 2000);
    let parent = &info["data"]["parentId"];
    let details = server.get(&format!("/api/scheduled-tasks/{parent}/status/details")).await;
    assert!(details["data"].as_array().unwrap().iter().any(|row| row["taskId"] == *id));
}

#[tokio::test]
async fn the_preconditions_of_a_direct_task_hold() {
    let server = Server::with(emulator::Config { strict: false, ..crate::support::config() }).await;
    let good = task(&server, "GLOBEX-WS01", "Cleanup 3").await;
    let acme: i64 = server.customer("Acme").await.parse().unwrap();
    let changed = |member: &str, value: Value| {
        let mut body = good.clone();
        body[member] = value;
        body
    };
    for (body, status, word) in [
        (changed("itemId", json!(1012)), 403, "ScriptNotRunnableException"),
        (changed("itemId", json!(2033)), 403, "ScriptNotRunnableException"),
        (changed("itemId", json!(2999)), 404, "ResourceNotFoundException"),
        (changed("taskType", json!("Batch")), 400, "Validations"),
        (changed("name", json!(" ")), 400, "Validations"),
        (changed("customerId", json!(acme)), 400, "does not belong"),
        (changed("customerId", json!(50)), 400, "does not belong"),
        (changed("customerId", json!(99_999)), 404, "Org Unit not found"),
        (changed("deviceId", json!(7)), 404, "was not found"),
        (changed("credential", json!({"type": "CustomCredentials"})), 400, "Validations"),
        (changed("parameters", json!([{"value": "x"}])), 400, "Validations"),
    ] {
        let (got, answer) = run(&server, &body).await;
        assert_eq!(got, status, "{body} {answer}");
        assert!(answer["message"].as_str().unwrap().contains(word), "{answer}");
    }
    assert!(server.emulator.journal().is_empty());
    assert_eq!(run(&server, &good).await.0, 201);
    assert_eq!(run(&server, &good).await.0, 400, "the name must be unique");
    assert_eq!(server.emulator.journal().len(), 1);
}

#[tokio::test]
async fn a_report_takes_some_seconds_and_is_no_change() {
    let server = Server::start().await;
    let body = json!({"startDate": "2026-02-25", "patchApprovals": ["Approved for Install"]});
    let (_, started) = server.call("POST", "/api/report/patch-comparison", body).await;
    assert_eq!((&started["reportStatus"], &started["data"]), (&json!("IN_PROGRESS"), &Value::Null));
    let path = format!("/api/report/{}", started["reportId"]);
    assert_eq!(server.get(&path).await["reportStatus"], "IN_PROGRESS");
    server.emulator.advance(Duration::from_secs(10));
    let report = server.get(&path).await;
    assert_eq!(report["data"]["patchSummaryList"].as_array().unwrap().len(), 1);
    assert!(server.emulator.journal().is_empty());
    assert_eq!(server.call("GET", "/api/report/-4", Value::Null).await.0, 404);
}
