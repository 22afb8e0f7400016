//! Creating customers and sites: a free name, one POST, and recognising what was created.

use crate::world::*;
use catalog::ReadBack;
use model::Kind;
use serde_json::json;

#[tokio::test]
async fn a_customer_is_created_once_and_recognised() {
    let tool = "n_central-create-customer";
    let world = World::new();
    let arguments = json!({"service_org": "Northwind Managed IT", "customer_name": " Initech ",
        "contact_first_name": "Dana", "contact_last_name": "Whitfield", "city": "Portland"});
    let (draft, _) = world.plan(tool, arguments.clone()).await.unwrap();
    assert_eq!(draft.summary, "Create customer “Initech” under Northwind Managed IT.");
    assert_eq!(draft.writes[0].0.path, "/api/service-orgs/50/customers");
    let plan = freeze(tool, &draft);
    assert_eq!(plan.drift(&world.recheck(&plan).await.unwrap()), None);
    assert!(matches!(world.read_back(&plan, 0).await, ReadBack::CannotTell));
    let answer = world.send(&plan, 0).await;
    let result = world.receive(&plan, 0, answer).await.result.unwrap();
    assert_eq!(result["customer_name"], "Initech");
    assert!(result["customer_id"].as_i64() > Some(0));
    // An older server echoes the request: the name tells the id.
    let echoed = world.receive(&plan, 0, json!({"customerName": "Initech"})).await.result.unwrap();
    assert_eq!(echoed["customer_id"], result["customer_id"]);
    assert!(matches!(world.read_back(&plan, 0).await, ReadBack::Applied(_)));
    for problem in [world.plan(tool, arguments).await.unwrap_err(), world.recheck(&plan).await.unwrap_err()] {
        assert_eq!(problem.kind, Kind::Conflict, "{problem}");
    }
}

#[tokio::test]
async fn a_site_is_created_under_a_customer_the_key_reaches() {
    let tool = "n_central-create-site";
    let world = World::new().narrowed(&[101]);
    let arguments = json!({"customer": "Acme", "site_name": "Acme - Harbour",
        "contact_first_name": "Dana", "contact_last_name": "Whitfield"});
    let (draft, _) = world.plan(tool, arguments).await.unwrap();
    let plan = freeze(tool, &draft);
    let answer = world.send(&plan, 0).await;
    assert!(world.receive(&plan, 0, answer).await.result.unwrap()["site_id"].is_number());
    for (arguments, kind) in [
        (json!({"customer_id": 103, "site_name": "X"}), Kind::OutOfScope),
        (json!({"site_name": "X"}), Kind::InvalidArguments),
        (json!({"customer_id": 101, "site_name": " "}), Kind::InvalidArguments),
    ] {
        assert_eq!(world.plan(tool, arguments).await.unwrap_err().kind, kind);
    }
}
