//! Devices: listing, searching, one with what only the list knows, assets, monitored services.

use crate::world::*;
use emulator::{DevicePatch, Fault, FaultKind};
use model::{Changed, Kind};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;

#[tokio::test]
async fn pages_together_are_the_whole_fleet() {
    let world = World::of(130);
    let mut seen = HashSet::new();
    let mut page = json!(1);
    while !page.is_null() {
        let answer =
            world.read("list_devices", json!({"page_number": page, "page_size": "50"})).await.unwrap();
        assert_eq!(answer["total"], 130);
        seen.extend(rows(&answer).iter().map(|row| row["device_id"].as_i64().unwrap()));
        page = answer["next_page"].clone();
    }
    assert_eq!(seen.len(), 130);
    let past = world.read("list_devices", json!({"page_number": 9, "page_size": 50})).await.unwrap();
    assert_eq!((&past["returned"], &past["note"]), (&json!(0), &json!("page 9 is past the end of 130")));
}

#[tokio::test]
async fn devices_are_found_by_part_of_name_and_class() {
    let world = World::new();
    let arguments = json!({"customer": "Globex", "device_class": "workstation", "search": "ws"});
    let answer = world.read("list_devices", arguments).await.unwrap();
    let found = rows(&answer);
    assert_eq!(answer["total"].as_u64().unwrap(), found.len() as u64);
    assert!(!found.is_empty());
    for row in &found {
        assert_eq!(row["customer_name"], "Globex");
        assert_eq!(row["device_class"], "Workstations - Windows");
        assert!(row["long_name"].as_str().unwrap().starts_with("GLOBEX-WS"));
    }
    let sorted = json!({"search": "fs", "sort_by": "long_name", "sort_order": "desc", "page_size": 2, "page_number": 2});
    let names: Vec<Value> = rows(&world.read("list_devices", sorted).await.unwrap())
        .iter()
        .map(|row| row["long_name"].clone())
        .collect();
    assert!(names[0].as_str() > names[1].as_str());
}

#[tokio::test]
async fn a_narrowed_key_lists_its_customers_as_one() {
    let whole = World::new();
    let (acme, globex) = (whole.customer("Acme").await, whole.customer("Globex").await);
    let both = whole.devices("Acme", "").await.len() + whole.devices("Globex", "").await.len();
    let world = whole.narrowed(&[acme, globex]);
    let all = world.read("list_devices", json!({"page_size": 1000, "sort_by": "long_name"})).await.unwrap();
    assert_eq!(all["total"].as_u64().unwrap(), both as u64);
    let names: Vec<String> =
        rows(&all).iter().map(|row| row["long_name"].as_str().unwrap().to_lowercase()).collect();
    assert!(names.is_sorted() && names.len() == both);
    let second = json!({"page_size": 4, "page_number": 2, "sort_by": "long_name"});
    let second = world.read("list_devices", second).await.unwrap();
    assert_eq!(rows(&second)[0]["long_name"].as_str().unwrap().to_lowercase(), names[4]);
    refused(world.read("list_devices", json!({"customer_id": globex + 2})).await, Kind::OutOfScope);
    refused(world.read("list_devices", json!({"site_id": globex + 3})).await, Kind::OutOfScope);
    refused(world.read("get_device", json!({"device": "HDG-FS01"})).await, Kind::NotFound);
}

#[tokio::test]
async fn one_device_has_what_only_the_list_knows() {
    let world = World::new();
    let answer = world.read("get_device", json!({"device": "acme-fs01"})).await.unwrap();
    assert_eq!(answer["last_logged_in_user"], "ACME\\administrator");
    assert_eq!((&answer["still_logged_in"], &answer["offline"]), (&json!(false), &json!(false)));
    assert!(answer.get("_links").is_none() && answer.get("device_class_label").is_none());
    // Without the list the device is still there, only less of it is known.
    world
        .emulator
        .set_faults(vec![Fault { status: Some(400), ..Fault::new("listDevices", FaultKind::Status) }]);
    let id = answer["device_id"].clone();
    let answer = world.read("get_device", json!({"device_id": id.to_string()})).await.unwrap();
    assert_eq!((&answer["device_id"], answer.get("last_logged_in_user")), (&id, None));
}

#[tokio::test]
async fn a_silent_device_is_marked() {
    let world = World::new();
    let answer = world.read("get_device", json!({"device": "ACME-LT01"})).await.unwrap();
    assert_eq!(answer["offline"], true);
    assert!(answer["silent_for"].as_str().unwrap().contains(" d "), "{answer}");
}

#[tokio::test]
async fn an_unknown_device_is_told_with_what_n_central_said() {
    let world = World::new();
    let problem = refused(world.read("get_device", json!({"device_id": 7})).await, Kind::UpstreamNotFound);
    assert_eq!((problem.changed, problem.retryable), (Changed::No, false));
    let upstream = problem.upstream.unwrap();
    assert!(upstream.status == Some(404) && upstream.correlation_id.is_some());
    refused(world.read("get_device", json!({})).await, Kind::InvalidArguments);
    refused(world.read("get_device", json!({"device_id": "FS01"})).await, Kind::InvalidArguments);
}

#[tokio::test]
async fn nothing_acts_on_an_ambiguous_name() {
    let world = World::new();
    let ids = world.devices("Globex", "").await;
    let rename = DevicePatch { long_name: Some("acme-fs01".into()), ..DevicePatch::default() };
    assert!(world.emulator.patch_device(ids[0].try_into().unwrap(), &rename).unwrap());
    let problem =
        refused(world.read("get_device", json!({"device": "ACME-FS01"})).await, Kind::AmbiguousName);
    let customers: HashSet<&str> = problem.details["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|candidate| candidate["customer"].as_str().unwrap())
        .collect();
    assert_eq!(customers, HashSet::from(["Acme", "Globex"]));
}

#[tokio::test]
async fn names_from_outside_are_cleaned() {
    let world = World::new();
    let ids = world.devices("Acme", "server").await;
    let rename =
        DevicePatch { long_name: Some("AC\u{202e}ME\u{200b}-X\n1".into()), ..DevicePatch::default() };
    world.emulator.patch_device(ids[0].try_into().unwrap(), &rename).unwrap();
    let answer = world.read("get_device", json!({"device_id": ids[0]})).await.unwrap();
    assert_eq!(answer["long_name"], "ACME-X 1");
    let list = world.read("list_devices", json!({"customer": "Acme"})).await.unwrap();
    assert!(rows(&list).iter().any(|row| row["long_name"] == "ACME-X 1"));
}

#[tokio::test]
async fn a_probe_without_assets_is_an_answer() {
    let world = World::new();
    let probes = world.read("list_devices", json!({"search": "PRB", "page_size": 1})).await.unwrap();
    let probe = rows(&probes)[0]["device_id"].clone();
    let answer = world.read("n_central-get-device-assets", json!({"device_id": probe})).await.unwrap();
    assert_eq!(answer["assets"], Value::Null);
    assert!(answer["note"].as_str().unwrap().contains("it is a probe"));
    refused(world.read("n_central-get-device-assets", json!({"device_id": 7})).await, Kind::UpstreamNotFound);
}

#[tokio::test]
async fn software_and_patches_are_searched_on_request() {
    let world = World::new();
    let arguments = json!({"device": "ACME-FS01", "software": "AGENT", "patches": "*"});
    let answer = world.read("n_central-get-device-assets", arguments).await.unwrap();
    assert_eq!(answer["software"]["columns"], json!(["name", "version", "publisher", "installed"]));
    assert_eq!(answer["software"]["rows"].as_array().unwrap().len(), 2);
    assert_eq!(answer["patches"]["total"], answer["counts"]["patches"]);
}

#[tokio::test]
async fn monitored_services_come_worst_first_and_counted() {
    let world = World::new();
    let answer = world.read("list_device_details", json!({"device": "ACME-FS01"})).await.unwrap();
    assert_eq!(answer["device_name"], "ACME-FS01");
    assert_eq!(answer["states"].as_object().unwrap().keys().next().unwrap(), "failed");
    let worst = &rows(&answer)[0];
    assert_eq!(
        (&worst["module_name"], &worst["task_ident"], &worst["state"]),
        (&json!("Disk"), &json!("E:"), &json!("failed"))
    );
    // The server leaves the offset out of this one time and tells it in another.
    assert!(worst["transition_time"].as_str().unwrap().ends_with("-05:00"), "{worst}");
}

#[tokio::test]
async fn an_answer_that_is_no_data_is_an_error() {
    let world = World::new();
    for (fault, kind) in [
        (FaultKind::Html, Kind::NotNCentral),
        (FaultKind::ErrorIn200, Kind::UpstreamFailed),
        (FaultKind::WrongType, Kind::BadAnswer),
        (FaultKind::Redirect, Kind::BadAnswer),
    ] {
        world.emulator.set_faults(vec![Fault::new("listDevices", fault)]);
        let result = world.read("list_devices", json!({})).await;
        assert_eq!(result.unwrap_err().kind, kind, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn pages_are_read_side_by_side_and_keep_their_order() {
    let world = World::slow(6000, Duration::from_millis(50));
    let ids =
        |answer: &Value| -> Vec<Value> { rows(answer).iter().map(|row| row["device_id"].clone()).collect() };
    let page = json!({"page_number": 6, "page_size": 1000, "fields": "device_id"});
    let last = world.read("list_devices", page.clone()).await.unwrap();
    let device = ids(&last)[999].clone();
    let name = world.read("get_device", json!({"device_id": device})).await.unwrap()["long_name"].clone();
    world.emulator.clear_requests();
    let listed = || world.emulator.requests().operations["listDevices"].clone();

    let mut scanned = page;
    scanned["device_class"] = json!("");
    assert_eq!(ids(&world.read("list_devices", scanned).await.unwrap()), ids(&last));
    let scan = listed();
    // Pages overlap by a few rows, so that six of them reach 5,970.
    assert_eq!((scan.count, &scan.by_status), (7, &[("200".to_owned(), 7)].into()));
    assert!((2..=5).contains(&scan.peak_in_flight), "{scan:?}");

    world.emulator.clear_requests();
    let found = world.read("n_central-list-device-scheduled-tasks", json!({"device": name})).await;
    assert!(found.is_ok() && listed().peak_in_flight > 1, "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn pages_are_read_in_turn_where_no_total_is_told() {
    let world = World::slow_without_totals(3000, Duration::from_millis(50));
    let arguments = json!({"search": "", "page_number": 3, "page_size": 1000, "fields": "device_id"});
    let answer = world.read("list_devices", arguments).await.unwrap();
    assert_eq!((&answer["returned"], &answer["total"]), (&json!(1000), &json!(3000)));
    let listed = world.emulator.requests().operations["listDevices"].clone();
    // The fourth is empty, which tells that the third was the last.
    assert_eq!((listed.count, listed.peak_in_flight), (4, 1));
}
