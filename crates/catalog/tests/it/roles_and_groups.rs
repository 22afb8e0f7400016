//! Creating user roles and device access groups: free names, ids as text on the wire, and the id that N-central does not
//! tell.

use crate::world::*;
use catalog::ReadBack;
use emulator::{Fault, FaultKind};
use model::{Kind, Problem};
use serde_json::{Value, json};

const ROLE: &str = "n_central-create-user-role";
const GROUP: &str = "n_central-create-device-access-group";

async fn refusal(world: &World, tool: &str, arguments: Value) -> Problem {
    let problem = world.plan(tool, arguments).await.unwrap_err();
    assert!(!problem.hint.is_empty(), "{problem}");
    problem
}

fn role() -> Value {
    json!({"org_unit_id": 50, "role_name": " API reader ", "description": "Read-only automation",
        "permission_ids": [40, "12", 40], "user_ids": [558210934]})
}

#[tokio::test]
async fn a_role_is_created_once_and_recognised() {
    let world = World::new();
    let (draft, _) = world.plan(ROLE, role()).await.unwrap();
    assert_eq!(
        draft.summary,
        "Create user role “API reader” under Northwind Managed IT. Permissions by id: 12, 40. Users: \
         ncgate-api@northwind-it.example."
    );
    let write = &draft.writes[0].0;
    assert_eq!(write.path, "/api/org-units/50/user-roles");
    assert_eq!(
        write.body,
        Some(json!({"roleName": "API reader", "description": "Read-only automation",
            "permissionIds": ["12", "40"], "userIds": ["558210934"]}))
    );
    let plan = freeze(ROLE, &draft);
    assert_eq!(plan.drift(&world.recheck(&plan).await.unwrap()), None);
    assert!(matches!(world.read_back(&plan, 0).await, ReadBack::CannotTell));
    // The answer's links are an empty array, the id lies under `data`.
    let answer = world.send(&plan, 0).await;
    assert_eq!(answer["_links"], json!([]));
    let result = world.receive(&plan, 0, answer).await.result.unwrap();
    assert_eq!(result["role_name"], "API reader");
    assert!(result["role_id"].as_i64() > Some(1003), "{result}");
    let ReadBack::Applied(receipt) = world.read_back(&plan, 0).await else { panic!("it is there") };
    assert_eq!(receipt.result.unwrap(), result);
    for problem in [refusal(&world, ROLE, role()).await, world.recheck(&plan).await.unwrap_err()] {
        assert_eq!(problem.kind, Kind::Conflict, "{problem}");
    }
}

#[tokio::test]
async fn a_role_that_makes_no_sense_is_refused_here() {
    let world = World::new();
    for (member, value, said) in [
        ("permission_ids", json!([]), "`permission_ids` is empty"),
        ("description", json!("x".repeat(256)), "255 is the most"),
        ("role_name", json!("  "), "`role_name` is empty"),
        ("org_unit_id", json!(null), "no unit is given"),
        ("customer_id", json!(101), "two units are given"),
    ] {
        let mut arguments = role();
        arguments[member] = value;
        let problem = refusal(&world, ROLE, arguments).await;
        assert!(problem.message.contains(said), "{problem}");
    }
}

#[tokio::test]
async fn users_are_told_by_name_and_strangers_pointed_out() {
    let world = World::new();
    let mut arguments = role();
    arguments["user_ids"] = json!([7, 558210934]);
    let (draft, _) = world.plan(ROLE, arguments.clone()).await.unwrap();
    assert!(draft.summary.ends_with("Users: 7, ncgate-api@northwind-it.example."), "{}", draft.summary);
    assert_eq!(draft.warnings, ["user 7 is not among the users of Northwind Managed IT"]);
    world
        .emulator
        .set_faults(vec![Fault { status: Some(403), ..Fault::new("listOrgUnitUsers", FaultKind::Status) }]);
    let (draft, _) = world.plan(ROLE, arguments.clone()).await.unwrap();
    assert!(
        draft.warnings[0].starts_with("the names of the users could not be read"),
        "{:?}",
        draft.warnings
    );
    world.emulator.set_faults(Vec::new());

    let narrowed = world.narrowed(&[101]);
    assert_eq!(refusal(&narrowed, ROLE, arguments.clone()).await.kind, Kind::OutOfScope);
    arguments["org_unit_id"] = json!(101);
    let problem = refusal(&narrowed, ROLE, arguments).await;
    assert_eq!(problem.kind, Kind::OutOfScope);
    assert!(problem.message.starts_with("user 7 is not among the users of Acme"), "{problem}");
}

fn group() -> Value {
    json!({"customer": "Acme", "group_name": "Acme servers", "group_description": "Servers only",
        "devices": ["acme-fs01", "ACME-DC01"]})
}

#[tokio::test]
async fn a_group_is_created_without_an_id_and_found_by_its_name() {
    let world = World::new();
    let (draft, _) = world.plan(GROUP, group()).await.unwrap();
    assert_eq!(draft.summary, "Create device access group “Acme servers” under Acme. It holds 2 devices.");
    let names: Vec<&str> = draft.targets.iter().map(|target| target.name.as_str()).collect();
    assert!(names[0] == "Acme" && names[1..].contains(&"ACME-FS01") && names.len() == 3, "{names:?}");
    assert_eq!((draft.facts.len(), &draft.facts[1]["server"]), (3, &json!(true)));
    let body = draft.writes[0].0.body.clone().unwrap();
    assert!(body["deviceIds"].as_array().unwrap().iter().all(Value::is_string), "{body}");
    assert!(body.get("userIds").is_none(), "{body}");

    let plan = freeze(GROUP, &draft);
    assert_eq!(plan.drift(&world.recheck(&plan).await.unwrap()), None);
    assert!(matches!(world.read_back(&plan, 0).await, ReadBack::CannotTell));
    let answer = world.send(&plan, 0).await;
    assert_eq!(answer, Value::Null);
    let result = world.receive(&plan, 0, answer).await.result.unwrap();
    let id = result["group_id"].as_i64().unwrap();
    let created = ncentral::Params::new().set("accessGroupId", id);
    let created = world.context().client.call(ncentral::operations::GET_ACCESS_GROUP, created, None).await;
    let created = created.unwrap().into_data();
    assert_eq!(created["groupName"], "Acme servers");
    assert_eq!(created["deviceIds"], plan.arguments["device_ids"]);
    let ReadBack::Applied(receipt) = world.read_back(&plan, 0).await else { panic!("it is there") };
    assert_eq!(receipt.result.unwrap()["group_id"], id);
    assert_eq!(refusal(&world, GROUP, group()).await.kind, Kind::Conflict);
}

#[tokio::test]
async fn a_group_whose_id_cannot_be_read_is_still_done() {
    let world = World::new();
    let (draft, _) = world.plan(GROUP, group()).await.unwrap();
    let plan = freeze(GROUP, &draft);
    let answer = world.send(&plan, 0).await;
    world
        .emulator
        .set_faults(vec![Fault { status: Some(403), ..Fault::new("listAccessGroups", FaultKind::Status) }]);
    let receipt = world.receive(&plan, 0, answer).await;
    let result = receipt.result.unwrap();
    assert_eq!((receipt.not_taken, &result["group_id"]), (None, &Value::Null));
    assert!(result["note"].as_str().unwrap().contains("accepted it"), "{result}");
    assert!(matches!(world.read_back(&plan, 0).await, ReadBack::CannotTell));
}

#[tokio::test]
async fn a_group_holds_only_devices_that_the_key_reaches() {
    let world = World::new();
    let globex = world.devices("Globex", "server").await;
    let mut moved = group();
    moved["devices"] = json!(null);
    moved["device_ids"] = json!(globex);
    let narrowed = world.narrowed(&[101]);
    assert_eq!(refusal(&narrowed, GROUP, moved).await.kind, Kind::OutOfScope);
    assert!(narrowed.plan(GROUP, group()).await.is_ok());
    let mut elsewhere = group();
    elsewhere["devices"] = json!([]);
    let (draft, _) = narrowed.plan(GROUP, elsewhere).await.unwrap();
    assert!(draft.summary.ends_with("It holds no devices yet."), "{}", draft.summary);
}
