//! What was typed as JSON may be shown again, secrets may not. The schema marks some; in free JSON (a raw body, a
//! script's parameters) a member's name has to tell.

use serde_json::Value;

/// Words in the name of a member whose value is never shown again.
const SECRET: [&str; 7] = ["password", "passwd", "passphrase", "secret", "token", "credential", "jwt"];

fn sounds_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET.iter().any(|word| name.contains(word))
}

/// A text of JSON to show again, and whether something was taken out of it. What is no JSON and speaks of a secret
/// is not shown at all.
pub(super) fn text(typed: &str) -> (String, bool) {
    match serde_json::from_str::<Value>(typed) {
        Ok(value) => {
            let (kept, is_changed) = value_of(value);
            // As it was typed, if that is possible.
            if is_changed { (pretty(&kept), true) } else { (typed.to_owned(), false) }
        }
        Err(_) if sounds_secret(typed) => (String::new(), true),
        Err(_) => (typed.to_owned(), false),
    }
}

/// A value without its secrets, and whether there were any.
pub(super) fn value_of(mut value: Value) -> (Value, bool) {
    let is_changed = clear(&mut value, false);
    (value, is_changed)
}

pub(super) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("a value is JSON")
}

fn clear(value: &mut Value, is_secret: bool) -> bool {
    match value {
        Value::Object(members) => {
            // A parameter says of itself that it is one: {name, type: "password", value}.
            let is_typed = members.get("type").and_then(Value::as_str).is_some_and(sounds_secret)
                || members.get("name").and_then(Value::as_str).is_some_and(sounds_secret);
            members.iter_mut().fold(false, |changed, (name, value)| {
                let is_secret = is_secret && !value.is_object() || is_typed && name == "value";
                let is_secret = is_secret || sounds_secret(name) && !value.is_object();
                clear(value, is_secret) || changed
            })
        }
        Value::Array(items) => {
            // Every item is cleared, not only those up to the first that had something.
            items.iter_mut().map(|item| usize::from(clear(item, is_secret))).sum::<usize>() > 0
        }
        Value::Null => false,
        _ if is_secret => {
            *value = Value::Null;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_in_json_are_not_shown_again() {
        let typed = json!({
            "userPassword": "hunter2", "credential": {"type": "Custom", "password": "hunter2"},
            "parameters": [{"name": "pin", "type": "password", "value": "hunter2"}, {"name": "path", "value": "C:"}],
            "tokens": ["hunter2"], "AdminPasswd": "hunter2", "name": "kept"
        });
        let (shown, is_changed) = text(&typed.to_string());
        assert!(is_changed && !shown.contains("hunter2"), "{shown}");
        assert!(["Custom", "path", "C:", "kept", "pin"].iter().all(|word| shown.contains(word)), "{shown}");
    }

    #[test]
    fn what_holds_none_stays_as_it_was_typed() {
        for typed in ["{ \"path\" : 1 }", "[1,", "", "{\"a\": null}"] {
            assert_eq!(text(typed), (typed.to_owned(), false));
        }
        assert_eq!(text("{\"password\": \"hunter2\""), (String::new(), true));
    }
}
