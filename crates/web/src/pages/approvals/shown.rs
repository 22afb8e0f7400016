//! What an approval acts on, in the form in which the templates show it: the gate hands targets and arguments over as
//! JSON, because each tool has its own.

use crate::pages::html;
use crate::pages::tree::Tree;
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

/// The targets, each with what came of it: those that take care first, otherwise in the order of the plan.
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
    let mut shown: Vec<Target> = shown.collect();
    shown.sort_by_key(|target| (!target.is_server, !target.is_offline));
    shown
}

/// A list of targets in few words.
pub(in crate::pages) struct Fleet {
    pub(super) count: usize,
    servers: usize,
    offline: usize,
    pub(super) customers: String,
}

impl Fleet {
    /// How many of them take care; nothing where none does.
    pub(in crate::pages) fn marks(&self) -> html::Html {
        let servers = html::counted(self.servers, "server", "servers");
        let marks = [
            (self.servers, format!("<span class=\"badge red\">{servers}</span>")),
            (self.offline, format!("<span class=\"badge quiet\">{} offline</span>", self.offline)),
        ];
        let marks = marks.into_iter().filter(|(count, _)| *count > 0);
        html::Html::trusted(marks.map(|(_, mark)| mark).collect::<Vec<_>>().join(" "))
    }
}

/// How many there are, how many of them take care, whose they are.
pub(in crate::pages) fn fleet(targets: &[Value]) -> Fleet {
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

/// Every argument that was given, with its name.
pub(super) fn arguments(arguments: &Value) -> Vec<(String, Tree)> {
    let members = arguments.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    members.map(|(name, value)| (name.clone(), Tree::of(value))).collect()
}
