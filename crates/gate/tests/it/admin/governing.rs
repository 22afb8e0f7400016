//! Policies, scripts and stop switches, and who may touch them.

use crate::house::{House, kind};
use gate::{AuditFilter, NewScript, PolicyChange, StopChange};
use model::script::{ScriptParameter, TaskType};
use model::{Kind, Mode, Preset};
use serde_json::json;

fn modes(version: Option<u64>, policies: &[(&str, Mode)]) -> PolicyChange {
    let policies = policies.iter().map(|(tool, mode)| ((*tool).to_owned(), *mode)).collect();
    PolicyChange { version, preset: None, policies }
}

#[tokio::test]
async fn a_policy_changes_for_the_very_next_call_and_on_the_record() {
    let house = House::new().await;
    let before = house.gate.policies(&house.dana, "main").await.unwrap();
    assert_eq!(before.policies.len(), house.gate.offers(&house.admin, None).await.unwrap().len());
    let change = modes(Some(before.version), &[("list_devices", Mode::Disabled)]);
    let after = house.gate.set_policies(&house.admin, "main", change.clone()).await.unwrap();
    assert_eq!(
        (after.version, after.policies["n_central-list-devices"]),
        (before.version + 1, Mode::Disabled)
    );
    assert_eq!(kind(house.ask(&house.agent, "list_devices", json!({})).await), Kind::UnknownTool);

    let stale = house.gate.set_policies(&house.admin, "main", change.clone()).await.unwrap_err();
    assert_eq!((stale.kind, &stale.details["version"]), (Kind::StaleVersion, &json!(after.version)));
    let same = house
        .gate
        .set_policies(&house.admin, "main", PolicyChange { version: None, ..change })
        .await
        .unwrap();
    assert_eq!(same.version, after.version, "what changes nothing is no new version");

    let reset = PolicyChange { preset: Some(Preset::Standard), ..modes(None, &[("list_jobs_", Mode::Auto)]) };
    assert_eq!(kind(house.gate.set_policies(&house.admin, "main", reset).await), Kind::InvalidArguments);
    let reset = PolicyChange { preset: Some(Preset::Cautious), ..PolicyChange::default() };
    let reset = house.gate.set_policies(&house.admin, "main", reset).await.unwrap();
    assert_eq!(reset.policies["n_central-list-devices"], Mode::Auto, "a preset starts anew");
    assert_eq!(
        kind(house.gate.set_policies(&house.dana, "main", PolicyChange::default()).await),
        Kind::Forbidden
    );

    let filter =
        AuditFilter { connection: Some("main".into()), caller: Some("ada".into()), ..Default::default() };
    let audit = house.gate.audit(&house.dana, filter).await.unwrap();
    let entry = audit.items.iter().rfind(|entry| entry.event == "policy.changed").unwrap();
    assert_eq!(entry.body["changes"], json!({"n_central-list-devices": {"from": "auto", "to": "disabled"}}));
    house.shut().await;
}

#[tokio::test]
async fn two_policies_for_one_tool_are_refused() {
    let house = House::new().await;
    let both = modes(None, &[("list_devices", Mode::Auto), ("n_central-list-devices", Mode::Disabled)]);
    assert_eq!(kind(house.gate.set_policies(&house.admin, "main", both).await), Kind::InvalidArguments);
    let typo = modes(None, &[("n_central-list-device", Mode::Auto)]);
    let problem = house.gate.set_policies(&house.admin, "main", typo).await.unwrap_err();
    assert!(problem.message.contains("`n_central-list-devices`"), "{problem}");
    house.shut().await;
}

#[tokio::test]
async fn an_approver_stops_and_only_an_administrator_resumes() {
    let house = House::new().await;
    let turn = |on, connection: Option<&str>| StopChange {
        on,
        connection: connection.map(str::to_owned),
        reason: on.then(|| "odd things happen".to_owned()),
    };
    assert_eq!(kind(house.gate.stop(&house.agent, turn(true, None)).await), Kind::Forbidden);
    let views = house.gate.stop(&house.dana, turn(true, Some("MAIN"))).await.unwrap();
    assert_eq!(
        (views[0].connection.as_deref(), views[0].on, views[0].by.as_str()),
        (Some("Main"), true, "dana")
    );
    let refused = {
        let arguments = json!({"device_ids": [1], "script": "Cleanup temporary files"});
        house.ask(&house.agent, "n_central-run-direct-task", arguments).await.unwrap_err()
    };
    assert_eq!(refused.kind, Kind::Stopped);
    assert!(refused.message.contains("dana") && refused.message.contains("odd things happen"), "{refused}");
    assert!(!refused.hint.is_empty());
    assert!(!house.devices("Globex", "Workstation").await.is_empty(), "looking goes on");
    let findings = house.gate.doctor(&house.agent).await.unwrap();
    assert!(findings.iter().any(|finding| finding.check.starts_with("stop switch")), "{findings:?}");

    assert_eq!(kind(house.gate.stop(&house.dana, turn(false, Some("main"))).await), Kind::Forbidden);
    let views = house.gate.stop(&house.admin, turn(false, Some("main"))).await.unwrap();
    assert!(!views[0].on);
    house.gate.stop(&house.dana, turn(true, None)).await.unwrap();
    let audit = house.gate.audit(&house.admin, AuditFilter::default()).await.unwrap();
    let told: Vec<&str> =
        audit.items.iter().map(|e| e.event.as_str()).filter(|e| e.starts_with("stop.")).collect();
    assert_eq!(told, ["stop.pressed", "stop.released", "stop.pressed"]);
    house.shut().await;
}

#[tokio::test]
async fn the_script_list_is_an_administrators() {
    let house = House::new().await;
    let script = |name: &str| NewScript {
        name: name.into(),
        item_id: 2020,
        task_type: TaskType::AutomationPolicy,
        parameters: vec![ScriptParameter {
            name: "Pin".into(),
            kind: "password".into(),
            required: true,
            secret: false,
        }],
        description: "Sets a pin".into(),
    };
    assert_eq!(kind(house.gate.add_script(&house.dana, "main", script("Pin")).await), Kind::Forbidden);
    let added = house.gate.add_script(&house.admin, "main", script("Pin")).await.unwrap();
    assert!(added.parameters[0].secret, "a password is a secret, said or not");
    assert_eq!(kind(house.gate.add_script(&house.admin, "main", script("PIN")).await), Kind::Conflict);
    assert_eq!(house.gate.scripts(&house.dana, "main").await.unwrap().len(), 2);
    house.gate.remove_script(&house.admin, "main", "pin").await.unwrap();
    assert_eq!(kind(house.gate.remove_script(&house.admin, "main", "pin").await), Kind::NotFound);
    house.shut().await;
}

#[tokio::test]
async fn the_record_is_read_by_name_and_page_by_page() {
    let house = House::new().await;
    house.ask(&house.agent, "list_devices", json!({"page_size": 1})).await.unwrap();
    let of_agent = AuditFilter {
        caller: Some("triage".into()),
        tool: Some("list_devices".into()),
        ..Default::default()
    };
    let found = house.gate.audit(&house.dana, of_agent).await.unwrap();
    assert_eq!(found.items.len(), 1);
    assert_eq!(found.items[0].body["tool"], "n_central-list-devices");

    let mut seen = 0;
    let mut filter = AuditFilter::default();
    filter.page.limit = Some(2);
    loop {
        let page = house.gate.audit(&house.admin, filter.clone()).await.unwrap();
        seen += page.items.len();
        filter.page.cursor = page.next;
        if filter.page.cursor.is_none() {
            break;
        }
    }
    let all = house.gate.audit(&house.admin, AuditFilter::default()).await.unwrap().items.len();
    assert_eq!(seen, all);
    let forged = AuditFilter {
        page: gate::Cursor { cursor: Some("nonsense".into()), limit: None },
        ..Default::default()
    };
    assert_eq!(kind(house.gate.audit(&house.admin, forged).await), Kind::InvalidArguments);
    house.shut().await;
}
