//! Strict mode: every request and every answer is held against the contract file. Nothing of it is read before the
//! first request in that mode, because the file takes longer to parse than a server to start.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use http::header::CONTENT_TYPE;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::generated::routes::Route;

const CONTRACT: &str = include_str!("../../../contract/ncentral.yaml");

/// Read once, however many emulators a process has.
static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_saphyr::from_str(CONTRACT).expect("the contract file is YAML"));

/// The contract's schemas, compiled one by one when they are first needed.
#[derive(Default)]
pub(crate) struct Contract {
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Contract {
    /// The complaints of a schema about a value.
    fn complaints(&self, key: String, schema: &Value, value: &Value) -> Vec<String> {
        let known = self.lock().get(&key).cloned();
        let validator = known.unwrap_or_else(|| {
            let compiled = Arc::new(self.compile(schema));
            self.lock().insert(key, Arc::clone(&compiled));
            compiled
        });
        validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Validator>>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Compiles a schema together with the component schemas that it reaches.
    fn compile(&self, schema: &Value) -> Validator {
        let mut names = BTreeSet::new();
        reach(schema, &mut names);
        let all = &DOCUMENT["components"]["schemas"];
        let reached: Map<String, Value> = names.iter().map(|n| (n.clone(), all[n].clone())).collect();
        let root = json!({"allOf": [schema], "components": {"schemas": reached}});
        jsonschema::draft202012::new(&root).expect("the contract's schemas are JSON Schema")
    }

    /// Refuses a request that the contract does not allow, naming what is wrong.
    pub(crate) fn check_request(&self, call: &Call<'_>) -> Result<(), Failure> {
        let operation = operation(call.route);
        let mut errors = Vec::new();
        self.check_parameters(call, operation, &mut errors);
        self.check_body(call, operation, &mut errors);
        if errors.is_empty() { Ok(()) } else { Err(Failure::validation(errors)) }
    }

    fn check_parameters(&self, call: &Call<'_>, operation: &Value, errors: &mut Vec<(String, String)>) {
        let of_path = &DOCUMENT["paths"][call.route.path]["parameters"];
        let lists = [&operation["parameters"], of_path].into_iter().filter_map(Value::as_array);
        let parameters: Vec<&Value> = lists.flatten().map(resolve).collect();
        for (name, _) in &call.query {
            if !parameters.iter().any(|p| p["in"] == "query" && p["name"] == name.as_str()) {
                errors.push((name.clone(), "the contract knows no such parameter here".to_owned()));
            }
        }
        for parameter in parameters {
            let name = parameter["name"].as_str().unwrap_or_default();
            let text = match parameter["in"].as_str() {
                Some("query") => call.query(name),
                Some("path") => Some(call.parameter(name)),
                Some("header") => call.headers.get(name).and_then(|v| v.to_str().ok()),
                _ => None,
            };
            let Some(text) = text else {
                if parameter["required"] == true {
                    errors.push((name.to_owned(), "is required".to_owned()));
                }
                continue;
            };
            let schema = &parameter["schema"];
            let value = match schema["type"].as_str() {
                Some("integer" | "number" | "boolean") => {
                    serde_json::from_str(text).unwrap_or_else(|_| text.into())
                }
                // Sorting words count in any case (NOTES §5).
                _ if name == "sortOrder" => text.to_lowercase().into(),
                _ => text.into(),
            };
            let key = format!("{} {name}", call.route.id);
            errors.extend(self.complaints(key, schema, &value).into_iter().map(|e| (name.to_owned(), e)));
        }
    }

    fn check_body(&self, call: &Call<'_>, operation: &Value, errors: &mut Vec<(String, String)>) {
        let body = resolve(&operation["requestBody"]);
        let Some((media_type, content)) = body["content"].as_object().and_then(|c| c.iter().next()) else {
            if !call.body.is_empty() {
                errors.push(("body".to_owned(), "the contract has no body here".to_owned()));
            }
            return;
        };
        let sent = call.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if !sent.to_lowercase().starts_with(media_type.as_str()) {
            errors.push(("Content-Type".to_owned(), format!("must be {media_type}, not '{sent}'")));
            return;
        }
        let value = if media_type == "application/json" {
            match serde_json::from_slice(&call.body) {
                Ok(value) => value,
                Err(error) => return errors.push(("body".to_owned(), error.to_string())),
            }
        } else {
            Value::from(String::from_utf8_lossy(&call.body))
        };
        let key = format!("{} body", call.route.id);
        errors.extend(
            self.complaints(key, &content["schema"], &value).into_iter().map(|e| ("body".to_owned(), e)),
        );
    }

    /// Turns an answer that breaks the contract into a failure that says so.
    pub(crate) fn check_answer(&self, route: &Route, answer: &Answer) -> Result<(), Failure> {
        // Usual meanings for what the contract is silent about (NOTES §3).
        if matches!(answer.status, 405 | 415) {
            return Ok(());
        }
        let breach = |what: String| Failure::server("ContractBreach", &format!("{}: {what}", route.id));
        let declared = &operation(route)["responses"][answer.status.to_string()];
        if declared.is_null() {
            return Err(breach(format!("status {} is not declared", answer.status)));
        }
        let content = &resolve(declared)["content"];
        let schema = content.as_object().and_then(|c| c.values().next()).map(|media| &media["schema"]);
        let complaints = match (schema, &answer.body) {
            (Some(schema), Some(body)) => {
                self.complaints(format!("{} {}", route.id, answer.status), schema, body)
            }
            (None, None) => Vec::new(),
            (Some(_), None) => vec!["the body is missing".to_owned()],
            (None, Some(_)) => vec!["there must be no body".to_owned()],
        };
        if complaints.is_empty() { Ok(()) } else { Err(breach(complaints.join("; "))) }
    }
}

fn resolve(value: &Value) -> &Value {
    match value["$ref"].as_str().and_then(|r| DOCUMENT.pointer(r.trim_start_matches('#'))) {
        Some(target) => target,
        None => value,
    }
}

fn operation(route: &Route) -> &'static Value {
    &DOCUMENT["paths"][route.path][route.method.to_lowercase()]
}

fn reach(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|v| reach(v, names)),
        Value::Object(object) => {
            let name = object
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|r| r.strip_prefix("#/components/schemas/"));
            if let Some(name) = name.filter(|n| names.insert((*n).to_owned())) {
                reach(&DOCUMENT["components"]["schemas"][name], names);
            }
            object.values().for_each(|v| reach(v, names));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated::routes::ROUTES;
    use crate::route::index_of;

    #[test]
    fn an_answer_of_another_shape_is_a_breach() {
        let contract = Contract::default();
        let route = &ROUTES[index_of("getCustomer").unwrap()];
        let good = Answer::ok(json!({"customerId": "214", "customerName": "Acme"}));
        let number = Answer::ok(json!({"customerId": 214, "customerName": "Acme"}));
        assert!(contract.check_answer(route, &good).is_ok());
        assert!(contract.check_answer(route, &number).is_err());
        assert!(contract.check_answer(route, &Answer::empty(202)).is_err());
    }

    #[test]
    fn the_route_table_is_the_contract_s() {
        assert!(ROUTES.iter().all(|r| operation(r)["operationId"] == r.id));
        let paths = DOCUMENT["paths"].as_object().unwrap();
        let methods = ["get", "put", "post", "patch", "delete"];
        let all = paths.values().flat_map(|p| methods.iter().filter(|m| !p[**m].is_null())).count();
        assert_eq!(all, ROUTES.len());
    }
}
