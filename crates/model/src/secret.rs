//! Secrets in plans. A plan is shown, stored and digested, so a secret stands in it only as a keyed hash; the
//! value itself is sealed beside the plan and put back just before the request is sent.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::BTreeMap;

/// The one member of the object that stands for a secret. Reserved: input that contains it is refused.
pub const MARK: &str = "$secret";

/// Replaces secrets by marks while a plan is made, and remembers what they stand for.
pub struct Vault {
    key: [u8; 32],
    values: BTreeMap<String, String>,
}

impl Vault {
    /// An empty vault; the key belongs to the state and never leaves it.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key, values: BTreeMap::new() }
    }

    /// The mark that stands for this secret. The same secret has the same mark in the same state, so that asking
    /// again is recognised and changing it changes the digest.
    pub fn hide(&mut self, secret: &str) -> Value {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.key).expect("any key length will do");
        mac.update(b"ncgate plan secret\0");
        mac.update(secret.as_bytes());
        let tag = hex::encode(mac.finalize().into_bytes());
        self.values.insert(tag.clone(), secret.to_owned());
        json!({ MARK: tag })
    }

    /// What the marks stand for, to be sealed.
    pub fn into_values(self) -> BTreeMap<String, String> {
        self.values
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({} secrets)", self.values.len())
    }
}

fn mark_of(value: &Value) -> Option<&str> {
    let object = value.as_object()?;
    if object.len() != 1 {
        return None;
    }
    object.get(MARK)?.as_str()
}

/// Whether input uses the reserved member anywhere.
pub fn uses_mark(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(uses_mark),
        Value::Object(members) => members.contains_key(MARK) || members.values().any(uses_mark),
        _ => false,
    }
}

/// Puts the secrets back in place of their marks. A mark without a value is an error that names it.
pub fn reveal(value: &Value, secrets: &BTreeMap<String, String>) -> Result<Value, String> {
    if let Some(tag) = mark_of(value) {
        return match secrets.get(tag) {
            Some(secret) => Ok(Value::String(secret.clone())),
            None => Err(tag.to_owned()),
        };
    }
    Ok(match value {
        Value::Array(items) => {
            Value::Array(items.iter().map(|v| reveal(v, secrets)).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, v)| Ok((name.clone(), reveal(v, secrets)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}

/// What people see in place of a mark.
pub const SHOWN: &str = "secret, set";

/// A copy in which every mark reads as [`SHOWN`].
pub fn shown(value: &Value) -> Value {
    if mark_of(value).is_some() {
        return Value::String(SHOWN.to_owned());
    }
    match value {
        Value::Array(items) => Value::Array(items.iter().map(shown).collect()),
        Value::Object(members) => Value::Object(members.iter().map(|(n, v)| (n.clone(), shown(v))).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_leaves_a_mark_and_comes_back() {
        let mut vault = Vault::new([7; 32]);
        let body = json!({"credential": {"password": vault.hide("hunter2")}, "n": 1});
        assert!(!body.to_string().contains("hunter2"));
        assert_eq!(shown(&body)["credential"]["password"], SHOWN);
        let secrets = vault.into_values();
        assert_eq!(reveal(&body, &secrets).unwrap()["credential"]["password"], "hunter2");
        assert!(reveal(&body, &BTreeMap::new()).is_err());
    }

    #[test]
    fn the_mark_depends_on_secret_and_key() {
        let mark = |key: u8, secret: &str| Vault::new([key; 32]).hide(secret);
        assert_eq!(mark(1, "a"), mark(1, "a"));
        assert_ne!(mark(1, "a"), mark(1, "b"));
        assert_ne!(mark(1, "a"), mark(2, "a"));
    }

    #[test]
    fn forged_marks_are_noticed() {
        assert!(uses_mark(&json!({"body": [{"$secret": "x"}]})));
        assert!(!uses_mark(&json!({"body": ["$secret"]})));
    }
}
