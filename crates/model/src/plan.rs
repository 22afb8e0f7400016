//! The plan: a call frozen before it may run. What a person approves is this value, by its digest, and running
//! it sends exactly its writes. The member names are fixed by product.md, *The gate* 2.

use crate::canonical;
use crate::effect::Effect;
use crate::id::{CallerId, ConnectionId};
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// The version of the plan's form.
pub const VERSION: u32 = 1;

/// What a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// A managed device.
    Device,
    /// A service organisation.
    ServiceOrg,
    /// A customer.
    Customer,
    /// A site of a customer.
    Site,
    /// A unit whose level does not matter to the call.
    OrgUnit,
}

/// An id in the JSON type the contract gives it: devices have numbers, units have text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TargetId {
    /// A number, as devices have.
    Number(i64),
    /// Text, as units have in their own objects.
    Text(String),
}

impl fmt::Display for TargetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TargetId::Number(n) => write!(f, "{n}"),
            TargetId::Text(t) => f.write_str(t),
        }
    }
}

/// One thing that the call acts on, as it was when the plan was made. Before the first write every member is
/// compared with N-central again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// Device or unit.
    pub kind: TargetKind,
    /// Its id.
    pub id: TargetId,
    /// Its name.
    pub name: String,
    /// The unit that holds it.
    pub org_unit_id: Option<i64>,
    /// The customer it belongs to.
    pub customer_id: Option<i64>,
    /// The site it belongs to, where there is one.
    pub site_id: Option<i64>,
    /// The device class, empty or none when unknown.
    pub class: Option<String>,
}

impl Target {
    /// Whether approving a run on it takes typing its name: servers, and whatever could be one.
    pub fn counts_as_server(&self) -> bool {
        if self.kind != TargetKind::Device {
            return false;
        }
        let class = self.class.as_deref().unwrap_or("").to_lowercase();
        class.is_empty() || class == "unknown" || class.contains("server")
    }
}

/// One request that changes something, exactly as it will be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Write {
    /// The contract's operation id; empty for none.
    pub operation: String,
    /// Upper-case HTTP method.
    pub method: String,
    /// The path, with its ids filled in.
    pub path: String,
    /// Query parameters by wire name.
    pub query: BTreeMap<String, String>,
    /// The JSON body, with secrets as placeholders.
    pub body: Option<Value>,
}

/// A call, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// [`VERSION`].
    pub v: u32,
    /// The connection it runs on.
    pub connection_id: ConnectionId,
    /// The server that connection named when the plan was made.
    pub server_url: String,
    /// Who asked.
    pub caller_id: CallerId,
    /// Canonical tool name.
    pub tool: String,
    /// What the call does.
    pub effect: Effect,
    /// The arguments, names resolved and secrets replaced.
    pub arguments: Value,
    /// What it acts on.
    pub targets: Vec<Target>,
    /// What will be sent, in order. Empty for a look-up.
    pub writes: Vec<Write>,
    /// When it shall run; none for as soon as it may.
    pub run_at: Option<Timestamp>,
    /// The version of the connection's policies under which it was made.
    pub policy_version: u64,
}

impl Plan {
    /// Lower-case hex SHA-256 of the plan's RFC 8785 form.
    pub fn digest(&self) -> String {
        canonical::digest(self)
    }

    /// What two calls share when the second is the first one asked again: connection, caller, tool, arguments,
    /// targets. Policy version and server address may have moved on in between.
    pub fn fingerprint(&self) -> String {
        canonical::digest(&(
            &self.connection_id,
            &self.caller_id,
            &self.tool,
            &self.arguments,
            &self.targets.iter().map(|target| (&target.kind, &target.id)).collect::<Vec<_>>(),
        ))
    }

    /// What the approver has to type: nothing, the one server's name (without blanks around it), or how many servers.
    pub fn confirmation(&self) -> Option<String> {
        if self.effect != Effect::Run {
            return None;
        }
        let servers: Vec<&Target> = self.targets.iter().filter(|t| t.counts_as_server()).collect();
        match servers.as_slice() {
            [] => None,
            // Whoever types has no blanks at the ends, and has to type something.
            [only] if only.name.trim().is_empty() => Some("1 server".to_owned()),
            [only] => Some(only.name.trim().to_owned()),
            several => Some(format!("{} servers", several.len())),
        }
    }

    /// What differs between the targets of the plan and the same targets read again, in words; none if nothing.
    pub fn drift(&self, now: &[Target]) -> Option<String> {
        for planned in &self.targets {
            let Some(current) = now.iter().find(|t| t.kind == planned.kind && t.id == planned.id) else {
                return Some(format!("{} ({}) is not there any more", planned.name, planned.id));
            };
            let moved = [
                ("name", planned.name != current.name),
                ("unit", planned.org_unit_id != current.org_unit_id),
                ("customer", planned.customer_id != current.customer_id),
                ("site", planned.site_id != current.site_id),
                ("class", planned.class != current.class),
            ];
            if let Some((what, _)) = moved.into_iter().find(|(_, differs)| *differs) {
                return Some(format!(
                    "{} ({}) has another {what} than when the call was planned",
                    planned.name, planned.id
                ));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn device(id: i64, name: &str, class: Option<&str>) -> Target {
        Target {
            kind: TargetKind::Device,
            id: TargetId::Number(id),
            name: name.into(),
            org_unit_id: Some(389),
            customer_id: Some(214),
            site_id: Some(389),
            class: class.map(Into::into),
        }
    }

    fn plan(targets: Vec<Target>) -> Plan {
        Plan {
            v: VERSION,
            connection_id: ConnectionId::new("c"),
            server_url: "https://ncentral.example.com".into(),
            caller_id: CallerId::new("k"),
            tool: "n_central-run-direct-task".into(),
            effect: Effect::Run,
            arguments: json!({"item_id": 2014}),
            targets,
            writes: vec![],
            run_at: None,
            policy_version: 1,
        }
    }

    #[test]
    fn every_member_counts_in_the_digest() {
        let base = plan(vec![device(1, "A", None)]);
        let mut seen = vec![base.digest()];
        for change in [
            |p: &mut Plan| p.server_url.push('x'),
            |p: &mut Plan| p.arguments = json!({"item_id": 2015}),
            |p: &mut Plan| p.targets[0].site_id = None,
            |p: &mut Plan| p.policy_version = 2,
            |p: &mut Plan| p.run_at = Some(Timestamp::UNIX_EPOCH),
        ] {
            let mut other = base.clone();
            change(&mut other);
            seen.push(other.digest());
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }

    #[test]
    fn servers_and_whatever_could_be_one_are_typed_out() {
        let workstation = device(1, "WS01", Some("Workstations - Windows"));
        let server = device(2, "FS01", Some("Servers - Windows"));
        let unknown = device(3, "X", None);
        assert_eq!(plan(vec![workstation.clone()]).confirmation(), None);
        assert_eq!(plan(vec![workstation, server.clone()]).confirmation(), Some("FS01".into()));
        assert_eq!(plan(vec![server, unknown]).confirmation(), Some("2 servers".into()));
        let named = |name| plan(vec![device(2, name, Some("Servers - Windows"))]).confirmation();
        assert_eq!((named(" FS 01 "), named("  ")), (Some("FS 01".into()), Some("1 server".into())));
    }

    #[test]
    fn a_target_that_moved_is_named() {
        let planned = plan(vec![device(1, "A", None)]);
        assert_eq!(planned.drift(&planned.targets), None);
        let mut moved = planned.targets.clone();
        moved[0].customer_id = Some(7);
        assert!(planned.drift(&moved).unwrap().contains("another customer"));
        assert!(planned.drift(&[]).unwrap().contains("not there"));
    }
}
