//! The look-ups beside the spine: customers, properties, life cycle, jobs, one issue, tokens, operations.

use crate::world::*;
use emulator::{Fault, FaultKind};
use model::Kind;
use serde_json::{Value, json};

async fn read(world: &World, tool: &str, arguments: Value) -> Value {
    world.read(tool, arguments).await.unwrap()
}

#[tokio::test]
async fn a_customer_is_told_with_its_service_org() {
    let world = World::new();
    let customer = read(&world, "get_customer", json!({"customer": "acme"})).await;
    assert_eq!((&customer["customer_name"], &customer["service_org_id"]), (&json!("Acme"), &json!("50")));
    assert_eq!(customer["service_org_name"], "Northwind Managed IT");
    refused(world.read("get_customer", json!({})).await, Kind::InvalidArguments);
    let narrowed = world.narrowed(&[103]);
    refused(narrowed.read("get_customer", json!({"customer_id": 101})).await, Kind::OutOfScope);
}

#[tokio::test]
async fn values_of_passwords_are_never_shown() {
    let world = World::new();
    let device = json!({"device": "ACME-FS01"});
    let of_device = read(&world, "n_central-get-device-custom-properties", device).await;
    let of_unit = read(&world, "n_central-list-org-custom-properties", json!({"customer": "Acme"})).await;
    let mut passwords = 0;
    for property in rows(&of_device).iter().chain(&rows(&of_unit)) {
        if property["property_type"] == "PASSWORD" {
            passwords += 1;
            assert!(property["value"].is_null() || property["value"] == "secret, set", "{property}");
        }
    }
    assert!(passwords > 0, "{of_device} {of_unit}");
    for property in rows(&of_device) {
        let arguments = json!({"device": "ACME-FS01", "property_id": property["property_id"]});
        let one = read(&world, "n_central-get-device-custom-property", arguments).await;
        assert_eq!(one.get("value").cloned().unwrap_or_default(), property["value"]);
    }
    let both = json!({"customer": "Acme", "org_unit_id": 50});
    refused(world.read("n_central-list-org-custom-properties", both).await, Kind::InvalidArguments);
    let narrowed = world.narrowed(&[101]);
    for (unit, seen) in [(101, true), (102, true), (50, false), (103, false), (104, false)] {
        let answer =
            narrowed.read("n_central-list-org-custom-properties", json!({"org_unit_id": unit})).await;
        assert_eq!(answer.is_ok(), seen, "{unit}");
    }
}

#[tokio::test]
async fn a_life_cycle_names_its_device() {
    let world = World::new();
    let info = read(&world, "n_central-get-device-lifecycle-info", json!({"device": "ACME-FS01"})).await;
    assert_eq!(info["device_name"], "ACME-FS01");
    assert!(info["warranty_expiry_date"].is_string(), "{info}");
}

#[tokio::test]
async fn jobs_of_all_customers_come_newest_first() {
    let world = World::new();
    let all = read(&world, "list_jobs", json!({"page_size": 100})).await;
    let times: Vec<String> = rows(&all).iter().map(|job| job["scheduled_time"].to_string()).collect();
    assert!(times.len() == 100 && times.is_sorted_by(|a, b| a >= b), "{times:?}");
    let fault = Fault {
        path: Some("/api/org-units/101/job-statuses".into()),
        ..Fault::new("listJobStatuses", FaultKind::Status)
    };
    let of_acme = read(&world, "list_jobs", json!({"customer": "Acme"})).await;
    world.emulator.set_faults(vec![fault]);
    let part = read(&world, "list_jobs", json!({"page_size": 100})).await;
    let count = |answer: &Value| answer["total"].as_u64().unwrap();
    assert_eq!(count(&part), count(&all) - count(&of_acme));
    assert!(part["note"].as_str().unwrap().contains("1 of 44 customers could not be read"));
}

#[tokio::test]
async fn one_issue_is_found_by_its_id_and_enriched() {
    let world = World::new();
    let listed = read(&world, "list_active_issues", json!({"customer": "Acme"})).await;
    let id = rows(&listed)[0]["active_issue_id"].clone();
    let issue = read(&world, "get_active_issue", json!({"active_issue_id": id})).await;
    assert_eq!((&issue["active_issue_id"], &issue["device_name"]), (&id, &json!("ACME-FS01")));
    assert_eq!((&issue["state"], &issue["device_class"]), (&json!("failed"), &json!("Servers - Windows")));
    assert!(issue["last_scan"]["service_details"].is_array(), "{issue}");
    refused(world.read("get_active_issue", json!({"active_issue_id": 7})).await, Kind::NotFound);
    let narrowed = world.narrowed(&[103]);
    refused(narrowed.read("get_active_issue", json!({"active_issue_id": id})).await, Kind::NotFound);
}

#[tokio::test]
async fn tasks_of_a_device_and_saved_filters_are_listed() {
    let world = World::new();
    let tasks = read(&world, "n_central-list-device-scheduled-tasks", json!({"device": "ACME-WS01"})).await;
    assert_eq!(tasks["columns"], json!(["task_id", "task_name", "status"]));
    assert!(tasks["total"].as_u64() > Some(0));
    let filters = read(&world, "n_central-list-device-filters", json!({"view_scope": "ALL"})).await;
    let filter = rows(&filters)[0]["filter_id"].clone();
    let devices = read(&world, "list_devices", json!({"filter_id": filter, "page_size": 1})).await;
    assert!(devices["total"].as_u64() < Some(600));
}

#[tokio::test]
async fn a_registration_token_is_of_exactly_one_unit() {
    let world = World::new();
    let tool = "n_central-get-registration-token";
    let token = read(&world, tool, json!({"customer": "Acme"})).await;
    assert!(token["registration_token"].is_string() && token["org_unit_id"] == 101, "{token}");
    for arguments in [json!({}), json!({"customer_id": 101, "org_unit_id": 101})] {
        refused(world.read(tool, arguments).await, Kind::InvalidArguments);
    }
    let narrowed = world.narrowed(&[103]);
    refused(narrowed.read(tool, json!({"org_unit_id": 101})).await, Kind::OutOfScope);
}

#[tokio::test]
async fn operations_are_found_by_words() {
    let world = World::new();
    let found =
        read(&world, "n_central-find-operation", json!({"query": "maintenance windows device"})).await;
    assert_eq!(rows(&found)[0]["operation"], "listDeviceMaintenanceWindows");
    let one = read(&world, "n_central-find-operation", json!({"operation": "listdevices"})).await;
    assert_eq!((&one["path"], &one["effect"]), (&json!("/api/devices"), &json!("read")));
    let problem =
        world.read("n_central-find-operation", json!({"operation": "listDevice"})).await.unwrap_err();
    assert!(problem.message.contains("did you mean `listDevices`"), "{problem}");
}

#[tokio::test]
async fn users_of_all_service_orgs_come_once() {
    let world = World::new();
    let all = read(&world, "n_central-list-users", json!({"page_size": 200, "sort_by": "user_name"})).await;
    let names: Vec<String> =
        rows(&all).iter().map(|user| user["user_name"].as_str().unwrap().to_lowercase()).collect();
    assert!(names.len() > 1 && names.is_sorted(), "{names:?}");
    let unique: std::collections::HashSet<_> =
        rows(&all).iter().map(|user| user["user_id"].to_string()).collect();
    assert_eq!(unique.len(), names.len());
    let arguments = json!({"org_unit_id": 50, "sort_by": "username", "sort_order": "desc"});
    let of_unit = read(&world, "n_central-list-users", arguments).await;
    assert!(of_unit["total"].as_u64() > Some(0));
    let narrowed = world.narrowed(&[103]);
    refused(narrowed.read("n_central-list-users", json!({"org_unit_id": 50})).await, Kind::OutOfScope);
}

#[tokio::test]
async fn tasks_of_many_devices_come_together() {
    let world = World::new();
    let acme = read(&world, "list_scheduled_tasks", json!({"customer": "Acme", "page_size": 100})).await;
    let tasks = rows(&acme);
    assert_eq!(acme["total"].as_u64().unwrap(), tasks.len() as u64);
    assert!(tasks.iter().all(|task| task["customer_name"] == "Acme" && task["device_name"].is_string()));
    let one = read(&world, "list_scheduled_tasks", json!({"device": "ACME-WS01"})).await;
    let of_one = tasks.iter().filter(|task| task["device_name"] == "ACME-WS01").count();
    assert_eq!(rows(&one).len(), of_one);
    let all = read(&world, "list_scheduled_tasks", json!({})).await;
    assert!(all["note"].as_str().unwrap().contains("only the first 500 of 600 devices were asked"), "{all}");
}

#[tokio::test]
async fn every_list_teaches_its_columns_and_its_bounds() {
    let world = World::new();
    let mut lists = 0;
    for tool in catalog::TOOLS {
        let schema = tool.input_schema();
        if schema["properties"].get("fields").is_none() {
            continue;
        }
        lists += 1;
        let name = tool.record.name;
        let given = |argument: &str, value: Value| {
            let needed = schema["required"].as_array().into_iter().flatten();
            let mut arguments: Value =
                needed.map(|member| (member.as_str().unwrap().to_owned(), json!(1))).collect();
            arguments[argument] = value;
            arguments
        };
        for (argument, value) in [("fields", json!(["no_such_column"])), ("sort_by", json!("no_such_column"))]
        {
            let problem = refused(world.read(name, given(argument, value)).await, Kind::InvalidArguments);
            assert!(problem.message.contains("`no_such_column`"), "{name}: {problem}");
            assert!(problem.hint.starts_with("known: "), "{name}: {problem}");
            assert!(!problem.details["columns"].as_array().unwrap().is_empty(), "{name}");
        }
        let problem =
            refused(world.read(name, given("page_size", json!(1001))).await, Kind::InvalidArguments);
        assert!(problem.message.contains("1000 is the most"), "{name}: {problem}");
        for argument in ["page_size", "page_number"] {
            let problem = refused(world.read(name, given(argument, json!(0))).await, Kind::InvalidArguments);
            assert!(problem.message.contains("counts from 1"), "{name}: {problem}");
        }
    }
    assert!(lists > 10, "{lists}");
}
