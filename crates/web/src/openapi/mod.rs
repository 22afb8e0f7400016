//! The OpenAPI 3.1 document, assembled from the table of routes and the catalogue: one path a tool, with the very
//! schema that its arguments are checked against, and for everything else the types that its handler takes and
//! gives. Nothing in it is written by hand that the code knows.

mod schemas;
mod sheet;
mod tools;

pub(crate) use sheet::{Documented, Given, Sheet, Taken};

use crate::extract::Json;
use crate::problem::{CALL_ID, details_schema};
use crate::rate;
use crate::rest::tools::CALL_PATH;
use crate::routes::{Access, Route, every_route};
use crate::shell::REQUEST_ID;
use http::StatusCode;
use http::header;
use model::Kind;
use schemars::JsonSchema;
use schemas::Schemas;
use serde::Serialize;
use serde_json::{Map, Value, json};

pub(crate) fn routes() -> Vec<Route> {
    vec![Route::get("/api/openapi.json", Access::Anyone, "This document", || async {
        Json(Document(document()))
    })]
}

/// The document as an answer.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
struct Document(#[schemars(with = "Map<String, Value>")] Value);

/// The document.
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for route in every_route() {
        let verb = route.method.as_str().to_ascii_lowercase();
        if route.path == CALL_PATH {
            for tool in gate::TOOLS {
                let path = CALL_PATH.replace("{name}", tool.record.name);
                paths.insert(path, json!({ (verb.as_str()): tools::operation(&route, tool, &mut schemas) }));
            }
        } else {
            let mut sheet = Sheet::new(&mut schemas);
            route.describe(&mut sheet);
            let operation = operation(&route, sheet);
            let item = paths.entry(route.path).or_insert_with(|| json!({}));
            item[verb] = operation;
        }
    }
    // It has a schema of its own, because a call that failed shows its problem as well.
    schemas.given::<model::Problem>();
    let mut components = schemas.into_components();
    let details = details_schema(components["Problem"].clone());
    components.insert("ProblemDetails".to_owned(), details);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "ncgate",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Governed gateway to N-able N-central",
            "description": "Whatever is refused is a problem of RFC 9457. Lists go on with the `next` of a page as `cursor`.",
            "license": { "name": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key (`ncg_…`), or a person's session token (`ncs_…`)",
                },
            },
            "schemas": components,
            "headers": headers(),
        },
    })
}

/// The headers that answers have in common.
fn headers() -> Value {
    let text = |description: &str| json!({ "schema": { "type": "string" }, "description": description });
    json!({
        "Request-Id": text("Names the request in the gateway's log"),
        "Call-Id": text("The call that the answer is about"),
        "Retry-After": {
            "schema": { "type": "integer", "minimum": 0 },
            "description": "Seconds until asking again can help",
        },
        "Challenge": text("How to say who asks"),
        "Rate-Limit": text("What is left to the caller, as draft-ietf-httpapi-ratelimit-headers has it"),
        "Rate-Limit-Policy": text("How much the caller is allowed, likewise"),
    })
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

fn operation(route: &Route, mut sheet: Sheet<'_>) -> Value {
    let segments: Vec<&str> = route.path.split('/').filter(|s| !matches!(*s, "" | "api" | "v1")).collect();
    let names = segments.iter().filter_map(|s| s.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = names.map(in_path).collect();
    parameters.append(&mut sheet.parameters);
    let verb = route.method.as_str().to_ascii_lowercase();
    let id = segments.join("_").replace(['{', '}'], "").replace('.', "_");
    let mut operation = json!({
        "operationId": format!("{verb}_{id}"),
        "summary": route.summary,
        "tags": [segments.first()],
        "parameters": parameters,
        "responses": responses(route, sheet.answers, sheet.refusals),
        "x-access": access(route.access),
    });
    if let Some(body) = sheet.body {
        operation["requestBody"] = body;
    }
    match route.access {
        Access::Anyone => operation["security"] = json!([]),
        // A bearer, or none.
        Access::Watcher => operation["security"] = json!([{ "bearer": [] }, {}]),
        Access::Caller | Access::Person(_) => {}
    }
    operation
}

fn in_path(name: &str) -> Value {
    json!({
        "name": name, "in": "path", "required": true,
        "schema": { "type": "string", "minLength": 1, "maxLength": 200 },
    })
}

/// Every answer there is: those of success, and a problem for each status that a refusal may have.
fn responses(
    route: &Route,
    answers: impl IntoIterator<Item = (u16, Value)>,
    mut refusals: sheet::Refusals,
) -> Value {
    let mut refused = |kind: Kind| {
        refusals.entry(kind.http_status()).or_default().insert(kind.as_str());
    };
    // The guard and the shell stand before every route but the probes.
    [Kind::BadRequest, Kind::Forbidden, Kind::Internal].into_iter().for_each(&mut refused);
    if let Access::Person(_) = route.access {
        refused(Kind::NotAPerson);
    }
    let mut responses = Map::new();
    let by_caller = route.access != Access::Anyone;
    for (status, mut answer) in answers {
        answer["headers"][REQUEST_ID.as_str()] = header("Request-Id");
        if by_caller {
            answer["headers"][rate::LIMIT.as_str()] = header("Rate-Limit");
            answer["headers"][rate::POLICY.as_str()] = header("Rate-Limit-Policy");
        }
        responses.insert(status.to_string(), answer);
    }
    for (status, kinds) in refusals {
        responses.insert(status.to_string(), refusal(status, &kinds.into_iter().collect::<Vec<_>>()));
    }
    Value::Object(responses)
}

fn refusal(status: u16, kinds: &[&str]) -> Value {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut headers = json!({ (REQUEST_ID.as_str()): header("Request-Id") });
    match status {
        401 => headers[header::WWW_AUTHENTICATE.as_str()] = header("Challenge"),
        429 | 503 => headers[header::RETRY_AFTER.as_str()] = header("Retry-After"),
        _ => {}
    }
    if status == 429 {
        headers[rate::LIMIT.as_str()] = header("Rate-Limit");
        headers[rate::POLICY.as_str()] = header("Rate-Limit-Policy");
    }
    if kinds.iter().any(|kind| tools::ASKING.iter().any(|asking| asking.as_str() == *kind)) {
        headers[CALL_ID.as_str()] = header("Call-Id");
    }
    json!({
        "description": format!("{}: {}", reason.unwrap_or_default(), kinds.join(", ")),
        "headers": headers,
        "content": {
            "application/problem+json": { "schema": { "$ref": "#/components/schemas/ProblemDetails" } },
        },
    })
}

/// Who may, in one word. A watcher is a program on the gateway's own machine, with no proxy between, or a person.
fn access(access: Access) -> &'static str {
    match access {
        Access::Anyone => "anyone",
        Access::Caller => "caller",
        Access::Person(role) => role.as_str(),
        Access::Watcher => "watcher",
    }
}
