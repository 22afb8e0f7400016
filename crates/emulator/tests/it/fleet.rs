//! The fleet: the two customers that stories are told about, ids and levels, moves, and sizes.

use std::collections::HashSet;

use std::time::{Duration, Instant};

use emulator::{Config, DevicePatch, Emulator};
use serde_json::{Value, json};

use crate::support::{Server, config};

#[tokio::test]
async fn the_file_server_at_acme_has_a_failing_disk() {
    for devices in [20, 600] {
        let server = Server::with(Config { devices, ..config() }).await;
        let fs = server.device("ACME-FS01").await;
        assert_eq!(fs["deviceClass"], "Servers - Windows");
        let acme = server.customer("Acme").await;
        let issues = server.get(&format!("/api/org-units/{acme}/active-issues")).await;
        let disk =
            issues["data"].as_array().unwrap().iter().find(|i| i["_extra"]["taskIdent"] == "E:").unwrap();
        assert_eq!((&disk["serviceName"], &disk["notificationState"]), (&json!("Disk"), &json!(5)));
        assert_eq!(disk["_extra"]["deviceClassValue"], Value::Null);
        let status = server.get(&format!("/api/devices/{}/service-monitor-status", fs["deviceId"])).await;
        let row = status["data"].as_array().unwrap().iter().find(|s| s["taskId"] == disk["taskId"]).unwrap();
        assert_eq!((&row["taskIdent"], &row["stateStatus"]), (&json!("E:"), &json!("Failed")));
        let task = server.get(&format!("/api/appliance-tasks/{}", disk["taskId"])).await;
        assert_eq!(
            (&task["state"], &task["serviceDetails"][0]["state"]),
            (&json!("FAILED"), &json!("FAILED"))
        );
        let used: f64 = task["serviceDetails"][0]["detailValue"].as_str().unwrap().parse().unwrap();
        assert!((90.0..100.0).contains(&used));
        let kilobytes = |name: &str| -> f64 { detail(&task, name).parse().unwrap() };
        let total = kilobytes("disk_total");
        assert!((kilobytes("disk_used") + kilobytes("disk_free") - total).abs() < 1.0);
        assert!((kilobytes("disk_used") / total * 100.0 - used).abs() < 0.1);
    }
}

fn detail<'a>(task: &'a Value, name: &str) -> &'a str {
    let rows = task["serviceDetails"].as_array().unwrap();
    rows.iter().find(|row| row["detailName"] == name).unwrap()["detailValue"].as_str().unwrap()
}

#[tokio::test]
async fn scans_of_processor_and_memory_name_the_five_busiest_programs() {
    let server = Server::start().await;
    let fs = server.device("ACME-FS01").await;
    let status = server.get(&format!("/api/devices/{}/service-monitor-status", fs["deviceId"])).await;
    let assets = server.get(&format!("/api/devices/{}/assets", fs["deviceId"])).await;
    for (service, process, usage, whole) in [
        ("CPU", "top5_cpu_process", "top5_cpu_usage", "cpu_usage"),
        ("Memory", "memory_process", "memory_physical", "memory_physicalused"),
    ] {
        let row = status["data"].as_array().unwrap().iter().find(|row| row["moduleName"] == service).unwrap();
        let task = server.get(&format!("/api/appliance-tasks/{}", row["taskId"])).await;
        let number = |name: &str| -> f64 { detail(&task, name).parse().unwrap() };
        let names: HashSet<_> = (1..=5).map(|n| detail(&task, &format!("{process}{n}"))).collect();
        assert_eq!(names.len(), 5, "{service}");
        let uses: Vec<_> = (1..=5).map(|n| number(&format!("{usage}{n}"))).collect();
        assert!(uses.is_sorted_by(|a, b| a >= b) && uses.iter().sum::<f64>() <= number(whole), "{uses:?}");
        if service == "Memory" {
            let bytes: f64 =
                assets["data"]["computersystem"]["totalphysicalmemory"].as_str().unwrap().parse().unwrap();
            assert_eq!(number("memory_physicaltotal") * 1024.0, bytes);
        }
    }
}

#[tokio::test]
async fn globex_has_eight_workstations_of_which_two_were_not_seen_for_weeks() {
    let server = Server::with(Config { devices: 20, ..config() }).await;
    let globex = server.customer("Globex").await;
    let list = server.get(&format!("/api/org-units/{globex}/devices?filterId=1002")).await;
    assert_eq!(list["totalItems"], 8);
    let seen_today = |d: &&Value| d["lastApplianceCheckinTime"].as_str().unwrap() > "2026-03-04";
    assert_eq!(list["data"].as_array().unwrap().iter().filter(seen_today).count(), 6);
}

#[tokio::test]
async fn unit_ids_are_text_in_units_and_numbers_in_devices() {
    let server = Server::start().await;
    let fs = server.device("ACME-FS01").await;
    let acme = server.customer("Acme").await;
    assert_eq!(fs["customerId"].as_i64().unwrap().to_string(), acme);
    assert_eq!((&fs["siteId"], &fs["orgUnitId"]), (&Value::Null, &fs["customerId"]));
    let unit = server.get(&format!("/api/org-units/{acme}")).await;
    assert_eq!((unit["parentId"].as_str(), unit["orgUnitType"].as_str()), (Some("50"), Some("CUSTOMER")));
    let printer = server.device("ACME-PRN01").await;
    assert_eq!(printer["orgUnitId"], printer["siteId"]);
}

#[tokio::test]
async fn what_one_device_route_hides_the_list_shows_and_probes_have_no_assets() {
    let server = Server::start().await;
    let listed = server.device("ACME-WS01").await;
    let single = server.get(&format!("/api/devices/{}", listed["deviceId"])).await;
    assert!(listed["lastLoggedInUser"].as_str().unwrap().starts_with("ACME\\"));
    assert_eq!(single["data"]["lastLoggedInUser"], Value::Null);
    let probe = server.device("ACME-PRB01").await;
    let path = format!("/api/devices/{}/assets", probe["deviceId"]);
    assert_eq!(server.call("GET", &path, Value::Null).await.0, 404);
}

#[tokio::test]
async fn a_moved_device_is_listed_where_it_is_now() {
    let server = Server::start().await;
    let id = server.device("GLOBEX-WS01").await["deviceId"].as_i64().unwrap() as i32;
    let acme = server.customer("Acme").await;
    let globex = server.customer("Globex").await;
    let patch = DevicePatch {
        customer_id: acme.parse().ok(),
        long_name: Some("MOVED-01".to_owned()),
        ..DevicePatch::default()
    };
    assert_eq!(server.emulator.patch_device(id, &patch), Ok(true));
    assert_eq!(server.device("MOVED-01").await["customerName"], "Acme");
    let count = async |unit: &str| {
        server.get(&format!("/api/org-units/{unit}/devices")).await["totalItems"].as_u64().unwrap()
    };
    assert_eq!(
        (count(&acme).await, count(&globex).await, count("50").await + count("174").await),
        (15, 9, 600)
    );
    assert!(server.emulator.journal().is_empty());
    assert!(
        server
            .emulator
            .patch_device(id, &DevicePatch { site_id: Some(50), ..DevicePatch::default() })
            .is_err()
    );
    assert_eq!(server.emulator.patch_device(7, &DevicePatch::default()), Ok(false));
}

#[tokio::test]
async fn a_large_fleet_starts_as_fast_as_a_small_one() {
    let started = Instant::now();
    let emulator = Emulator::new(Config { devices: 100_000, ..Config::default() });
    assert!(started.elapsed() < Duration::from_millis(100), "{:?}", started.elapsed());
    drop(emulator);
    let server = Server::with(Config { devices: 100_000, ..config() }).await;
    let page = server.get("/api/devices?pageNumber=2000&pageSize=50").await;
    assert_eq!((&page["totalItems"], &page["itemCount"]), (&100_000.into(), &50.into()));
    let id = &page["data"][49]["deviceId"];
    assert_eq!(
        server.get(&format!("/api/devices/{id}")).await["data"]["longName"],
        page["data"][49]["longName"]
    );
    let found = server.get("/api/devices?select=customerName==Globex;longName==GLOBEX-WS0*").await;
    assert_eq!(found["totalItems"], 8);
}

#[tokio::test]
async fn two_emulators_with_one_seed_are_alike_and_another_seed_is_not() {
    let first = async |seed| {
        Server::with(Config { seed, ..config() }).await.get("/api/devices?pageNumber=5").await["data"][0]
            .clone()
    };
    let (one, again, other) = (first(1).await, first(1).await, first(2).await);
    assert_eq!((&one["deviceId"], &one["longName"]), (&again["deviceId"], &again["longName"]));
    assert_ne!(one["deviceId"], other["deviceId"]);
}
