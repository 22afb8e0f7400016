//! Raw calls: no path around a policy, no path out of the contract, no secret through the side door.

use crate::house::{House, decision, kind};
use gate::{Answer, Decision, PolicyChange, Verdict};
use model::{Kind, Mode, Outcome, Preset, Role};
use serde_json::json;

const SPELLINGS: [&str; 18] = [
    "https://evil.example/api/devices",
    "//evil.example/api/devices",
    "/api//devices/1",
    "/api/devices/1/",
    "/api/./devices/1",
    "/api/devices/../users/me",
    "/api/%64evices/1",
    "/api/devices%2f1",
    "/api/devices/1;x=y",
    "/api/devices/1?removeAgents=true",
    "/api/devices/1#",
    "/api\\devices\\1",
    "/api/devices/1\u{0}",
    "/api/devices/1\u{200b}",
    "/api/dévices/1",
    "/API/devices/1",
    "/api/Devices/1",
    "/api/auth/refresh",
];

async fn policies(house: &House, modes: &[(&str, Mode)]) {
    let policies = modes.iter().map(|(tool, mode)| ((*tool).to_owned(), *mode)).collect();
    let change = PolicyChange { policies, ..Default::default() };
    house.gate.set_policies(&house.admin, &house.connection, change).await.unwrap();
}

#[tokio::test]
async fn every_forbidden_spelling_is_refused_and_nothing_is_sent() {
    let house = House::new().await;
    let open: Vec<(&str, Mode)> = ["post", "put", "patch", "delete"]
        .map(|v| (&*format!("n_central-api-{v}").leak(), Mode::Auto))
        .to_vec();
    policies(&house, &open).await;
    house.emulator.clear_requests();
    for path in SPELLINGS {
        for verb in ["post", "put", "patch", "delete"] {
            let tool = format!("n_central-api-{verb}");
            let refused = kind(house.ask(&house.agent, &tool, json!({"path": path, "body": {}})).await);
            assert!(
                matches!(refused, Kind::InvalidArguments | Kind::Forbidden),
                "{verb} {path:?}: {refused:?}"
            );
        }
    }
    let requests = serde_json::to_value(house.emulator.requests()).unwrap();
    assert_eq!(requests["operations"], json!({}), "nothing reached N-central");
    house.shut().await;
}

#[tokio::test]
async fn a_disabled_tool_cannot_be_walked_around() {
    let house = House::new().await;
    policies(
        &house,
        &[
            ("n_central-run-direct-task", Mode::Disabled),
            ("n_central-list-sites", Mode::Disabled),
            ("n_central-get-registration-token", Mode::Disabled),
            ("n_central-api-post", Mode::Auto),
        ],
    )
    .await;
    let body = json!({"name": "x", "itemId": 2014});
    let post = json!({"path": "/api/scheduled-tasks/direct", "body": body});
    assert_eq!(kind(house.ask(&house.agent, "n_central-api-post", post.clone()).await), Kind::UnknownTool);
    assert_eq!(kind(house.ask(&house.dana, "n_central-api-post", post).await), Kind::ToolDisabled);
    for path in ["/api/sites", "/api/sites/104/registration-token", "/api/org-units/103/registration-token"] {
        let get = json!({ "path": path });
        assert_eq!(
            kind(house.ask(&house.agent, "n_central-api-get", get).await),
            Kind::UnknownTool,
            "{path}"
        );
    }
    assert!(house.ask(&house.agent, "n_central-api-get", json!({"path": "/api/customers"})).await.is_ok());
    house.shut().await;
}

#[tokio::test]
async fn a_raw_run_on_a_server_is_held_and_takes_its_name() {
    let house = House::new().await;
    policies(&house, &[("n_central-api-post", Mode::Auto)]).await;
    let (server, name) = house.devices("Acme", "Server").await.into_iter().next().unwrap();
    let device =
        house.ask(&house.agent, "n_central-api-get", json!({"path": format!("/api/devices/{server}")})).await;
    let unit = device.unwrap().body()["body"]["data"]["orgUnitId"].clone();
    let body = json!({
        "name": "raw 1", "itemId": 2014, "taskType": "Script", "customerId": unit, "deviceId": server,
        "credential": {"type": "CustomCredentials", "username": "svc", "password": "Tr0ub4dor&3"}, "parameters": [],
    });
    let arguments = json!({"path": "/api/scheduled-tasks/direct", "body": body, "reason": "by hand"});
    let Answer::Held(held) = house.ask(&house.agent, "n_central-api-post", arguments).await.unwrap() else {
        panic!("run-direct-task needs approval, and so does its raw form")
    };
    let view = house.gate.approval(&house.dana, held.approval_id.as_str()).await.unwrap();
    assert_eq!(view.confirm_required.as_deref(), Some(name.as_str()));
    assert!(view.held_by.contains("n_central-run-direct-task: approval_needed"), "{}", view.held_by);
    assert!(!serde_json::to_string(&view).unwrap().contains("Tr0ub4dor"));
    let typed = Decision { confirm: Some(name), ..decision(Verdict::Approve) };
    house.gate.decide(&house.dana, held.approval_id.as_str(), typed).await.unwrap();
    let call = house.over(held.call_id.as_str()).await;
    assert_eq!(call.outcome, Some(Outcome::Done), "{call:?}");
    assert_eq!(house.tasks_made()[0]["credential"]["password"], "Tr0ub4dor&3");
    house.shut().await;
}

#[tokio::test]
async fn what_the_contract_does_not_know_counts_as_sensitive() {
    let house = House::new().await;
    house.gate.add_person(&house.admin, crate::house::person("vi", Role::Viewer)).await.unwrap();
    let viewer = crate::house::sign_in(&house.gate, "vi").await;
    let unknown = json!({"path": "/api/brand-new/thing"});
    assert_eq!(kind(house.ask(&viewer, "n_central-api-get", unknown.clone()).await), Kind::Forbidden);
    assert_eq!(
        kind(house.ask(&house.agent, "n_central-api-get", unknown.clone()).await),
        Kind::UpstreamNotFound
    );
    let cautious = PolicyChange { preset: Some(Preset::Cautious), ..Default::default() };
    house.gate.set_policies(&house.admin, &house.connection, cautious).await.unwrap();
    let answer = house.ask(&house.agent, "n_central-api-get", unknown).await.unwrap();
    assert!(matches!(answer, Answer::Held(_)), "{answer:?}");
    house.shut().await;
}

#[tokio::test]
async fn raw_answers_are_redacted_and_raw_password_values_hidden() {
    let house = House::new().await;
    let mut secret = None;
    for (device, _) in house.devices("Acme", "").await {
        let path = format!("/api/devices/{device}/custom-properties");
        let typed = json!({"device_id": device, "page_size": 100});
        let listed =
            house.ask(&house.agent, "n_central-get-device-custom-properties", typed).await.unwrap().body();
        let rows = listed["rows"].as_array().unwrap();
        let Some(row) = rows.iter().find(|row| row[2] == "PASSWORD" && row[3] == "secret, set") else {
            continue;
        };
        let raw = house.ask(&house.agent, "n_central-api-get", json!({ "path": path })).await.unwrap().body();
        let properties = raw["body"]["data"].as_array().unwrap();
        let one = properties.iter().find(|p| p["propertyId"] == row[0]).unwrap();
        assert_eq!(one["value"], "secret, set");
        secret = Some(format!("{path}/{}", row[0]));
        break;
    }
    let path = secret.expect("the fleet has a PASSWORD property at Acme");
    let put = json!({"path": path, "body": {"value": "n3w-passw0rd"}});
    let Answer::Held(held) = house.ask(&house.agent, "n_central-api-put", put).await.unwrap() else {
        panic!("held")
    };
    let view = house.gate.approval(&house.dana, held.approval_id.as_str()).await.unwrap();
    assert!(!serde_json::to_string(&view).unwrap().contains("n3w-passw0rd"));
    house.approve(&house.dana, held.approval_id.as_str()).await.unwrap();
    let call = house.over(held.call_id.as_str()).await;
    assert_eq!(call.outcome, Some(Outcome::Done), "{call:?}");
    assert!(!serde_json::to_string(&call).unwrap().contains("n3w-passw0rd"));
    house.shut().await;
}
