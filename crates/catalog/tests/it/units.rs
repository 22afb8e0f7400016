//! Service organisations, customers, sites: levels, names of the units above, narrowed keys.

use crate::world::*;
use model::Kind;
use serde_json::{Value, json};
use std::collections::HashSet;

fn column(answer: &Value, name: &str) -> Vec<String> {
    rows(answer).iter().map(|row| row[name].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_level_names_the_unit_above() {
    let world = World::new();
    for (level, columns) in [
        ("service_org", json!(["service_org_id", "service_org_name"])),
        ("customer", json!(["customer_id", "customer_name", "service_org_id", "service_org_name"])),
        ("site", json!(["site_id", "site_name", "customer_id", "customer_name"])),
        ("all", json!(["org_unit_id", "org_unit_name", "org_unit_type", "parent_id", "parent_name"])),
    ] {
        let answer = world.read("list_customers", json!({"level": level, "page_size": 5})).await.unwrap();
        assert_eq!(answer["columns"], columns);
        let last = rows(&answer).pop().unwrap();
        assert!(last.as_object().unwrap().values().all(Value::is_string), "{last}");
    }
}

#[tokio::test]
async fn one_service_org_holds_its_own_customers_and_sites() {
    let world = World::new();
    let all = world.read("list_customers", json!({})).await.unwrap();
    assert_eq!((&all["returned"], &all["total"], &all["next_page"]), (&json!(25), &json!(44), &json!(2)));
    assert_eq!(all["note"], "rows 1–25 of 44; ask for page_number 2");
    let first = json!({"service_org": "northwind managed it", "page_size": 100});
    let first = world.read("list_customers", first).await.unwrap();
    assert_eq!(first["total"], 28);
    assert_eq!(column(&first, "service_org_name").into_iter().collect::<HashSet<_>>().len(), 1);
    let customers: HashSet<String> = column(&first, "customer_id").into_iter().collect();
    let sites = json!({"service_org_id": "50", "level": "site", "page_size": 100});
    let sites = world.read("list_customers", sites).await.unwrap();
    assert!(column(&sites, "customer_id").iter().all(|id| customers.contains(id)));
    assert_eq!(sites["total"].as_u64().unwrap(), rows(&sites).len() as u64);
}

#[tokio::test]
async fn sites_are_those_of_the_customer_that_is_named() {
    let world = World::new();
    let answer = world.read("n_central-list-sites", json!({"customer": "ACME"})).await.unwrap();
    assert_eq!(column(&answer, "site_name"), ["Acme - Branch office"]);
    let problem =
        refused(world.read("n_central-list-sites", json!({"customer": "Acm"})).await, Kind::NotFound);
    assert_eq!(problem.details["candidates"][0]["name"], "Acme");
    let both = json!({"customer": "Acme", "customer_id": 101});
    refused(world.read("n_central-list-sites", both).await, Kind::InvalidArguments);
}

#[tokio::test]
async fn lists_are_sorted_by_either_name_of_a_column() {
    let world = World::new();
    for word in ["customer_name", "customerName"] {
        let arguments = json!({"sort_by": word, "sort_order": "DESC", "page_size": 1});
        let answer = world.read("list_customers", arguments).await.unwrap();
        assert_eq!(column(&answer, "customer_name"), ["Willow Creek Senior Living"]);
    }
    // The name of the unit above is put together here, so N-central can't sort by it.
    let joined = world.read("list_customers", json!({"sort_by": "service_org_name"})).await;
    let problem = refused(joined, Kind::InvalidArguments);
    assert!(problem.details["columns"].as_array().unwrap().contains(&json!("customer_name")));
}

#[tokio::test]
async fn a_narrowed_key_sees_its_customers_and_what_is_above_and_below() {
    let whole = World::new();
    let (acme, last) = (whole.customer("Acme").await, whole.customer("Osprey Solar").await);
    let world = whole.narrowed(&[acme, last]);
    let customers = world.read("list_customers", json!({"sort_by": "customer_name"})).await.unwrap();
    assert_eq!(column(&customers, "customer_name"), ["Acme", "Osprey Solar"]);
    assert_eq!(customers["total"], 2);
    let orgs = world.read("n_central-list-service-orgs", json!({})).await.unwrap();
    assert_eq!(orgs["total"], 2);
    let sites = world.read("n_central-list-sites", json!({})).await.unwrap();
    assert!(column(&sites, "customer_name").iter().all(|name| name == "Acme" || name == "Osprey Solar"));
    let one_org = json!({"service_org_id": 50, "level": "all"});
    let units = world.read("list_customers", one_org).await.unwrap();
    assert_eq!(column(&units, "org_unit_name"), ["Northwind Managed IT", "Acme", "Acme - Branch office"]);
    refused(world.read("n_central-list-sites", json!({"customer_id": acme + 2})).await, Kind::OutOfScope);
    refused(world.read("n_central-list-sites", json!({"customer": "Globex"})).await, Kind::NotFound);
}
