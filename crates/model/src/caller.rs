//! Callers: who asks, through what, and what they may ask for. A caller is always a value that is passed on.

use crate::effect::Effect;
use crate::id::{CallerId, ConnectionId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What a person may do; each role includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything and calls `read` tools.
    Viewer,
    /// Also calls every tool through the gate, decides approvals, presses stop.
    Approver,
    /// Also connections, policies, scripts, keys, people, resume.
    Admin,
}

impl Role {
    /// The name used on every face.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Approver => "approver",
            Role::Admin => "admin",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = crate::policy::UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "viewer" => Ok(Role::Viewer),
            "approver" => Ok(Role::Approver),
            "admin" => Ok(Role::Admin),
            _ => Err(crate::policy::UnknownWord {
                what: "role",
                given: word.into(),
                known: "viewer, approver, admin",
            }),
        }
    }
}

/// Which kind of caller it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum CallerKind {
    /// An AI agent with a key.
    Agent,
    /// A workflow engine with a key.
    Workflow,
    /// A signed-in person.
    Person {
        /// What the person may do.
        role: Role,
    },
}

impl CallerKind {
    /// The name used on every face.
    pub fn as_str(self) -> &'static str {
        match self {
            CallerKind::Agent => "agent",
            CallerKind::Workflow => "workflow",
            CallerKind::Person { .. } => "person",
        }
    }
}

/// Which of the two sets of tool names a caller is shown; both are always callable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NameSet {
    /// The names of the first seed.
    #[default]
    Canonical,
    /// The names of the second seed where a tool has one.
    Alias,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The key's or the person's id.
    pub id: CallerId,
    /// What the record and the approver see.
    pub name: String,
    /// Agent, workflow, or person with a role.
    #[serde(flatten)]
    pub kind: CallerKind,
    /// The person who made the key; none for people and for the built-in local agent.
    pub owner: Option<CallerId>,
    /// The one connection of a key; a person chooses per call.
    pub connection: Option<ConnectionId>,
    /// Canonical names of the tools a key is narrowed to; none means all.
    pub tools: Option<Vec<String>>,
    /// Ids of the customers a key is narrowed to; none means all.
    pub customers: Option<Vec<i64>>,
    /// Whether changes and runs answer with their plan and stop.
    pub plan_only: bool,
    /// Which names it is shown.
    pub names: NameSet,
    /// How many requests a minute a key may make; none means the gateway's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u32>,
}

impl Caller {
    /// A signed-in person.
    pub fn person(id: CallerId, name: impl Into<String>, role: Role) -> Self {
        Self {
            id,
            name: name.into(),
            kind: CallerKind::Person { role },
            owner: None,
            connection: None,
            tools: None,
            customers: None,
            plan_only: false,
            names: NameSet::Canonical,
            requests_per_minute: None,
        }
    }

    /// The role, where the caller is a person.
    pub fn role(&self) -> Option<Role> {
        match self.kind {
            CallerKind::Person { role } => Some(role),
            CallerKind::Agent | CallerKind::Workflow => None,
        }
    }

    /// Whether the caller is a person.
    pub fn is_person(&self) -> bool {
        self.role().is_some()
    }

    /// Whether the caller is a person with at least this role.
    pub fn has_role(&self, role: Role) -> bool {
        self.role().is_some_and(|own| own >= role)
    }

    /// Whether the caller's own standing lets it ask for a tool of this name and effect. Policy comes on top.
    pub fn may_ask(&self, canonical_tool: &str, effect: Effect) -> bool {
        let in_key = self.tools.as_ref().is_none_or(|tools| tools.iter().any(|t| t == canonical_tool));
        // Raw paths reach past any customer, so a key that is narrowed to customers is not offered them.
        let raw_ok = self.customers.is_none() || !canonical_tool.starts_with("n_central-api-");
        let role_ok = match self.role() {
            Some(Role::Viewer) => effect == Effect::Read,
            Some(Role::Approver | Role::Admin) | None => true,
        };
        in_key && raw_ok && role_ok
    }
}

/// From where and through what a request came; part of the record, never of a decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// `mcp`, `rest`, `dashboard`, `cli`.
    pub face: String,
    /// The peer's address, where there is one.
    pub address: Option<IpAddr>,
    /// What the client calls itself: MCP client name and version, or the user agent.
    pub client: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Caller {
        Caller { kind: CallerKind::Agent, ..Caller::person(CallerId::new("k1"), "triage", Role::Viewer) }
    }

    #[test]
    fn a_viewer_only_reads() {
        let viewer = Caller::person(CallerId::new("p"), "Vi", Role::Viewer);
        assert!(viewer.may_ask("n_central-list-devices", Effect::Read));
        assert!(!viewer.may_ask("n_central-get-registration-token", Effect::SensitiveRead));
        assert!(!viewer.may_ask("n_central-run-direct-task", Effect::Run));
    }

    #[test]
    fn a_key_is_narrowed_to_its_tools_and_loses_raw_calls_with_customers() {
        let narrowed = Caller { tools: Some(vec!["n_central-list-devices".into()]), ..key() };
        assert!(narrowed.may_ask("n_central-list-devices", Effect::Read));
        assert!(!narrowed.may_ask("n_central-list-sites", Effect::Read));
        let one_customer = Caller { customers: Some(vec![214]), ..key() };
        assert!(!one_customer.may_ask("n_central-api-get", Effect::Read));
        assert!(one_customer.may_ask("n_central-run-direct-task", Effect::Run));
    }

    #[test]
    fn a_key_has_no_role_whatever_it_is_called() {
        assert!(!key().has_role(Role::Viewer));
    }
}
