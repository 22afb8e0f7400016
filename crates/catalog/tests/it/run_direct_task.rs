//! Running a script: what the plan freezes, what it refuses, and finding a task whose answer was lost.

use crate::world::*;
use catalog::{Draft, ReadBack};
use emulator::DevicePatch;
use model::{Kind, Problem};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const TOOL: &str = "n_central-run-direct-task";

async fn plan(world: &World, arguments: Value) -> Result<(Draft, BTreeMap<String, String>), Problem> {
    world.plan(TOOL, arguments).await
}

async fn refuse(world: &World, arguments: Value, kind: Kind, said: &str) {
    let text = arguments.to_string();
    let problem = plan(world, arguments).await.unwrap_err();
    assert_eq!(problem.kind, kind, "{text}: {problem}");
    assert!(problem.to_string().contains(said), "{text}: {problem}");
    assert!(!problem.to_string().contains("hunter2"), "{problem}");
}

#[tokio::test]
async fn the_plan_is_one_post_a_device_to_the_unit_that_holds_it() {
    let world = World::new();
    let devices = world.devices("Globex", "workstation").await;
    let arguments =
        json!({"device_ids": devices, "script": "cleanup TEMPORARY files", "parameters": {"Days": "7"}});
    let (draft, secrets) = plan(&world, arguments).await.unwrap();
    assert!(secrets.is_empty());
    assert_eq!(
        (draft.targets.len(), draft.facts.len(), draft.writes.len()),
        (devices.len(), devices.len(), devices.len())
    );
    let mut names = std::collections::HashSet::new();
    for (at, (write, target)) in draft.writes.iter().enumerate() {
        assert_eq!(*target, Some(at));
        assert_eq!((write.operation.as_str(), write.method.as_str()), ("createDirectScheduledTask", "POST"));
        assert_eq!(write.path, "/api/scheduled-tasks/direct");
        let body = write.body.as_ref().unwrap();
        assert_eq!(body["deviceId"], devices[at]);
        assert_eq!(body["customerId"], json!(draft.targets[at].org_unit_id));
        assert_eq!((&body["itemId"], &body["taskType"]), (&json!(2014), &json!("Script")));
        assert_eq!(
            body["parameters"],
            json!([{"name": "Days", "value": "7", "description": "Days", "type": "integer"}])
        );
        assert_eq!(body["credential"], json!({"type": "LocalSystem", "username": null, "password": null}));
        let name = body["name"].as_str().unwrap();
        assert!(name.contains("0192f3c4-7b1a-7c3e-9d52-5f0c7a1e8b44") && name.len() <= 100, "{name}");
        assert!(names.insert(name.to_owned()));
    }
    assert!(
        draft.summary.starts_with("Run script “Cleanup temporary files” (item 2014) on"),
        "{}",
        draft.summary
    );
    assert!(draft.summary.contains("of Globex: GLOBEX-WS"), "{}", draft.summary);
    assert_eq!(draft.facts[0]["customer_name"], "Globex");
}

#[tokio::test]
async fn the_same_request_has_the_same_arguments_however_it_is_put() {
    let world = World::new();
    let ids = world.devices("Acme", "server").await;
    let named = json!({"devices": ["acme-fs01", "ACME-DC01"], "script": "Cleanup temporary files"});
    let (named, _) = plan(&world, named).await.unwrap();
    let by_id =
        json!({"device_ids": [ids[0].to_string(), ids[1], ids[0]], "item_id": "2014", "parameters": []});
    let (by_id, _) = plan(&world, by_id).await.unwrap();
    assert_eq!(named.arguments, by_id.arguments);
    assert_eq!(named.targets, by_id.targets);
    assert!(
        named.warnings.iter().any(|warning| warning.contains("ACME-FS01, ACME-DC01")),
        "{:?}",
        named.warnings
    );
}

#[tokio::test]
async fn a_secret_is_a_mark_from_input_to_body() {
    let world = World::new();
    let arguments = json!({"device": "ACME-WS01", "script": "Cleanup temporary files",
        "parameters": {"Token": "hunter2-token"},
        "credential": {"type": "CustomCredentials", "username": "ACME\\svc", "password": "hunter2-password"}});
    let (draft, secrets) = plan(&world, arguments).await.unwrap();
    let shown = format!("{:?}", draft);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(secrets.len(), 2);
    let body = draft.writes[0].0.body.as_ref().unwrap();
    let revealed = model::secret::reveal(body, &secrets).unwrap();
    assert_eq!(revealed["credential"]["password"], "hunter2-password");
    assert_eq!(revealed["parameters"][0]["value"], "hunter2-token");
    assert!(draft.arguments["parameters"]["Token"].is_object());
    // Whoever asks for it by item gives the type.
    let unlisted = json!({"device": "ACME-WS01", "item_id": 2011, "task_type": "script",
        "parameters": [{"name": "P", "value": "hunter2", "type": "password"}]});
    let (draft, secrets) = plan(&world, unlisted).await.unwrap();
    assert!(!format!("{draft:?}").contains("hunter2") && secrets.len() == 1);
    assert!(draft.warnings[0].contains("not on the script list"), "{:?}", draft.warnings);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_before_anything_is_planned() {
    let world = World::new();
    let script = "Cleanup temporary files";
    for (arguments, said) in [
        (json!({"script": script}), "no device is given"),
        (json!({"device": "ACME-WS01"}), "neither `script` nor `item_id`"),
        (json!({"device": "ACME-WS01", "script": script, "item_id": 2014}), "both given"),
        (json!({"device": "ACME-WS01", "device_id": 5, "script": script}), "both given"),
        (
            json!({"device": "ACME-WS01", "script": "Clean temporary files"}),
            "did you mean `Cleanup temporary files`",
        ),
        (json!({"device": "ACME-WS01", "item_id": 2999}), "`task_type` is missing"),
        (json!({"device": "ACME-WS01", "item_id": 2014, "task_type": "MacScript"}), "listed as Script"),
        (json!({"device": "ACME-WS01", "script": script, "parameters": {"Day": 7}}), "did you mean `Days`"),
        (
            json!({"device": "ACME-WS01", "script": script, "parameters": {"Days": "hunter2"}}),
            "must be a whole number",
        ),
        (json!({"device": "ACME-WS01", "script": script, "parameters": 5}), "must be object or array"),
        (
            json!({"device": "ACME-WS01", "item_id": 2999, "task_type": "Script", "parameters": {"a": 1}}),
            "must be a list",
        ),
        (json!({"device": "ACME-WS01", "script": script, "credential": "hunter2"}), "must be object"),
        (
            json!({"device": "ACME-WS01", "script": script, "credential": {"password": "hunter2"}}),
            "takes no username",
        ),
        (
            json!({"device": "ACME-WS01", "script": script, "credential": {"type": "CustomCredentials"}}),
            "needs username and password",
        ),
        (
            json!({"device": "ACME-WS01", "script": script, "run_at": "2026-03-04T22:00:00"}),
            "no ISO-8601 time with offset",
        ),
        (json!({"device": "ACME-WS01", "script": script, "run_at": "2026-03-04T11:58:00Z"}), "in the past"),
        (
            json!({"device": "ACME-WS01", "script": script, "run_at": "2026-03-11T12:00:01Z"}),
            "more than 7 days",
        ),
    ] {
        refuse(&world, arguments, Kind::InvalidArguments, said).await;
    }
    refuse(&world, json!({"device_id": 7, "script": script}), Kind::UpstreamNotFound, "knows no device 7")
        .await;
    refuse(&world, json!({"device": "WS01", "script": script}), Kind::NotFound, "did you mean “ACME-WS01”")
        .await;
    assert!(world.emulator.journal().is_empty());
}

#[tokio::test]
async fn more_devices_than_the_cap_are_refused() {
    let mut world = World::new();
    world.max_targets = 3;
    let many = json!({"device_ids": [11, 12, 13, 14], "script": "Cleanup temporary files"});
    refuse(&world, many, Kind::TooManyTargets, "4 devices are more than the 3").await;
}

#[tokio::test]
async fn a_required_parameter_is_asked_for() {
    let mut world = World::new();
    world.scripts[0].parameters[1].required = true;
    let arguments = json!({"device": "ACME-WS01", "script": "Cleanup temporary files"});
    refuse(&world, arguments, Kind::InvalidArguments, "lacks `Days`").await;
}

#[tokio::test]
async fn a_narrowed_key_runs_within_its_customers() {
    let whole = World::new();
    let globex = whole.customer("Globex").await;
    let acme = whole.devices("Acme", "server").await;
    let world = whole.narrowed(&[globex]);
    let arguments = json!({"device_ids": acme, "script": "Cleanup temporary files"});
    refuse(&world, arguments, Kind::OutOfScope, "outside the customers").await;
}

#[tokio::test]
async fn tonight_stands_in_plan_and_sentence() {
    let world = World::new();
    let arguments = json!({"device": "ACME-WS01", "script": "Cleanup temporary files", "run_at": "2026-03-04T23:00:00+01:00"});
    let (draft, _) = plan(&world, arguments).await.unwrap();
    assert_eq!(draft.run_at, Some("2026-03-04T22:00:00Z".parse().unwrap()));
    assert!(draft.summary.contains("at 2026-03-04T22:00:00Z"), "{}", draft.summary);
    assert_eq!(draft.arguments["run_at"], "2026-03-04T22:00:00Z");
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_the_name_of_the_task() {
    let world = World::new();
    let arguments = json!({"devices": ["ACME-WS01", "ACME-DC01"], "script": "Cleanup temporary files"});
    let (draft, _) = plan(&world, arguments).await.unwrap();
    let plan = freeze(TOOL, &draft);
    let answer = world.send(&plan, 0).await;
    let receipt = world.receive(&plan, 0, answer).await;
    assert!(receipt.task_id.as_ref().unwrap().is_number());
    assert_eq!(world.emulator.journal().len(), 1);
    let ReadBack::Applied(found) = world.read_back(&plan, 0).await else { panic!("the task is there") };
    assert!(found.task_id.is_some());
    // Not finding it proves nothing: it may be on its way.
    assert!(matches!(world.read_back(&plan, 1).await, ReadBack::CannotTell));
}

#[tokio::test]
async fn a_device_that_moved_is_noticed() {
    let world = World::new();
    let globex = world.customer("Globex").await;
    let arguments = json!({"devices": ["ACME-WS01", "ACME-WS02"], "script": "Cleanup temporary files"});
    let (draft, _) = plan(&world, arguments).await.unwrap();
    let plan = freeze(TOOL, &draft);
    assert_eq!(plan.drift(&world.recheck(&plan).await.unwrap()), None);
    let moved: i32 = draft.targets[1].id.to_string().parse().unwrap();
    let patch = DevicePatch { customer_id: Some(globex.try_into().unwrap()), ..DevicePatch::default() };
    world.emulator.patch_device(moved, &patch).unwrap();
    let drift = plan.drift(&world.recheck(&plan).await.unwrap()).unwrap();
    assert!(drift.contains("ACME-WS02"), "{drift}");
}
