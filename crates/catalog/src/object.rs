//! Single things: N-central's members under the faces' names, without nulls, links and what is there twice.

use crate::{moment, naming};
use model::text::clean;
use serde_json::{Map, Value};

/// A whole thing, every member but nulls, empties and links, in snake_case, cleaned, its times in ISO-8601.
pub(crate) fn compact(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut kept = Map::new();
            for (name, member) in members {
                let member = compact(member);
                if !matches!(name.as_str(), "_links" | "_warning") && !is_empty(&member) {
                    kept.insert(naming::snake(&clean(name, false)), member);
                }
            }
            Value::Object(kept)
        }
        Value::Array(items) => Value::Array(items.iter().map(compact).collect()),
        Value::String(text) => {
            Value::String(match looks_like_a_time(text).then(|| moment::iso(text)).flatten() {
                Some(iso) => iso,
                None => clean(text, false),
            })
        }
        other => other.clone(),
    }
}

/// A time of day follows a date; digits alone are as likely a serial number.
fn looks_like_a_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 16 && bytes[4] == b'-' && bytes[7] == b'-' && matches!(bytes[10], b'T' | b' ')
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => matches!(text.trim(), "" | "-"),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Takes out members that say what another one says.
pub(crate) fn drop_duplicates(members: &mut Map<String, Value>, duplicates: &[(&str, &str)]) {
    for (duplicate, of) in duplicates {
        if members.get(*duplicate).is_some() && members.get(*duplicate) == members.get(*of) {
            members.shift_remove(*duplicate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_says_nothing_is_left_out() {
        let value = json!({"deviceId": 7, "siteId": null, "description": "", "_links": {"a": "/api"},
            "_extra": {"notes": [null], "serial": "1772632701000"}, "when": "2026-03-04 08:56:02.117 -0500"});
        assert_eq!(
            compact(&value),
            json!({"device_id": 7, "_extra": {"notes": [null], "serial": "1772632701000"},
                "when": "2026-03-04T08:56:02-05:00"})
        );
    }
}
