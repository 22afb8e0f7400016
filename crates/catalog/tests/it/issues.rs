//! Active issues: over all customers, with what could not be read, worst first, grouped where there are many.

use crate::world::*;
use emulator::{Fault, FaultKind};
use model::Kind;
use serde_json::{Value, json};

fn failing(customer: i64) -> Fault {
    Fault {
        path: Some(format!("/api/org-units/{customer}/active-issues")),
        ..Fault::new("listActiveIssues", FaultKind::Status)
    }
}

fn rank(state: &Value) -> usize {
    ["failed", "warning", "stale", "misconfigured", "disconnected"]
        .iter()
        .position(|known| state == known)
        .unwrap()
}

#[tokio::test]
async fn few_issues_are_rows_with_classes_worst_first() {
    let world = World::new();
    let answer = world.read("list_active_issues", json!({"customer": "Acme"})).await.unwrap();
    let issues = rows(&answer);
    assert_eq!(answer["total"].as_u64().unwrap(), issues.len() as u64);
    assert!(issues.iter().map(|issue| rank(&issue["state"])).is_sorted());
    assert_eq!(issues[0]["device_name"], "ACME-FS01");
    for issue in &issues {
        assert!(issue["active_issue_id"].is_number() && issue["device_class"].is_string(), "{issue}");
    }
}

#[tokio::test]
async fn many_issues_are_grouped_by_device() {
    let world = World::new();
    let answer = world.read("list_active_issues", json!({})).await.unwrap();
    assert_eq!(answer["grouped_by"], "device");
    let devices = rows(&answer);
    assert!(devices.iter().map(|device| rank(&device["state"])).is_sorted());
    let issues: usize = devices.iter().map(|device| device["issues"].as_array().unwrap().len()).sum();
    assert_eq!(json!([issues, issues]), json!([answer["returned"], answer["total"]]));
    // Whoever asks for a page, columns or an order gets rows.
    let page = world.read("list_active_issues", json!({"page_size": 10, "page_number": 2})).await.unwrap();
    assert_eq!((&page["returned"], &page["next_page"]), (&json!(10), &json!(3)));
    let sorted = json!({"sort_by": "notificationState", "sort_order": "desc", "page_size": 1000});
    let sorted = world.read("list_active_issues", sorted).await.unwrap();
    assert_eq!(rows(&sorted).len(), issues);
    assert!(rows(&sorted).iter().map(|issue| rank(&issue["state"])).is_sorted());
}

#[tokio::test]
async fn customers_that_could_not_be_read_are_named() {
    let world = World::new();
    let whole = world.read("list_active_issues", json!({})).await.unwrap();
    let acme = world.read("list_active_issues", json!({"customer": "Acme"})).await.unwrap();
    let (id, second) = (world.customer("Acme").await, world.customer("Globex").await);
    let globex = world.read("list_active_issues", json!({"customer": "Globex"})).await.unwrap();
    world.emulator.set_faults(vec![failing(id), failing(second)]);
    let part = world.read("list_active_issues", json!({})).await.unwrap();
    let count = |answer: &Value| answer["total"].as_u64().unwrap();
    assert_eq!(count(&part), count(&whole) - count(&acme) - count(&globex));
    let note = part["note"].as_str().unwrap();
    assert!(note.contains("2 of 44 customers could not be read"), "{note}");
    assert!(note.contains(&format!("Acme ({id})")) && note.contains(&format!("Globex ({second})")), "{note}");
    assert_eq!(part["not_read"][0]["customer_name"], "Acme");
}

#[tokio::test]
async fn where_nothing_can_be_read_the_failure_is_told() {
    let world = World::new();
    world
        .emulator
        .set_faults(vec![Fault { status: Some(403), ..Fault::new("listActiveIssues", FaultKind::Status) }]);
    refused(world.read("list_active_issues", json!({})).await, Kind::UpstreamForbidden);
}

#[tokio::test]
async fn classes_that_could_not_be_read_are_said_to_be_missing() {
    let world = World::new();
    let fault = |operation| Fault { status: Some(403), ..Fault::new(operation, FaultKind::Status) };
    world.emulator.set_faults(vec![fault("getDevice"), fault("listOrgUnitDevices")]);
    let answer = world.read("list_active_issues", json!({"customer": "Acme"})).await.unwrap();
    assert!(answer["note"].as_str().unwrap().starts_with("device classes are incomplete"));
    assert_eq!(rows(&answer)[0]["device_class"], Value::Null);
}

#[tokio::test]
async fn a_narrowed_key_sees_the_issues_of_its_customers() {
    let whole = World::new();
    let acme = whole.customer("Acme").await;
    let world = whole.narrowed(&[acme]);
    let answer = world.read("list_active_issues", json!({})).await.unwrap();
    assert!(rows(&answer).iter().all(|issue| issue["customer_name"] == "Acme"));
    refused(world.read("list_active_issues", json!({"customer_id": acme + 2})).await, Kind::OutOfScope);
}
