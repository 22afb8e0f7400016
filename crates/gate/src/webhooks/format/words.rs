//! What a chat is told: a headline, the sentence that the approver reads, a few facts, and the link to the page. There
//! is nothing in a message to decide with; that takes a person who is signed in.

use super::Message;
use model::text::{clean, shorten};

/// How many targets are named.
const NAMED: usize = 10;

/// Longest sentence and longest fact, in characters; chats refuse messages that are much longer.
const SENTENCE: usize = 1500;
const FACT: usize = 600;

/// An event in words. None of the texts is marked up, and any of them may hold what a device or a person wrote.
pub(super) struct Words {
    pub(super) headline: String,
    pub(super) sentence: String,
    pub(super) facts: Vec<(&'static str, String)>,
    /// What the link says, and where it leads.
    pub(super) link: Option<(&'static str, String)>,
}

pub(super) fn say(message: &Message<'_>) -> Words {
    let text = |member: &str| message.text(member).unwrap_or_default();
    let mut facts = Vec::new();
    let mut fact = |label: &'static str, value: &str| {
        if !value.is_empty() {
            facts.push((label, shorten(&clean(value, false), FACT)));
        }
    };
    fact("Connection", text("connection"));
    fact("Asked by", text("caller"));
    fact("Why", text("reason"));
    fact("On", &targets(message));
    fact("Error", text("error"));
    fact("Reason", text("decision_reason"));
    if message.name == "approval.requested" {
        fact("Expires", text("expires_at"));
        fact("Runs at", text("run_at"));
    }
    let title = if message.name == "approval.requested" {
        "Look and decide in ncgate"
    } else {
        "Look at it in ncgate"
    };
    let sentence = match message.name {
        "connection.health_changed" => message.data["reason"]["message"].as_str().unwrap_or_default(),
        "webhook.test" => text("message"),
        _ => text("summary"),
    };
    Words {
        headline: shorten(&clean(&headline(message), false), 140),
        sentence: shorten(&clean(sentence, false), SENTENCE),
        facts,
        link: message.page().map(|page| (title, page)),
    }
}

fn headline(message: &Message<'_>) -> String {
    let text = |member: &str| message.text(member).unwrap_or_default();
    match message.name {
        "approval.requested" => "Approval needed".to_owned(),
        "approval.decided" if text("approval_state") == "approved" => {
            format!("Approved by {}", text("decided_by"))
        }
        "approval.decided" => format!("Denied by {}", text("decided_by")),
        "approval.expired" => "Expired: nobody decided in time".to_owned(),
        "approval.withdrawn" => format!("Withdrawn by {}", text("withdrawn_by")),
        "call.finished" => match text("outcome") {
            "done" => "Done: N-central accepted it".to_owned(),
            "failed" => "Failed: it did not happen".to_owned(),
            _ => "Outcome unknown: it may have happened".to_owned(),
        },
        "call.refused" => "Not run: nothing was sent".to_owned(),
        "connection.health_changed" => match text("state") {
            "connected" => "N-central is connected again".to_owned(),
            "reconnect" => "N-central refuses the JWT: reconnect".to_owned(),
            _ => "N-central can't be reached".to_owned(),
        },
        "webhook.test" => "Test from ncgate".to_owned(),
        other => other.to_owned(),
    }
}

fn targets(message: &Message<'_>) -> String {
    let names: Vec<&str> = message.data["targets"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|target| target["name"].as_str())
        .collect();
    let named = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
