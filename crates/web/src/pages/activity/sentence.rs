//! An entry of the record as a sentence: who did what to which. The entry itself has everything; this is what a reader
//! needs to decide whether to look at it.

use super::html::{self, Html};
use gate::AuditView;
use model::Outcome;
use serde_json::Value;
use std::collections::BTreeMap;

/// What ids in entries are called.
#[derive(Default)]
pub(super) struct Names {
    pub(super) connections: BTreeMap<String, String>,
    /// Keys and people: what the gateway writes while it runs a call has their id alone.
    pub(super) callers: BTreeMap<String, String>,
}

/// One sentence: the parts stand in this order, `what` leads to the entry.
pub(super) struct Sentence {
    pub(super) who: String,
    pub(super) did: &'static str,
    pub(super) what: String,
    pub(super) rest: String,
    pub(super) badge: Option<Html>,
    pub(super) connection: String,
}

/// What the gateway does by itself.
const ITSELF: &str = "ncgate";

impl Sentence {
    pub(super) fn of(entry: &AuditView, names: &Names) -> Self {
        let body = &entry.body;
        let text = |member: &str| body[member].as_str().unwrap_or_default().to_owned();
        let connection = names.connections.get(&text("connection")).cloned().unwrap_or_default();
        let person = || {
            Some(text("person_name")).filter(|name| !name.is_empty()).unwrap_or_else(|| "an account".into())
        };
        let (did, what, rest) = match entry.event.as_str() {
            "call.read" if body["outcome"] == "failed" => ("failed to call", tool(body), problem(body)),
            "call.read" => ("called", tool(body), String::new()),
            "call.refused" => ("was refused", tool(body), problem(body)),
            "call.planned" => ("looked at a plan:", summary(body), String::new()),
            "call.held" => ("asks for", summary(body), reason(body, "reason")),
            "call.queued" => ("may do, by policy,", summary(body), String::new()),
            "call.finished" => ("had run:", tool(body), problem(body)),
            "call.not_run" => ("did not get", tool(body), problem(body)),
            "write.intent" => ("is about to have sent:", operation(body), format!("for {}", tool(body))),
            "write.settled" => ("got an answer to a request of", tool(body), state(body)),
            "write.late" => ("got a late answer to a request of", tool(body), state(body)),
            "write.read_back" => ("had read back what came of", tool(body), state(body)),
            "write.settled_by_person" => ("settled by hand a request of", tool(body), state(body)),
            "approval.approved" => ("approved", tool(body), reason(body, "decision_reason")),
            "approval.denied" => ("denied", tool(body), reason(body, "decision_reason")),
            "approval.withdrawn" => ("took back", tool(body), String::new()),
            "approval.expired" => ("let expire, because nobody decided in time,", tool(body), String::new()),
            "approval.decision_refused" => ("was not let decide on", "an approval".into(), problem(body)),
            "connection.created" => ("connected", text("name"), text("url")),
            "connection.reconnected" => ("reconnected", text("name"), text("url")),
            "connection.disconnected" => ("disconnected", text("name"), text("url")),
            "connection.renamed" => ("renamed", text("from"), format!("now {}", text("to"))),
            "connection.changed" => ("changed the settings of", connection.clone(), String::new()),
            "connection.removed" => ("removed the connection", text("name"), text("url")),
            "connection.health_changed" => (
                "found another state of",
                text("name"),
                format!("{} → {}", text("previous_state"), text("state")),
            ),
            "policy.changed" => ("changed policies of", connection.clone(), changes(body)),
            "script.added" => ("put on the script list", named(body, "script"), String::new()),
            "script.changed" => ("changed the script", named(body, "script"), String::new()),
            "script.removed" => ("took off the script list", named(body, "script"), String::new()),
            "stop.pressed" => ("pressed stop for", scope(&connection), reason(body, "reason")),
            "stop.released" => ("resumed", scope(&connection), reason(body, "reason")),
            "key.created" => ("made the key", named(body, "key"), String::new()),
            "key.changed" => ("changed the key", named(body, "key"), String::new()),
            "key.revoked" => ("revoked the key", named(body, "key"), String::new()),
            "person.added" => ("made an account for", person(), String::new()),
            "person.disabled" => ("closed the account of", person(), String::new()),
            "person.enabled" => ("opened the account of", person(), String::new()),
            "person.role_changed" => (
                "changed the role of",
                person(),
                format!("{} → {}", html::plain(&body["role"]["from"]), html::plain(&body["role"]["to"])),
            ),
            "person.password_changed" => ("changed the password of", person(), String::new()),
            "session.created" => ("signed in", through(body), from(body)),
            "session.ended" if !text("person_name").is_empty() => {
                ("ended sessions of", person(), String::new())
            }
            "session.ended" => ("signed out", through(body), from(body)),
            "session.refused" => ("failed to sign in", through(body), from(body)),
            "proof.refused" => ("gave a wrong password", through(body), from(body)),
            "webhook.created" => ("made the webhook", text("name"), String::new()),
            "webhook.changed" => ("changed the webhook", text("name"), String::new()),
            "webhook.removed" => ("removed the webhook", text("name"), String::new()),
            "webhook.enabled" => ("switched on the webhook", text("name"), String::new()),
            "webhook.disabled" => ("switched off the webhook", text("name"), reason(body, "reason")),
            "webhook.tested" => ("tested the webhook", text("name"), String::new()),
            "webhook.secret_rotated" => ("made a new secret for the webhook", text("name"), String::new()),
            "webhook.redelivered" => ("had sent again a message of the webhook", text("name"), String::new()),
            "webhook.delivery_failed" => ("could not deliver to the webhook", text("name"), String::new()),
            "calls.forgotten" => {
                ("forgot old calls:", html::plain(&body["calls"]), "The record of them stays.".into())
            }
            "master_key.changed" => ("changed", "the master key".into(), String::new()),
            "state.restored" => ("was restored from", "a backup".into(), String::new()),
            other => ("recorded", other.replace(['.', '_'], " "), String::new()),
        };
        // What the sentence names already is not named again.
        let targets = if summary_names(&what, body) { String::new() } else { targets(body) };
        let rest =
            [targets, rest].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        let what = if what.is_empty() { entry.event.clone() } else { what };
        Self { who: who(entry, names), did, what, rest, badge: badge(entry), connection }
    }
}

fn who(entry: &AuditView, names: &Names) -> String {
    let called = |id| names.callers.get(id).map_or(id, String::as_str);
    let name = entry.body["caller_name"].as_str().or_else(|| entry.body["caller"].as_str().map(called));
    match (name, entry.event.as_str()) {
        (Some(name), _) => name.to_owned(),
        (None, "session.refused") => "Somebody".to_owned(),
        (None, _) => ITSELF.to_owned(),
    }
}

/// The tool's title, or the name that was asked for.
fn tool(body: &Value) -> String {
    let name = body["tool"].as_str().unwrap_or_default();
    gate::TOOLS.iter().find(|tool| tool.record.name == name).map_or(name, |tool| tool.record.title).to_owned()
}

fn summary(body: &Value) -> String {
    body["summary"].as_str().filter(|text| !text.is_empty()).map_or_else(|| tool(body), str::to_owned)
}

fn problem(body: &Value) -> String {
    body["problem"]["message"].as_str().map(html::sentence).unwrap_or_default()
}

fn reason(body: &Value, member: &str) -> String {
    body[member].as_str().map(|reason| format!("“{reason}”")).unwrap_or_default()
}

fn operation(body: &Value) -> String {
    ["method", "path"].map(|member| body[member].as_str().unwrap_or_default()).join(" ")
}

fn state(body: &Value) -> String {
    let error = body["error"].as_str().map(html::sentence);
    error.or_else(|| body["state"].as_str().map(str::to_owned)).unwrap_or_default()
}

fn named(body: &Value, member: &str) -> String {
    body[member]["name"].as_str().or_else(|| body[member].as_str()).unwrap_or_default().to_owned()
}

fn scope(connection: &str) -> String {
    if connection.is_empty() { "everything".to_owned() } else { connection.to_owned() }
}

/// Where a person signs in, or proves who it is.
fn through(body: &Value) -> String {
    match body["source"]["face"].as_str() {
        Some("dashboard") => "on the dashboard".to_owned(),
        Some("cli") => "on the command line".to_owned(),
        Some("rest") => "over REST".to_owned(),
        Some(face) => format!("over {face}"),
        None => "to this gateway".to_owned(),
    }
}

fn from(body: &Value) -> String {
    body["source"]["address"].as_str().map(|address| format!("from {address}")).unwrap_or_default()
}

/// Which tools got which policy: a few of them.
fn changes(body: &Value) -> String {
    let Some(changes) = body["changes"].as_object() else { return String::new() };
    let told = changes.iter().take(3).map(|(tool, change)| {
        let to = if change["to"].is_null() { change } else { &change["to"] };
        format!("{tool} → {}", html::plain(to))
    });
    more(told.collect(), changes.len())
}

/// Whether what was said names the first of the targets.
fn summary_names(said: &str, body: &Value) -> bool {
    body["targets"][0]["name"].as_str().is_some_and(|name| said.contains(name))
}

/// What it acts on: a few of them.
fn targets(body: &Value) -> String {
    let Some(targets) = body["targets"].as_array() else { return String::new() };
    let names = targets.iter().filter_map(|target| target["name"].as_str()).take(3).map(str::to_owned);
    more(names.collect(), targets.len())
}

fn more(shown: Vec<String>, all: usize) -> String {
    let rest = all - shown.len();
    let shown = shown.join(", ");
    if rest > 0 { format!("{shown} and {rest} more") } else { shown }
}

/// How it went, in a word.
fn badge(entry: &AuditView) -> Option<Html> {
    let outcome = entry.body["outcome"].as_str().and_then(|word| word.parse::<Outcome>().ok());
    if let Some(outcome) = outcome {
        return Some(html::outcome(outcome));
    }
    let (tone, word) = match entry.event.as_str() {
        "call.refused" | "approval.decision_refused" | "session.refused" | "proof.refused" => {
            ("red", "refused")
        }
        "call.not_run" => ("quiet", "not run"),
        "call.planned" => ("quiet", "plan only"),
        "call.held" => ("amber", "held"),
        "call.queued" => ("blue", "queued"),
        "approval.approved" => ("green", "approved"),
        "approval.denied" => ("red", "denied"),
        "approval.withdrawn" => ("quiet", "withdrawn"),
        "approval.expired" => ("quiet", "expired"),
        "stop.pressed" => ("red", "stopped"),
        "webhook.delivery_failed" => ("red", "failed"),
        _ => return None,
    };
    Some(html::badge(tone, word))
}

/// The kinds of entries, for whoever looks for one.
pub(super) const EVENTS: [&str; 54] = [
    "call.read",
    "call.refused",
    "call.planned",
    "call.held",
    "call.queued",
    "call.finished",
    "call.not_run",
    "approval.approved",
    "approval.denied",
    "approval.withdrawn",
    "approval.expired",
    "approval.decision_refused",
    "write.intent",
    "write.settled",
    "write.late",
    "write.read_back",
    "write.settled_by_person",
    "connection.created",
    "connection.reconnected",
    "connection.disconnected",
    "connection.renamed",
    "connection.changed",
    "connection.removed",
    "connection.health_changed",
    "policy.changed",
    "script.added",
    "script.changed",
    "script.removed",
    "stop.pressed",
    "stop.released",
    "key.created",
    "key.changed",
    "key.revoked",
    "person.added",
    "person.disabled",
    "person.enabled",
    "person.role_changed",
    "person.password_changed",
    "session.created",
    "session.ended",
    "session.refused",
    "proof.refused",
    "webhook.created",
    "webhook.changed",
    "webhook.removed",
    "webhook.enabled",
    "webhook.tested",
    "webhook.secret_rotated",
    "webhook.redelivered",
    "webhook.delivery_failed",
    "calls.forgotten",
    "master_key.changed",
    "state.restored",
    "webhook.disabled",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(event: &str, body: Value) -> AuditView {
        let time = model::time::from_millis(0);
        AuditView { chain: "c1".into(), seq: 1, time, event: event.into(), hash: String::new(), body }
    }

    fn read(event: &str, body: Value) -> String {
        let named = |id: &str, name: &str| BTreeMap::from([(id.to_owned(), name.to_owned())]);
        let names = Names { connections: named("c1", "main"), callers: named("k1", "triage") };
        let said = Sentence::of(&entry(event, body), &names);
        format!(
            "{} {} {} ({}) [{}]",
            said.who,
            said.did,
            said.what,
            said.rest,
            said.badge.map(|badge| badge.to_string()).unwrap_or_default()
        )
    }

    #[test]
    fn an_entry_reads_as_who_did_what_to_which() {
        let targets: Vec<Value> = ["WS01", "WS02", "WS03", "WS04"].map(|name| json!({ "name": name })).into();
        let held = json!({"caller_name": "triage", "summary": "Run Disk Cleanup on 4 devices", "targets": targets, "reason": "full"});
        assert_eq!(
            read("call.held", held),
            "triage asks for Run Disk Cleanup on 4 devices (WS01, WS02, WS03 and 1 more · “full”) [<span class=\"badge amber\">held</span>]"
        );
        let named = json!({"caller_name": "triage", "summary": "Run Disk Cleanup on WS01", "targets": [{"name": "WS01"}]});
        assert!(read("call.held", named).starts_with("triage asks for Run Disk Cleanup on WS01 () "));
        let signed_in = json!({"caller_name": "dana", "source": {"face": "cli", "address": "192.0.2.7"}});
        assert_eq!(
            read("session.created", signed_in),
            "dana signed in on the command line (from 192.0.2.7) []"
        );
        let intent =
            json!({"caller": "k1", "method": "POST", "path": "/api/x", "tool": "n_central-api-post"});
        assert!(read("write.intent", intent).starts_with("triage is about to have sent: POST /api/x "));
        let read_failed = json!({"caller_name": "triage", "tool": "n_central-list-devices", "outcome": "failed", "problem": {"message": "no answer"}});
        let said = read("call.read", read_failed);
        assert!(
            said.starts_with("triage failed to call ")
                && said.contains("(No answer.) [<span class=\"badge red\">failed"),
            "{said}"
        );
        for event in EVENTS {
            assert!(!read(event, json!({"caller_name": "dana"})).contains(" recorded "), "{event}");
        }
        assert!(
            read("stop.pressed", json!({"caller_name": "dana"}))
                .starts_with("dana pressed stop for everything")
        );
        assert!(
            read("stop.pressed", json!({"caller_name": "dana", "connection": "c1"}))
                .contains("stop for main")
        );
    }

    #[test]
    fn what_is_not_known_or_not_whole_still_reads() {
        assert_eq!(read("house.painted", json!({})), "ncgate recorded house painted () []");
        assert_eq!(
            read("session.refused", json!({})),
            "Somebody failed to sign in to this gateway () [<span class=\"badge red\">refused</span>]"
        );
        for event in EVENTS {
            let said = read(event, json!(["not", "an", "object"]));
            assert!(!said.contains(" recorded "), "{event} has a sentence: {said}");
        }
    }
}
