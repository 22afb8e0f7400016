//! What holds for every tool, and can be told from its record and schema alone.

use catalog::entry::Action;
use model::text::is_invisible;
use serde_json::Value;
use std::collections::HashSet;

#[test]
fn names_are_ones_that_every_client_takes() {
    let mut seen = HashSet::new();
    for tool in catalog::TOOLS {
        assert!(tool.record.name.starts_with("n_central-"), "{}", tool.record.name);
        for name in std::iter::once(tool.record.name).chain(tool.record.alias) {
            assert!((1..=60).contains(&name.len()), "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')), "{name}");
            assert!(seen.insert(name), "{name} is there twice");
            assert_eq!(catalog::find(name).unwrap().record.name, tool.record.name);
        }
    }
}

#[test]
fn schemas_are_closed_objects_without_unions_at_the_top() {
    for tool in catalog::TOOLS {
        let (name, schema) = (tool.record.name, tool.input_schema());
        assert_eq!(schema["type"], "object", "{name}");
        assert_eq!(schema["additionalProperties"], false, "{name}");
        for union in ["oneOf", "anyOf", "allOf", "$ref", "$defs"] {
            assert!(schema.get(union).is_none(), "{name} has {union} at the top");
        }
        let reason = schema["properties"].get(catalog::schema::REASON);
        assert_eq!(reason.is_some(), tool.record.effect.writes(), "{name}");
        assert!(schema["properties"].get("connection").is_none(), "{name}");
    }
}

#[test]
fn no_text_holds_invisible_characters() {
    for tool in catalog::TOOLS {
        let record = &tool.record;
        let text = format!("{}{}{}{}", record.name, record.title, record.summary, tool.input_schema());
        assert!(!text.chars().any(is_invisible), "{}", record.name);
        assert!(record.summary.ends_with('.') && !record.title.ends_with('.'), "{}", record.name);
    }
}

#[test]
fn effects_agree_with_those_of_the_operations() {
    for tool in catalog::TOOLS {
        let record = &tool.record;
        let operations: Vec<_> = record
            .operations
            .iter()
            .map(|id| {
                ncentral::operations::find(id).unwrap_or_else(|| panic!("{}: no operation {id}", record.name))
            })
            .collect();
        // A tool does what its strongest operation does, and its first operation is that one.
        let strongest = operations.iter().map(|operation| operation.effect).max();
        if let Some(strongest) = strongest {
            assert_eq!(strongest.as_str(), record.effect.as_str(), "{}", record.name);
            assert_eq!(operations[0].effect, strongest, "{}", record.name);
        }
        assert_eq!(matches!(tool.action, Action::Write(_)), record.effect.writes(), "{}", record.name);
    }
}

#[test]
fn an_unknown_argument_is_answered_with_the_nearest() {
    for tool in catalog::TOOLS {
        let problem = tool.check_arguments(&serde_json::json!({"pagesize": 5, "conection": 1})).unwrap_err();
        assert_eq!(problem.kind, model::Kind::InvalidArguments);
        let none = tool.input_schema()["properties"].as_object().is_none_or(|p| p.is_empty());
        assert!(none || problem.hint.starts_with("known: "), "{problem}");
    }
    let devices = catalog::find("list_devices").unwrap();
    for (arguments, said) in [
        (serde_json::json!({"customer_id": "Acme"}), "`customer_id` must be a whole number"),
        (serde_json::json!({"page_size": {}}), "`page_size` must be a whole number"),
        (serde_json::json!({"search": 5}), "`search` must be string"),
    ] {
        let problem = devices.check_arguments(&arguments).unwrap_err();
        assert_eq!(problem.message, said);
    }
    let customers = catalog::find("list_customers").unwrap();
    let problem = customers.check_arguments(&serde_json::json!({"level": "sites"})).unwrap_err();
    assert!(problem.message.contains("did you mean `site`"), "{problem}");
    let problem = devices.check_arguments(&serde_json::json!({"custmer_id": 5})).unwrap_err();
    assert!(problem.message.contains("did you mean `customer_id`"), "{problem}");
    assert!(devices.check_arguments(&Value::Null).is_err());
}
