//! Setting custom properties: types decide what is secret, and reading back tells whether a value took.

use crate::world::*;
use catalog::ReadBack;
use model::Kind;
use serde_json::{Value, json};

const DEVICE: &str = "n_central-update-device-custom-property";
const UNIT: &str = "n_central-update-org-custom-property";

async fn property(world: &World, list: &str, owner: Value, kind: &str) -> Value {
    let mut arguments = owner;
    arguments["fields"] = json!(["property_id", "property_type", "enumerated_value_list"]);
    let listed = world.read(list, arguments).await.unwrap();
    rows(&listed).into_iter().find(|property| property["property_type"] == kind).unwrap()
}

#[tokio::test]
async fn a_text_is_set_and_read_back() {
    let world = World::new();
    let owner = json!({"device": "ACME-FS01"});
    let text = property(&world, "n_central-get-device-custom-properties", owner, "TEXT").await;
    let arguments = json!({"device": "ACME-FS01", "property_id": text["property_id"], "value": "R9-U1"});
    let (draft, secrets) = world.plan(DEVICE, arguments).await.unwrap();
    assert!(secrets.is_empty() && draft.summary.contains("“R9-U1”"), "{}", draft.summary);
    let plan = freeze(DEVICE, &draft);
    assert!(matches!(world.read_back(&plan, 0).await, ReadBack::CannotTell));
    let answer = world.send(&plan, 0).await;
    let receipt = world.receive(&plan, 0, answer.clone()).await;
    assert_eq!(receipt.not_taken, None);
    assert_eq!(receipt.result.unwrap()["value"], "R9-U1");
    assert!(matches!(world.read_back(&plan, 0).await, ReadBack::Applied(_)));
    let (other, _) = world
        .plan(DEVICE, json!({"device": "ACME-FS01", "property_id": text["property_id"], "value": "R9-U2"}))
        .await
        .unwrap();
    let not_taken = world.receive(&freeze(DEVICE, &other), 0, answer).await.not_taken.unwrap();
    assert!(not_taken.contains("another one"));
}

#[tokio::test]
async fn a_password_is_a_mark_in_the_plan() {
    let world = World::new();
    let list = "n_central-list-org-custom-properties";
    let password = property(&world, list, json!({"customer": "Acme"}), "PASSWORD").await;
    let arguments = json!({"customer": "acme", "property_id": password["property_id"], "value": "hunter2"});
    let (draft, secrets) = world.plan(UNIT, arguments).await.unwrap();
    assert!(!format!("{draft:?}").contains("hunter2"));
    assert_eq!(secrets.values().collect::<Vec<_>>(), ["hunter2"]);
    assert_eq!(draft.targets[0].name, "Acme");
    assert_eq!(draft.writes[0].0.method, "PUT");
    assert!(draft.writes[0].0.path.starts_with("/api/org-units/101/custom-properties/"));
    assert!(draft.summary.ends_with("to “secret, set”."), "{}", draft.summary);
}

#[tokio::test]
async fn a_choice_is_one_of_the_known_ones() {
    let world = World::new();
    let list = "n_central-list-org-custom-properties";
    let choice = property(&world, list, json!({"customer": "Acme"}), "ENUMERATED").await;
    let arguments =
        json!({"customer": "Acme", "property_id": choice["property_id"], "value": "no such choice"});
    let problem = world.plan(UNIT, arguments).await.unwrap_err();
    assert_eq!(problem.kind, Kind::InvalidArguments);
    assert!(problem.hint.starts_with("known: "), "{problem}");
    let narrowed = world.narrowed(&[103]);
    let arguments = json!({"org_unit_id": 50, "property_id": choice["property_id"], "value": "x"});
    assert_eq!(narrowed.plan(UNIT, arguments).await.unwrap_err().kind, Kind::OutOfScope);
}
