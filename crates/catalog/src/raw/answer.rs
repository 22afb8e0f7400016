//! Raw answers. Redaction hangs on what is answered, not on the tool that asked: a PASSWORD property reads the same
//! through a raw call.

use crate::properties::may_be_shown;
use crate::{budget, upstream};
use ncentral::Operation;
use serde_json::{Value, json};

/// Members that hold a property's value.
const VALUES: [&str; 2] = ["value", "defaultValue"];

/// A raw call's result: the operation and N-central's body, cut to the budget.
pub(crate) fn result(operation: Option<&Operation>, body: Value) -> Value {
    let mut body = redacted(operation, body);
    let cuts = budget::trim(&mut body);
    let mut result = json!({ "operation": operation.map(|operation| operation.id), "body": body });
    if cuts > 0 {
        result["note"] =
            json!("cut to fit the answer: ask for less, with pageSize and pageNumber in `query`");
    }
    result
}

/// The body without the values of properties that are secret or of unknown type.
fn redacted(operation: Option<&Operation>, mut body: Value) -> Value {
    let of_properties = operation.is_some_and(|operation| operation.path.contains("custom-propert"));
    redact(&mut body, of_properties);
    body
}

fn redact(value: &mut Value, of_properties: bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, of_properties)),
        Value::Object(members) => {
            let kind = members.get("propertyType").and_then(Value::as_str);
            let is_property =
                kind.is_some() || (of_properties && VALUES.iter().any(|name| members.contains_key(*name)));
            if is_property && !may_be_shown(kind) {
                for name in VALUES {
                    if let Some(value) = members.get_mut(name).filter(|v| upstream::text_of(v).is_some()) {
                        *value = json!(model::secret::SHOWN);
                    }
                }
            }
            members.values_mut().for_each(|member| redact(member, of_properties));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ncentral::operations;

    #[test]
    fn a_password_property_reads_the_same_through_a_raw_call() {
        let body = json!({"data": [
            {"propertyName": "Admin", "propertyType": "PASSWORD", "value": "hunter2"},
            {"propertyName": "Rack", "propertyType": "TEXT", "value": "R2"},
            {"propertyName": "New", "value": "hunter3"},
        ]});
        let shown = redacted(Some(operations::LIST_DEVICE_CUSTOM_PROPERTIES), body.clone()).to_string();
        assert!(!shown.contains("hunter") && shown.contains("R2"), "{shown}");
        let elsewhere = redacted(None, body).to_string();
        assert!(!elsewhere.contains("hunter2"), "{elsewhere}");
    }
}
