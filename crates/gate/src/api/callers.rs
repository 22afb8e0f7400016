//! Keys, people, sessions: what is handed in, and what is shown. No secret is shown but once, when it is made.

use model::{CallerId, NameSet, Role, Source, Timestamp};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// A new key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What the record calls it.
    pub name: String,
    /// `agent` or `workflow`.
    pub kind: KeyKind,
    /// Id or name of its connection; the only one where it is missing.
    #[serde(default)]
    pub connection: Option<String>,
    /// Tools it is narrowed to, by either name.
    #[serde(default)]
    pub tools: Option<Vec<String>>,
    /// Customers it is narrowed to, by id.
    #[serde(default)]
    pub customers: Option<Vec<i64>>,
    /// Whether changes and runs answer with their plan.
    #[serde(default)]
    pub plan_only: bool,
    /// Which names it is shown.
    #[serde(default)]
    pub names: NameSet,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// Requests a minute; the gateway's default where it is missing.
    #[serde(default)]
    pub requests_per_minute: Option<u32>,
    /// What others should know about it.
    #[serde(default)]
    pub notes: Option<String>,
    /// Marks the form that it came from: a form that is sent twice makes one key.
    #[serde(skip)]
    pub form: Option<String>,
}

impl NewKey {
    /// A key for every tool of the only connection.
    pub fn new(name: impl Into<String>, kind: KeyKind) -> Self {
        Self {
            name: name.into(),
            kind,
            connection: None,
            tools: None,
            customers: None,
            plan_only: false,
            names: NameSet::default(),
            expires_at: None,
            requests_per_minute: None,
            notes: None,
            form: None,
        }
    }
}

/// A change to a key; what is missing stays. Its kind, connection and owner never change.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KeyChange {
    /// What the record calls it.
    pub name: Option<String>,
    /// Tools it is narrowed to, by either name; null means all.
    #[serde(deserialize_with = "told")]
    #[schemars(with = "Option<Vec<String>>")]
    pub tools: Option<Option<Vec<String>>>,
    /// Customers it is narrowed to, by id; null means all.
    #[serde(deserialize_with = "told")]
    #[schemars(with = "Option<Vec<i64>>")]
    pub customers: Option<Option<Vec<i64>>>,
    /// Whether changes and runs answer with their plan.
    pub plan_only: Option<bool>,
    /// Which names it is shown.
    pub names: Option<NameSet>,
    /// When it ends; null means never.
    #[serde(deserialize_with = "told")]
    #[schemars(with = "Option<Timestamp>")]
    pub expires_at: Option<Option<Timestamp>>,
    /// Requests a minute; null means the gateway's default.
    #[serde(deserialize_with = "told")]
    #[schemars(with = "Option<u32>")]
    pub requests_per_minute: Option<Option<u32>>,
    /// What others should know about it.
    pub notes: Option<String>,
}

/// Tells a member that is null from one that is missing.
fn told<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(given: D) -> Result<Option<T>, D::Error> {
    T::deserialize(given).map(Some)
}

/// Agent or workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// For an AI agent.
    Agent,
    /// For a workflow engine.
    Workflow,
}

/// A key as it is looked at; never its secret.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct KeyView {
    /// Its id.
    pub id: CallerId,
    /// What the record calls it.
    pub name: String,
    /// Agent or workflow.
    pub kind: KeyKind,
    /// Its connection's name.
    pub connection: String,
    /// The person who made it, by name.
    pub owner: Option<String>,
    /// Tools it is narrowed to.
    pub tools: Option<Vec<String>>,
    /// Customers it is narrowed to.
    pub customers: Option<Vec<i64>>,
    /// Whether changes and runs answer with their plan.
    pub plan_only: bool,
    /// Which names it is shown.
    pub names: NameSet,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// Requests a minute that it may make.
    pub requests_per_minute: u32,
    /// What others should know about it.
    pub notes: String,
    /// Whether it is let in, or why not.
    pub state: KeyState,
    /// Whether it is let in today: not revoked, not past its end, its owner not disabled.
    pub active: bool,
}

/// Whether a key is let in, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It is let in.
    Active,
    /// It was revoked.
    Revoked,
    /// It is past its end.
    Expired,
    /// The account of the person who owns it is disabled.
    OwnerDisabled,
}

/// A key's secret, handed out once.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct NewKeySecret {
    /// Its id.
    pub id: CallerId,
    /// What the record calls it.
    pub name: String,
    /// `ncg_<id>_<random>`; not kept, so it can't be shown again.
    pub secret: String,
}

/// A person as others see them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PersonView {
    /// Their id.
    pub id: CallerId,
    /// The name they sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Who made it, by name; `operator` for whoever set the gateway up, none where that was not kept.
    #[serde(default)]
    pub created_by: Option<String>,
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
    /// Until when too many wrong passwords lock the name; told in lists.
    #[serde(default)]
    pub locked_until: Option<Timestamp>,
}

/// A new person.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// The name to sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The first password, 8 characters or more.
    #[schemars(with = "String", extend("format" = "password", "writeOnly" = true))]
    pub password: SecretString,
}

/// A session's token, handed out once.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct NewSession {
    /// `ncs_<random>`.
    pub token: String,
    /// Who signed in.
    pub person: PersonView,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A change to somebody's account; what is missing stays.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PersonChange {
    /// What they may do.
    pub role: Option<Role>,
    /// Whether they may sign in at all.
    pub disabled: Option<bool>,
}

/// Another password.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The new one, 8 characters or more.
    #[schemars(with = "String", extend("format" = "password", "writeOnly" = true))]
    pub password: SecretString,
    /// The one until now; needed to change one's own.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "password", "writeOnly" = true))]
    pub old_password: Option<SecretString>,
}

/// A session as it is looked at; never its token.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SessionView {
    /// Its id.
    pub id: String,
    /// Whose it is, by name.
    pub person: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
    /// When it ends if it is not used until then.
    pub idle_until: Timestamp,
    /// From where it was begun.
    pub source: Source,
}
