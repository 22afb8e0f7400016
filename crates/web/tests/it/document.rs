//! The OpenAPI document: valid, complete, and the one that is committed.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

const AGAIN: &str = "UPDATE_DOCS=1 cargo test -p web --test it document";

/// The OpenAPI Initiative's own schema of a 3.1 document, as it is published at
/// <https://spec.openapis.org/oas/3.1/schema/2022-10-07>.
const RULES: &str = include_str!("document/openapi-3.1.json");

#[test]
fn the_committed_document_is_the_current_one() {
    let text = format!("{:#}\n", web::openapi());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return std::fs::write(path, text).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let line = committed.lines().zip(text.lines()).position(|(committed, now)| committed != now);
    assert!(
        committed == text,
        "docs/openapi.json is out of date from line {:?} on; write it again with\n  {AGAIN}",
        line.map(|line| line + 1)
    );
}

#[test]
fn it_is_a_document_of_openapi_3_1() {
    let rules = serde_json::from_str(RULES).unwrap();
    let validator = jsonschema::draft202012::new(&rules).unwrap();
    let document = web::openapi();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, [""; 0]);
}

#[test]
fn every_schema_in_it_is_one() {
    let document = web::openapi();
    let mut schemas = Vec::new();
    each(&document, "", &mut |place, value| {
        if place.ends_with("/schema")
            || place.starts_with("/components/schemas/") && place.matches('/').count() == 3
        {
            schemas.push((place.to_owned(), value.clone()));
        }
    });
    assert!(schemas.len() > 100);
    for (place, schema) in schemas {
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "{place}: {schema}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_nothing_is_left_lying() {
    let document = web::openapi();
    let mut named = BTreeSet::new();
    each(&document, "", &mut |place, value| {
        if let Some(Value::String(reference)) = value.get("$ref") {
            let target = document.pointer(reference.trim_start_matches('#'));
            assert!(target.is_some(), "{place}: {reference} leads nowhere");
            named.insert(reference.clone());
        }
    });
    for kind in ["schemas", "headers"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(named.contains(&reference), "nothing refers to {reference}");
        }
    }
}

#[test]
fn every_route_and_every_tool_is_in_it_with_what_it_takes_and_gives() {
    let document = web::openapi();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            let what = format!("{verb} {path}");
            assert!(operation["summary"].is_string(), "{what}");
            assert!(
                ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
                "{what}: the id is taken"
            );
            complete(&what, operation);
        }
    }
    for route in web::every_route() {
        let verb = route.method.as_str().to_ascii_lowercase();
        match route.path {
            "/api/v1/tools/{name}" => {}
            path => assert!(document["paths"][path][&verb].is_object(), "{verb} {path} is not in it"),
        }
    }
    for tool in gate::TOOLS {
        let operation = &document["paths"][&format!("/api/v1/tools/{}", tool.record.name)]["post"];
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(body, tool.input_schema());
        for status in
            ["200", "202", "401", "403", "404", "409", "413", "415", "422", "429", "502", "503", "504"]
        {
            assert!(operation["responses"][status].is_object(), "{}: {status}", tool.record.name);
        }
    }
}

/// Nothing that an operation takes or gives is left to be guessed.
#[track_caller]
fn complete(what: &str, operation: &Value) {
    for parameter in operation["parameters"].as_array().unwrap() {
        assert!(parameter["schema"].is_object(), "{what}: {parameter}");
    }
    let responses = operation["responses"].as_object().unwrap();
    assert!(!responses.contains_key("default"), "{what}: a default hides what is missing");
    assert!(responses.keys().any(|status| status.starts_with('2')), "{what}: no success");
    for (status, response) in responses {
        let content = response["content"].as_object();
        assert!(content.is_some() || status == "204", "{what}: {status} has no content");
        for (kind, media) in content.into_iter().flatten() {
            let schema = media["schema"].as_object().unwrap_or_else(|| panic!("{what}: {status} {kind}"));
            assert!(
                schema.len() > 1 || !schema.contains_key("type") || kind != "application/json",
                "{what}: {status}"
            );
            assert_eq!(kind == "application/problem+json", !status.starts_with('2'), "{what}: {status}");
        }
        assert!(response["headers"]["x-request-id"].is_object(), "{what}: {status}");
    }
    let takes_body = operation["requestBody"].is_object();
    assert_eq!(takes_body, responses.contains_key("415"), "{what}");
    if let Some(body) = operation.get("requestBody") {
        let schema = &body["content"]["application/json"]["schema"];
        assert_eq!(schema["type"], "object", "{what}");
        assert_eq!(schema["additionalProperties"], false, "{what}: unknown members are refused");
    }
}

/// Walks through a document, place by place.
fn each(value: &Value, place: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(place, value);
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| each(value, &format!("{place}/{name}"), visit));
        }
        Value::Array(items) => items.iter().for_each(|value| each(value, place, visit)),
        _ => {}
    }
}
