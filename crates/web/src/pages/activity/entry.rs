//! One entry: everything in it, what was sent to N-central, its place in the chain, and the way to its neighbours.

use super::list::names;
use super::sentence::Sentence;
use super::tree::Tree;
use super::{Answer, Page, Web, html};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use gate::AuditEntry;
use serde_json::Value;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/activity/{chain}/{seq}", get(show))
}

/// One request that went to N-central.
struct Sent {
    what: String,
    operation: String,
    status: String,
    attempt: String,
    ms: String,
}

#[derive(Template)]
#[template(path = "activity/entry.html")]
struct One {
    page: Page,
    found: AuditEntry,
    said: Sentence,
    facts: Tree,
    sent: Vec<Sent>,
    raw: String,
}

impl One {
    /// The call that it belongs to, and whether there is a page about that: look-ups and refusals have none.
    fn call(&self) -> Option<(&str, bool)> {
        let has_page =
            !["call.read", "call.refused", "call.planned"].contains(&self.found.entry.event.as_str());
        self.found.entry.body["call"].as_str().map(|id| (id, has_page))
    }

    fn approval(&self) -> Option<&str> {
        self.found.entry.body["approval"]
            .as_str()
            .filter(|_| self.found.entry.event != "approval.decision_refused")
    }

    fn place(&self, seq: u64) -> String {
        format!("/activity/{}/{seq}", html::encoded(&self.found.entry.chain))
    }

    fn previous(&self) -> Option<String> {
        (self.found.entry.seq > 1).then(|| self.place(self.found.entry.seq - 1))
    }

    fn next(&self) -> Option<String> {
        (self.found.entry.seq < self.found.last).then(|| self.place(self.found.entry.seq + 1))
    }

    /// The chain in words.
    fn chain(&self) -> &str {
        self.found.connection.as_deref().unwrap_or(&self.found.entry.chain)
    }
}

async fn show(State(web): State<Web>, page: Page, Path((chain, seq)): Path<(String, u64)>) -> Answer {
    let found = web.gate.audit_entry(&page.who, &chain, seq).await?;
    let said = Sentence::of(&found.entry, &names(&web, &page).await?);
    let body = &found.entry.body;
    let sent = body["requests"].as_array().into_iter().flatten().map(sent).collect();
    let facts = match body {
        Value::Object(members) => members.iter().filter(|(name, _)| *name != "requests"),
        _ => {
            return Ok(html::show(&One {
                facts: Tree::of(body),
                sent,
                raw: html::plain(body),
                page,
                said,
                found,
            }));
        }
    };
    let facts = Tree::of(&facts.map(|(name, value)| (name.clone(), value.clone())).collect());
    Ok(html::show(&One { facts, sent, raw: html::plain(body), page, said, found }))
}

fn sent(request: &Value) -> Sent {
    let text =
        |member: &str| if request[member].is_null() { String::new() } else { html::plain(&request[member]) };
    let status = Some(text("status")).filter(|status| !status.is_empty()).unwrap_or_else(|| text("error"));
    Sent {
        what: format!("{} {}", text("method"), text("path")),
        operation: text("operation"),
        status: if status.is_empty() { "no answer".to_owned() } else { status },
        attempt: text("attempt"),
        ms: text("ms"),
    }
}
