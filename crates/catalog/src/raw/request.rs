//! A raw write, planned: query and body checked against the operation, secrets hidden, targets read.

use super::subject;
use crate::context::Context;
use crate::draft::Draft;
use crate::properties::may_be_shown;
use crate::schema;
use crate::upstream::{self, id_of};
use model::{Kind, Problem, Write};
use ncentral::{Operation, Params, Place, operations};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Query parameters as callers give them: names with scalars.
pub(crate) type Query = Map<String, Value>;

/// Query parameters as they are sent.
///
/// # Errors
/// A value that is no scalar, or a name that the operation does not take.
pub(crate) fn query_of(
    operation: Option<&Operation>,
    query: &Query,
) -> Result<BTreeMap<String, String>, Problem> {
    let known: Option<Vec<&str>> = operation.map(|op| {
        op.parameters.iter().filter(|p| p.place == Place::Query).map(|parameter| parameter.name).collect()
    });
    query
        .iter()
        .map(|(name, value)| {
            if let Some(known) = known.as_ref().filter(|known| !known.contains(&name.as_str())) {
                return Err(schema::unknown_word("query parameter", name, known));
            }
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                _ => {
                    return Err(Problem::new(
                        Kind::InvalidArguments,
                        format!("query parameter `{name}` must be text, a number or true or false"),
                    ));
                }
            };
            Ok((name.clone(), text))
        })
        .collect()
}

/// The plan of one raw write.
///
/// # Errors
/// A query or body that the operation does not take, targets that can't be read or are too many.
pub(crate) async fn plan(
    cx: &Context,
    operation: &'static Operation,
    path: &str,
    query: &Query,
    body: Option<Value>,
) -> Result<Draft, Problem> {
    let query = query_of(Some(operation), query)?;
    if body.is_some() && !operation.body {
        return Err(Problem::new(Kind::InvalidArguments, format!("{} takes no body", operation.id)));
    }
    let found = subject::targets(cx, operation, path, body.as_ref()).await?;
    let body = match body {
        Some(body) => Some(hide_secrets(cx, operation, path, body).await),
        None => None,
    };
    let (targets, facts): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    let on = if names.is_empty() { String::new() } else { format!(" On {}.", names.join(", ")) };
    let mut arguments = json!({ "path": path });
    if !query.is_empty() {
        arguments["query"] = json!(query);
    }
    if let Some(body) = &body {
        arguments["body"] = body.clone();
    }
    let first = if targets.len() == 1 { Some(0) } else { None };
    Ok(Draft {
        arguments,
        summary: format!("{} {path}: {}{on}", operation.method.as_str(), operation.summary),
        facts,
        writes: vec![(
            Write {
                operation: operation.id.to_owned(),
                method: operation.method.as_str().to_owned(),
                path: path.to_owned(),
                query,
                body,
            },
            first,
        )],
        targets,
        warnings: vec![format!("A raw call: N-central's operation {} with exactly this body.", operation.id)],
        run_at: None,
    })
}

/// The body with marks in place of its secrets: whatever a member calls a password, and the value of a property
/// until its type was read and is known to be harmless.
async fn hide_secrets(cx: &Context, operation: &'static Operation, path: &str, mut body: Value) -> Value {
    let value_is_secret = match property_of(operation, path, &body) {
        None => false,
        Some((read, params)) => {
            let property = upstream::object(cx, read, params).await.unwrap_or(Value::Null);
            !may_be_shown(property["propertyType"].as_str())
        }
    };
    hide(cx, &mut body, value_is_secret);
    body
}

/// How the property that a write sets is read.
fn property_of(operation: &Operation, path: &str, body: &Value) -> Option<(&'static Operation, Params)> {
    let segments: Vec<&str> = path.split('/').collect();
    let owner = *segments.get(3)?;
    match operation.id {
        "setDeviceCustomProperty" => Some((
            operations::GET_DEVICE_CUSTOM_PROPERTY,
            Params::new().set("deviceId", owner).set("propertyId", segments.last()?),
        )),
        "setOrgCustomProperty" => Some((
            operations::GET_ORG_CUSTOM_PROPERTY,
            Params::new().set("orgUnitId", owner).set("propertyId", segments.last()?),
        )),
        "setOrgCustomPropertyDefault" => Some((
            operations::GET_ORG_CUSTOM_PROPERTY_DEFAULT,
            Params::new()
                .set("orgUnitId", owner)
                .set("propertyId", id_of(&body["propertyId"]).unwrap_or_default()),
        )),
        _ => None,
    }
}

fn hide(cx: &Context, value: &mut Value, value_is_secret: bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| hide(cx, item, value_is_secret)),
        Value::Object(members) => {
            let typed_password = members
                .get("type")
                .and_then(Value::as_str)
                .is_some_and(|kind| kind.eq_ignore_ascii_case("password"));
            for (name, member) in members.iter_mut() {
                let name = name.to_lowercase();
                let is_value = matches!(name.as_str(), "value" | "defaultvalue");
                let secret = name.contains("password") || (is_value && (value_is_secret || typed_password));
                match member {
                    Value::String(text) if secret => *member = cx.hide(text),
                    other => hide(cx, other, value_is_secret),
                }
            }
        }
        _ => {}
    }
}
