//! Following a task to the end, scripts, reports, held calls.

use crate::world::*;
use emulator::{Fault, FaultKind};
use model::Kind;
use serde_json::{Value, json};
use std::time::Duration;

async fn run(world: &World, device: &str) -> i64 {
    let arguments = json!({"device": device, "script": "Cleanup temporary files"});
    let (draft, _) = world.plan("n_central-run-direct-task", arguments).await.unwrap();
    let plan = freeze("n_central-run-direct-task", &draft);
    let answer = world.send(&plan, 0).await;
    world.receive(&plan, 0, answer).await.task_id.unwrap().as_i64().unwrap()
}

#[tokio::test]
async fn a_task_is_followed_from_start_to_output() {
    let world = World::new();
    let task_id = run(&world, "ACME-WS01").await;
    let task = world.read("get_scheduled_task", json!({"task_id": task_id})).await.unwrap();
    assert_eq!((&task["item_id"], &task["script"]), (&json!(2014), &json!("Cleanup temporary files")));
    assert_eq!(task["devices"][0]["device_name"], "ACME-WS01");
    let early = world.read("n_central-get-task-details", json!({"task_id": task_id})).await.unwrap();
    assert!(early["note"].as_str().unwrap().contains("not finished yet"), "{early}");
    world.emulator.advance(Duration::from_secs(60));
    let status = world.read("n_central-get-task-status", json!({"task_id": task_id})).await.unwrap();
    assert_eq!(status["status_counts"], json!({"Completed": 1}));
    let details = world.read("n_central-get-task-details", json!({"task_id": task_id})).await.unwrap();
    let row = &rows(&details)[0];
    assert_eq!((&row["device_name"], &row["status"]), (&json!("ACME-WS01"), &json!("Success")));
    assert!(!row["output"].as_str().unwrap().is_empty());
    assert_eq!(details.get("note"), None);
}

#[tokio::test]
async fn the_task_of_a_single_device_leads_up_to_its_results() {
    let world = World::new();
    let top = run(&world, "ACME-WS01").await;
    world.emulator.advance(Duration::from_secs(60));
    let details = json!({"task_id": top, "fields": ["task_id", "device_id"]});
    let details = world.read("n_central-get-task-details", details).await.unwrap();
    let below = rows(&details)[0]["task_id"].clone();
    assert_ne!(below, json!(top));
    let climbed = world.read("n_central-get-task-details", json!({"task_id": below})).await.unwrap();
    assert_eq!(rows(&climbed)[0]["status"], "Success");
    refused(world.read("n_central-get-task-details", json!({"task_id": 7})).await, Kind::UpstreamNotFound);
}

#[tokio::test]
async fn a_narrowed_key_follows_its_own_tasks_only() {
    let whole = World::new();
    let task_id = run(&whole, "ACME-WS01").await;
    let (acme, globex) = (whole.customer("Acme").await, whole.customer("Globex").await);
    let inside = whole.narrowed(&[acme]);
    for tool in ["n_central-get-task", "n_central-get-task-status", "n_central-get-task-details"] {
        inside.read(tool, json!({"task_id": task_id})).await.unwrap();
    }
    let outside = inside.narrowed(&[globex]);
    for tool in ["n_central-get-task", "n_central-get-task-status", "n_central-get-task-details"] {
        refused(outside.read(tool, json!({"task_id": task_id})).await, Kind::OutOfScope);
    }
}

#[tokio::test]
async fn an_empty_script_list_says_who_fills_it() {
    let mut world = World::new();
    let listed = world.read("n_central-list-scripts", json!({})).await.unwrap();
    assert_eq!(rows(&listed)[0]["parameters"], "CommandLine: string; Days: integer; Token: string, secret");
    world.scripts.clear();
    let empty = world.read("n_central-list-scripts", json!({})).await.unwrap();
    assert!(empty["note"].as_str().unwrap().contains("an administrator adds them"));
}

#[tokio::test]
async fn items_seen_in_tasks_are_proposed() {
    let tool = "n_central-list-scripts";
    let mut world = World::new();
    let times = |seen: &Value| {
        let item = rows(seen).into_iter().find(|item| item["item_id"] == 2014);
        item.map_or(0, |item| item["tasks"].as_u64().unwrap())
    };
    let one = json!({"seen": true, "device": "ACME-WS01"});
    let before = times(&world.read(tool, one.clone()).await.unwrap());
    run(&world, "ACME-WS01").await;
    let repository: Vec<i64> =
        world.emulator.repository().iter().map(|item| i64::from(item.item_id)).collect();
    let seen =
        world.read(tool, json!({"seen": true, "customer": "Acme", "sort_by": "item_id"})).await.unwrap();
    let items = rows(&seen);
    assert!(items.iter().all(|item| repository.contains(&item["item_id"].as_i64().unwrap())), "{seen}");
    let ran = items.iter().find(|item| item["item_id"] == 2014).unwrap();
    assert_eq!((&ran["task_type"], &ran["script"]), (&json!("Script"), &json!("Cleanup temporary files")));
    assert!(seen["note"].as_str().unwrap().contains("task names were looked up"), "{seen}");
    world.scripts.clear();
    let seen = world.read(tool, one.clone()).await.unwrap();
    assert_eq!(times(&seen), before + 1);
    assert!(rows(&seen).iter().all(|item| item["script"].is_null()), "{seen}");

    world
        .emulator
        .set_faults(vec![Fault { status: Some(403), ..Fault::new("getScheduledTask", FaultKind::Status) }]);
    refused(world.read(tool, one).await, Kind::UpstreamForbidden);
    for arguments in
        [json!({"seen": true}), json!({"customer": "Acme"}), json!({"seen": false, "device_id": 7})]
    {
        refused(world.read(tool, arguments).await, Kind::InvalidArguments);
    }
    let narrowed = world.narrowed(&[103]);
    refused(narrowed.read(tool, json!({"seen": true, "customer_id": 101})).await, Kind::OutOfScope);
}

#[tokio::test]
async fn a_report_is_started_waited_for_and_read() {
    let world = World::new();
    let arguments = json!({"start_date": "2026-02-25", "install_statuses": ["not installed", "Installed"]});
    let started = world.read("n_central-generate-patch-report", arguments).await.unwrap();
    assert_eq!(started["status"], "in_progress");
    assert!(started["note"].as_str().unwrap().contains("no end date and no customer"));
    assert!(world.emulator.journal().is_empty());
    let id = json!({"report_id": started["report_id"].to_string()});
    let early = world.read("n_central-get-report", id.clone()).await.unwrap();
    assert_eq!(early["status"], "in_progress");
    assert!(early["next_step"].as_str().unwrap().contains("ask again"));
    world.emulator.advance(Duration::from_secs(60));
    let report = world.read("n_central-get-report", id).await.unwrap();
    assert_eq!(report["status"], "completed");
    assert!(rows(&report["patches"]).iter().any(|row| row["not installed"].as_i64() > Some(0)), "{report}");
    assert!(rows(&report["device_classes"]).iter().all(|row| row["device_class"].is_string()));
}

#[tokio::test]
async fn report_arguments_are_checked_here() {
    let world = World::new();
    let read = |arguments: Value| world.read("n_central-generate-patch-report", arguments);
    for (arguments, said) in [
        (json!({}), "`start_date` is missing"),
        (json!({"start_date": "last week"}), "no date"),
        (json!({"start_date": "2026-02-30"}), "no date"),
        (json!({"start_date": "2026-02-25", "patch_categories": ["Driver"]}), "did you mean `Drivers`"),
    ] {
        let problem = refused(read(arguments).await, Kind::InvalidArguments);
        assert!(problem.message.contains(said), "{problem}");
    }
    refused(world.read("n_central-get-report", json!({"report_id": 5})).await, Kind::UpstreamNotFound);
    let narrowed = world.narrowed(&[101]);
    refused(
        narrowed.read("n_central-generate-patch-report", json!({"start_date": "2026-02-25"})).await,
        Kind::OutOfScope,
    );
    refused(narrowed.read("n_central-get-report", json!({"report_id": 5})).await, Kind::OutOfScope);
}

#[tokio::test]
async fn waiting_for_a_decision_has_its_bound() {
    let world = World::new();
    let arguments = json!({"approval_id": "a1", "wait_seconds": 600});
    let answer = world.read("n_central-get-approval", arguments).await.unwrap();
    assert_eq!(answer, json!({"approval_id": "a1", "waited": 45}));
    refused(world.read("n_central-get-approval", json!({"approval_id": " "})).await, Kind::InvalidArguments);
}
