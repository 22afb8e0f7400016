//! Keys that are changed after they were made, and what it means for whoever uses them.

use crate::house::{House, key, kind};
use gate::{KeyChange, NewKey};
use model::{Clock, Kind};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_change_holds_from_the_next_request_on() {
    let house = House::new().await;
    let (gate, admin) = (&house.gate, &house.admin);
    let id = house.agent.caller.id.clone();
    assert!(house.ask(&house.agent, "list_devices", json!({})).await.is_ok());
    let narrower: KeyChange = serde_json::from_value(json!({
        "tools": ["list_customers"], "customers": [214], "notes": "narrowed on Monday", "requests_per_minute": 30,
        "name": "triage two", "plan_only": true,
    }))
    .unwrap();
    let view = gate.change_key(admin, id.as_str(), narrower).await.unwrap();
    assert_eq!(view.tools, Some(vec!["n_central-list-customers".to_owned()]));
    assert_eq!(
        (view.requests_per_minute, view.notes.as_str(), view.plan_only),
        (30, "narrowed on Monday", true)
    );
    let agent = gate.identify(&house.agent_key, crate::house::source()).await.unwrap();
    assert_eq!(
        (agent.caller.name.as_str(), agent.caller.customers.as_deref()),
        ("triage two", Some(&[214][..]))
    );
    assert_eq!(kind(house.ask(&agent, "list_devices", json!({})).await), Kind::UnknownTool);

    let wider: KeyChange =
        serde_json::from_value(json!({"tools": null, "customers": null, "requests_per_minute": null}))
            .unwrap();
    let view = gate.change_key(admin, id.as_str(), wider).await.unwrap();
    assert_eq!((view.tools, view.customers, view.requests_per_minute), (None, None, 6000));
    assert_eq!(view.notes, "narrowed on Monday", "what was not named stays");
    let audit = gate.audit(admin, Default::default()).await.unwrap();
    let changed: Vec<_> = audit.items.iter().filter(|entry| entry.event == "key.changed").collect();
    assert_eq!(changed.len(), 2);
    assert!(changed.iter().any(|entry| entry.body.to_string().contains("n_central-list-customers")));
    house.shut().await;
}

#[tokio::test]
async fn what_a_key_can_not_be_is_refused() {
    let house = House::new().await;
    let (gate, admin, id) = (&house.gate, &house.admin, house.agent.caller.id.as_str());
    for wrong in [
        json!({"tools": []}),
        json!({"tools": ["list_device"]}),
        json!({"customers": []}),
        json!({"requests_per_minute": 0}),
        json!({"expires_at": "2020-01-01T00:00:00Z"}),
        json!({"name": "  "}),
    ] {
        let change = serde_json::from_value(wrong.clone()).unwrap();
        assert_eq!(kind(gate.change_key(admin, id, change).await), Kind::InvalidArguments, "{wrong}");
    }
    assert!(serde_json::from_value::<KeyChange>(json!({"kind": "workflow"})).is_err());
    let none = KeyChange::default;
    assert_eq!(kind(gate.change_key(&house.dana, id, none()).await), Kind::Forbidden);
    assert_eq!(kind(gate.change_key(&house.agent, id, none()).await), Kind::Forbidden);
    assert_eq!(kind(gate.change_key(admin, "nokey", none()).await), Kind::NotFound);
    assert_eq!(kind(gate.key(&house.agent, id).await), Kind::Forbidden);
    gate.revoke_key(admin, id).await.unwrap();
    let notes = KeyChange { notes: Some("too late".into()), ..none() };
    assert_eq!(kind(gate.change_key(admin, id, notes).await), Kind::Conflict);
    assert!(!gate.key(admin, id).await.unwrap().active);
    house.shut().await;
}

#[tokio::test]
async fn a_key_is_active_as_long_as_it_would_be_let_in() {
    let house = House::new().await;
    let until = house.clock.now() + Duration::from_secs(60);
    let new = NewKey { expires_at: Some(until), notes: Some(" for a minute ".into()), ..key("short") };
    let made = house.gate.create_key(&house.admin, new).await.unwrap();
    let view = house.gate.key(&house.dana, made.id.as_str()).await.unwrap();
    assert_eq!(
        (view.active, view.notes.as_str(), view.owner.as_deref()),
        (true, "for a minute", Some("ada"))
    );
    house.clock.advance(Duration::from_secs(60));
    assert!(!house.gate.key(&house.dana, made.id.as_str()).await.unwrap().active);
    house.shut().await;
}
