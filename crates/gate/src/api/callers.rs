//! Keys, people, sessions: what is handed in, and what is shown. No secret is shown but once, when it is made.

use model::{CallerId, NameSet, Role, Timestamp};
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
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
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
