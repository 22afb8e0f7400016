//! The OpenAPI 3.1 document, assembled from the table of routes and the catalogue: one path a tool, with the very
//! schema that its arguments are checked against. Nothing in it is written by hand that the code knows.

use crate::extract::Json;
use crate::rest::download;
use crate::rest::tools::CALL_PATH;
use crate::routes::{Access, Route, routes as all_routes};
use crate::rows::Format;
use http::Method;
use serde_json::{Map, Value, json};

pub(crate) fn routes() -> Vec<Route> {
    vec![Route::get("/api/openapi.json", Access::Anyone, "This document", || async { Json(document()) })]
}

/// The document.
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in all_routes() {
        if route.path == CALL_PATH {
            paths.extend(gate::TOOLS.iter().map(|tool| {
                let path = CALL_PATH.replace("{name}", tool.record.name);
                (path, json!({ "post": tool_operation(&route, tool) }))
            }));
        } else {
            let item = paths.entry(route.path).or_insert_with(|| json!({}));
            item[route.method.as_str().to_ascii_lowercase()] = operation(&route);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "ncgate",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Governed gateway to N-able N-central",
            "license": { "name": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "description": "A key, or a session token" },
            },
            "schemas": { "Problem": problem_schema() },
            "responses": {
                "Problem": {
                    "description": "What kind of failure it is, whether anything was changed, and what to do",
                    "content": {
                        "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } },
                    },
                },
            },
        },
    })
}

fn operation(route: &Route) -> Value {
    let segments: Vec<&str> = route.path.split('/').filter(|s| !matches!(*s, "" | "api" | "v1")).collect();
    let names = segments.iter().filter_map(|s| s.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = names.map(|name| parameter("path", name)).collect();
    parameters.extend(route.query.iter().map(|name| parameter("query", name)));
    let verb = route.method.as_str().to_ascii_lowercase();
    let id = segments.join("_").replace(['{', '}'], "").replace('.', "_");
    let mut operation = json!({
        "operationId": format!("{verb}_{id}"),
        "summary": route.summary,
        "tags": [segments.first()],
        "parameters": parameters,
        "responses": {
            (route.success.as_str()): { "description": route.success.canonical_reason() },
            "default": { "$ref": "#/components/responses/Problem" },
        },
        "x-access": access(route.access),
    });
    if matches!(route.method, Method::POST | Method::PUT) {
        operation["requestBody"] = json_body(&json!({ "type": "object" }));
    }
    if route.access == Access::Anyone {
        operation["security"] = json!([]);
    }
    operation
}

fn tool_operation(route: &Route, tool: &gate::Tool) -> Value {
    let record = &tool.record;
    let mut operation = operation(route);
    operation["operationId"] = record.name.into();
    operation["summary"] = record.title.into();
    operation["description"] = record.summary.into();
    operation["parameters"] = json!([
        parameter("query", "connection"),
        parameter("header", "Idempotency-Key"),
        parameter("header", "Prefer"),
    ]);
    operation["requestBody"] = json_body(tool.input_schema());
    operation["responses"]["200"] = json!({
        "description": "The result",
        "content": { "application/json": { "schema": { "type": "object" } } },
    });
    if tool.input_schema()["properties"]["fields"].is_object() {
        as_file(&mut operation["responses"]["200"]);
    }
    operation["responses"]["202"] = json!({
        "description": "It waits for a person's decision, or for its time",
        "headers": { "Location": { "schema": { "type": "string" }, "description": "The call" } },
        "content": { "application/json": { "schema": { "type": "object" } } },
    });
    operation["x-effect"] = record.effect.as_str().into();
    operation["x-alias"] = record.alias.into();
    operation
}

/// A list's rows also come as a file, with what stands beside them in headers.
fn as_file(answer: &mut Value) {
    for format in Format::ALL {
        answer["content"][format.media_type()] = json!({ "schema": { "type": "string" } });
    }
    for (name, description) in download::HEADERS {
        answer["headers"][name.as_str()] =
            json!({ "schema": { "type": "string" }, "description": description });
    }
}

fn parameter(place: &str, name: &str) -> Value {
    json!({ "name": name, "in": place, "required": place == "path", "schema": { "type": "string" } })
}

fn json_body(schema: &Value) -> Value {
    json!({ "content": { "application/json": { "schema": schema } } })
}

/// Who may, in one word.
fn access(access: Access) -> &'static str {
    match access {
        Access::Anyone => "anyone",
        Access::Caller => "caller",
        Access::Person(role) => role.as_str(),
    }
}

fn problem_schema() -> Value {
    let text = || json!({ "type": "string" });
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "kind", "message", "changed", "retryable"],
        "properties": {
            "type": text(),
            "title": text(),
            "status": { "type": "integer" },
            "detail": text(),
            "kind": { "enum": model::Kind::ALL },
            "message": text(),
            "changed": { "enum": ["no", "yes", "unknown"] },
            "retryable": { "type": "boolean" },
            "hint": text(),
            "upstream": {
                "type": "object",
                "properties": {
                    "status": { "type": ["integer", "null"] },
                    "message": text(),
                    "correlation_id": text(),
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_and_every_tool_has_its_path_and_its_own_id() {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        for route in all_routes().iter().filter(|route| route.path != CALL_PATH) {
            let verb = route.method.as_str().to_ascii_lowercase();
            assert!(paths[route.path][&verb]["summary"].is_string(), "{verb} {}", route.path);
        }
        for tool in gate::TOOLS {
            let body = &paths[&format!("/api/v1/tools/{}", tool.record.name)]["post"]["requestBody"];
            assert_eq!(&body["content"]["application/json"]["schema"], tool.input_schema());
        }
        let operations = paths.values().flat_map(|item| item.as_object().unwrap().values());
        let mut ids: Vec<&str> = operations.map(|o| o["operationId"].as_str().unwrap()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }
}
