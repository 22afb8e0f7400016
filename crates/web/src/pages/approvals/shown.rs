//! What an approval acts on, in the form in which the templates show it: the gate hands targets and arguments over as
//! JSON, because each tool has its own.

use crate::pages::html;
use gate::TargetState;
use model::Timestamp;
use serde_json::Value;

/// One device or unit that is acted on.
pub(super) struct Target {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) class: String,
    /// Customer and site, as far as they are known.
    pub(super) place: String,
    pub(super) seen: Option<Timestamp>,
    pub(super) is_server: bool,
    pub(super) is_offline: bool,
    /// What is known of it once it runs.
    pub(super) state: Option<TargetState>,
}

/// The targets in the order of the plan, each with what came of it.
pub(super) fn targets(targets: &[Value], states: &[TargetState]) -> Vec<Target> {
    let text = |value: &Value| value.as_str().map(str::to_owned).unwrap_or_default();
    let shown = targets.iter().map(|target| {
        let place = [&target["customer_name"], &target["site_name"]].map(text);
        let id = html::plain(&target["id"]);
        Target {
            name: text(&target["name"]),
            class: text(&target["class"]),
            place: place.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" / "),
            seen: target["last_checkin"].as_str().and_then(|at| at.parse().ok()),
            is_server: target["server"] == true,
            is_offline: target["offline"] == true,
            state: states.iter().find(|state| state.id.to_string() == id).cloned(),
            id,
        }
    });
    shown.collect()
}

/// A list of targets in few words.
pub(super) struct Fleet {
    pub(super) count: usize,
    pub(super) servers: usize,
    pub(super) offline: usize,
    pub(super) customers: String,
}

/// How many there are, how many of them take care, whose they are.
pub(super) fn fleet(targets: &[Value]) -> Fleet {
    let marked = |member: &str| targets.iter().filter(|target| target[member] == true).count();
    let mut customers: Vec<&str> =
        targets.iter().filter_map(|target| target["customer_name"].as_str()).collect();
    customers.sort_unstable();
    customers.dedup();
    Fleet {
        count: targets.len(),
        servers: marked("server"),
        offline: marked("offline"),
        customers: customers.join(", "),
    }
}

/// One argument of the call.
pub(super) struct Argument {
    pub(super) name: String,
    pub(super) value: String,
    /// Whether it keeps its lines.
    pub(super) is_long: bool,
}

/// A value without the members that were left out.
fn given(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, value)| !value.is_null());
            kept.map(|(name, value)| (name.clone(), given(value))).collect()
        }
        Value::Array(items) => items.iter().map(given).collect(),
        other => other.clone(),
    }
}

/// Every argument, as it was given.
pub(super) fn arguments(arguments: &Value) -> Vec<Argument> {
    let members = arguments.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let shown = members.map(|(name, value)| {
        let value = html::plain(&given(value));
        Argument { name: name.clone(), is_long: value.contains('\n') || value.len() > 120, value }
    });
    shown.collect()
}
