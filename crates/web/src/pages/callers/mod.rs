//! Keys of agents and workflows: who has one and what it may do, making one, and the one page that shows its secret.

mod clients;
mod form;
mod list;
mod new;
mod one;

use super::page::Page;
use super::posted::Posted;
use super::refusal::{Refusal, status};
use super::{Answer, Web, html};
use axum::Router;
use gate::{KeyKind, KeyState, KeyView};

pub(super) fn routes() -> Router<Web> {
    list::routes().merge(new::routes()).merge(one::routes())
}

/// Whether a key is let in.
fn state(key: &KeyView) -> html::Html {
    match key.state {
        KeyState::Active => html::badge("green", "active"),
        KeyState::Revoked => html::badge("red", "revoked"),
        KeyState::Expired => html::badge("quiet", "expired"),
        KeyState::OwnerDisabled => html::badge("amber", "owner disabled"),
    }
}

/// Agent or workflow, as the record calls them.
fn kind(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Agent => "agent",
        KeyKind::Workflow => "workflow",
    }
}

/// What a key is narrowed to, in few words.
fn scope(key: &KeyView) -> String {
    let tools = key
        .tools
        .as_ref()
        .map_or_else(|| "all tools".to_owned(), |tools| html::counted(tools.len(), "tool", "tools"));
    let customers = key.customers.as_ref().map_or_else(
        || "all customers".to_owned(),
        |customers| html::counted(customers.len(), "customer", "customers"),
    );
    format!("{tools}, {customers}")
}

fn place(id: &str) -> String {
    format!("/callers/{}", html::encoded(id))
}
