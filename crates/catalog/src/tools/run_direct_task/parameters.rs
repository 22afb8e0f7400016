//! A task's input parameters: typed and checked for a script on the list, typed by the caller for any other item.
//! No message repeats a value, because it may be a secret.

use crate::context::Context;
use crate::schema;
use model::script::{PARAMETER_TYPES, Script, ScriptParameter};
use model::{Kind, Problem};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

const MEMBERS: [&str; 4] = ["name", "value", "type", "description"];

/// Taken as they come; see [`check`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Parameters(Value);

impl JsonSchema for Parameters {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Parameters".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["object", "array"],
            "items": {"type": "object"},
            "description": "{name: value} for a listed script, else [{name, value, type}]",
        })
    }
}

/// One parameter, ready to be sent.
pub(super) struct Parameter {
    pub(super) name: String,
    /// Text, or the mark of a secret.
    pub(super) value: Value,
    kind: &'static str,
    description: String,
}

impl Parameter {
    /// The member of the request's body. All four are sent: schema and samples disagree on what may be left out
    /// (contract/NOTES.md, section 9).
    pub(super) fn to_body(&self) -> Value {
        json!({"name": self.name, "value": self.value, "description": self.description, "type": self.kind})
    }
}

/// Checks what was given against the script's own parameters, or by itself where there is no such list.
pub(super) fn check(
    cx: &Context,
    script: Option<&Script>,
    given: Option<&Parameters>,
) -> Result<Vec<Parameter>, Problem> {
    let given = given.map_or(&Value::Null, |given| &given.0);
    match (script, given) {
        (Some(script), Value::Null) => listed(cx, script, &Map::new()),
        (Some(script), Value::Object(values)) => listed(cx, script, values),
        (Some(script), Value::Array(entries)) => {
            let mut values = Map::new();
            for entry in entries {
                let (name, value) = name_and_value(entry)?;
                if values.insert(name.to_owned(), value.clone()).is_some() {
                    return Err(twice(name));
                }
            }
            listed(cx, script, &values)
        }
        (None, Value::Null) => Ok(Vec::new()),
        (None, Value::Array(entries)) => unlisted(cx, entries),
        (None, Value::Object(values)) if values.is_empty() => Ok(Vec::new()),
        (None, Value::Object(_)) => Err(refuse("must be a list for an item that is not on the script list")
            .hint("its types are not known: give [{name, value, type}]")),
        (_, _) => Err(refuse("must be an object {name: value} or a list [{name, value, type}]")),
    }
}

fn listed(cx: &Context, script: &Script, values: &Map<String, Value>) -> Result<Vec<Parameter>, Problem> {
    let known: Vec<&str> = script.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    if let Some(unknown) = values.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(schema::unknown_word(&format!("parameter of “{}”", script.name), unknown, &known));
    }
    let mut parameters = Vec::new();
    for ScriptParameter { name, kind, required, secret } in &script.parameters {
        match values.get(name).filter(|value| !value.is_null()) {
            Some(value) => parameters.push(parameter(cx, name, value, kind, name, *secret)?),
            None if *required => {
                return Err(refuse(&format!("lacks `{name}`, which “{}” can't do without", script.name))
                    .hint(format!("it takes: {}", known.join(", "))));
            }
            None => {}
        }
    }
    Ok(parameters)
}

fn unlisted(cx: &Context, entries: &[Value]) -> Result<Vec<Parameter>, Problem> {
    let mut parameters: Vec<Parameter> = Vec::with_capacity(entries.len());
    for entry in entries {
        let (name, value) = name_and_value(entry)?;
        let kind = entry.get("type").map_or(Some("string"), Value::as_str).unwrap_or_default();
        let description = entry.get("description").and_then(Value::as_str).filter(|text| !text.is_empty());
        if parameters.iter().any(|other| other.name == name) {
            return Err(twice(name));
        }
        parameters.push(parameter(cx, name, value, kind, description.unwrap_or(name), false)?);
    }
    Ok(parameters)
}

fn name_and_value(entry: &Value) -> Result<(&str, &Value), Problem> {
    let Some(members) = entry.as_object() else {
        return Err(refuse("must be a list of {name, value, type}"));
    };
    if let Some(unknown) = members.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        return Err(schema::unknown_word("member of a parameter", unknown, &MEMBERS));
    }
    match members.get("name").and_then(Value::as_str).filter(|name| !name.trim().is_empty()) {
        Some(name) => Ok((name, members.get("value").unwrap_or(&Value::Null))),
        None => Err(refuse("has an entry without a name")),
    }
}

fn parameter(
    cx: &Context,
    name: &str,
    value: &Value,
    kind: &str,
    description: &str,
    secret: bool,
) -> Result<Parameter, Problem> {
    let Some(kind) = PARAMETER_TYPES.into_iter().find(|known| *known == kind) else {
        return Err(schema::unknown_word("parameter type", kind, &PARAMETER_TYPES));
    };
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null => String::new(),
        Value::Array(_) | Value::Object(_) => {
            return Err(refuse(&format!("has more than text, a number or a flag for `{name}`")));
        }
    };
    let expected = match kind {
        "integer" if text.parse::<i64>().is_err() => Some("a whole number"),
        "dword" if text.parse::<u32>().is_err() => Some("a whole number from 0 to 4294967295"),
        "boolean" if !matches!(text.as_str(), "true" | "false") => Some("true or false"),
        _ => None,
    };
    if let Some(expected) = expected {
        return Err(refuse(&format!("`{name}` must be {expected}")));
    }
    let value = if secret || kind == "password" { cx.hide(&text) } else { Value::String(text) };
    Ok(Parameter { name: name.to_owned(), value, kind, description: description.to_owned() })
}

fn twice(name: &str) -> Problem {
    refuse(&format!("names `{name}` twice"))
}

fn refuse(what: &str) -> Problem {
    Problem::new(Kind::InvalidArguments, format!("`parameters` {what}"))
        .hint("n_central-list-scripts shows the parameters of each script")
}
