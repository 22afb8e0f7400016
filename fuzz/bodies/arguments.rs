//! Arguments of tools: whatever is taken has one canonical form, is read again as what it was once it lies in a plan or in
//! the record, and has the same digest then. What is shown of it has no marks that nobody sees.

use model::{CallerId, ConnectionId, Effect, Plan, Write, canonical, plan, secret, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) fn check(bytes: &[u8]) {
    let Ok(arguments) = serde_json::from_slice::<Value>(bytes) else { return };
    cleans(&arguments);
    let raw = json!({"path": "/api/devices", "body": arguments});
    for tool in catalog::TOOLS {
        for given in [&arguments, &raw] {
            match tool.check_arguments(given) {
                Ok(()) => is_kept(tool.record.name, given),
                Err(problem) => {
                    assert_eq!(problem.kind, model::Kind::InvalidArguments);
                    assert!(!problem.message.is_empty());
                }
            }
        }
    }
}

fn is_kept(tool: &str, arguments: &Value) {
    let form = canonical::to_text(arguments);
    let again: Value = serde_json::from_str(&form).expect("a canonical form is JSON");
    assert_eq!(canonical::to_text(&again), form);
    assert_eq!(canonical::digest(&again), canonical::digest(arguments));
    assert!(are_the_same(arguments, &again), "{arguments} became {again}");
    let write = Write {
        operation: "x".into(),
        method: "POST".into(),
        path: "/api/x".into(),
        query: BTreeMap::new(),
        body: Some(arguments.clone()),
    };
    let plan = Plan {
        v: plan::VERSION,
        connection_id: ConnectionId::new("c"),
        server_url: "https://ncentral.example".into(),
        caller_id: CallerId::new("k"),
        tool: tool.into(),
        effect: Effect::Change,
        arguments: arguments.clone(),
        targets: Vec::new(),
        writes: vec![write],
        run_at: None,
        policy_version: 1,
    };
    let stored = canonical::to_text(&plan);
    let read: Plan = serde_json::from_str(&stored).expect("a stored plan is read again");
    assert_eq!((read.digest(), read.fingerprint()), (plan.digest(), plan.fingerprint()));
    // As far down as the record and the answers put it.
    let wrapped = json!([[[[{"plan": plan}]]]]);
    serde_json::from_str::<Value>(&canonical::to_text(&wrapped)).expect("an entry is read again");
    assert_eq!(secret::reveal(arguments, &BTreeMap::new()).as_ref(), Ok(arguments));
    assert_eq!(secret::shown(arguments), *arguments);
}

/// The same but for how numbers are written: 1.0 and 1e0 are 1.
fn are_the_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| are_the_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, one)| other.get(name).is_some_and(|other| are_the_same(one, other)))
        }
        _ => one == other,
    }
}

fn cleans(value: &Value) {
    let mut clean = value.clone();
    text::clean_json(&mut clean);
    is_clean(&clean);
    let mut again = clean.clone();
    text::clean_json(&mut again);
    assert_eq!(again, clean, "cleaning twice changes nothing more");
}

fn is_clean(value: &Value) {
    let seen = |text: &str| text.chars().all(|c| matches!(c, '\n' | '\t') || !text::is_invisible(c));
    match value {
        Value::String(text) => assert!(seen(text), "{text:?}"),
        Value::Array(items) => items.iter().for_each(is_clean),
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            assert!(seen(name), "{name:?}");
            is_clean(member);
        }),
        _ => {}
    }
}
