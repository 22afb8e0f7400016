//! The account under which a task runs. A password is a secret from here on.

use crate::context::Context;
use crate::schema;
use model::{Kind, Problem};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::borrow::Cow;

const TYPES: [&str; 3] = ["LocalSystem", "DeviceCredentials", "CustomCredentials"];
const MEMBERS: [&str; 3] = ["type", "username", "password"];

/// Taken as it comes, because a message about a malformed one must not repeat what is in it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Credential(Value);

impl Default for Credential {
    fn default() -> Self {
        Self(json!({"type": TYPES[0]}))
    }
}

impl JsonSchema for Credential {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Credential".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "Default LocalSystem",
            "properties": {
                "type": {"enum": TYPES},
                "username": {"type": "string"},
                "password": {"type": "string", "format": "password"},
            },
            "additionalProperties": false,
        })
    }
}

/// A credential that makes sense.
pub(super) enum Account {
    /// LocalSystem or DeviceCredentials.
    Standing(&'static str),
    /// An account with its password.
    Custom { username: String, password: String },
}

impl Credential {
    pub(super) fn check(self) -> Result<Account, Problem> {
        let Value::Object(members) = self.0 else { return Err(refuse("must be an object with a type")) };
        if let Some(unknown) = members.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
            return Err(schema::unknown_word("member of credential", unknown, &MEMBERS));
        }
        let text = |name: &str| match members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(refuse(&format!("`{name}` must be text"))),
        };
        let word = text("type")?.unwrap_or_else(|| TYPES[0].to_owned());
        let Some(kind) = TYPES.into_iter().find(|kind| kind.eq_ignore_ascii_case(word.trim())) else {
            // The word is not repeated: it may be a password in the wrong member.
            return Err(refuse(&format!("has an unknown type; use one of: {}", TYPES.join(", "))));
        };
        match (kind == TYPES[2], text("username")?, text("password")?) {
            (true, Some(username), Some(password)) => Ok(Account::Custom { username, password }),
            (true, _, _) => Err(refuse("of type CustomCredentials needs username and password")),
            (false, None, None) => Ok(Account::Standing(kind)),
            (false, _, _) => Err(refuse(&format!("of type {kind} takes no username and no password"))),
        }
    }
}

impl Account {
    /// The member of the request's body, the password hidden.
    pub(super) fn to_body(&self, cx: &Context) -> Value {
        match self {
            Account::Standing(kind) => json!({"type": kind, "username": null, "password": null}),
            Account::Custom { username, password } => {
                json!({"type": TYPES[2], "username": username, "password": cx.hide(password)})
            }
        }
    }
}

fn refuse(what: &str) -> Problem {
    Problem::new(Kind::InvalidArguments, format!("`credential` {what}")).hint(
        "leave it out for LocalSystem; {type, username, password} with CustomCredentials for an account",
    )
}
