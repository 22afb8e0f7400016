//! The front page: what waits, what runs, whether the connected servers are well.

use super::page::Page;
use super::{Answer, Web, html};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use gate::{ApprovalView, Cursor};
use model::{ApprovalState, Connection};

/// How many of the waiting approvals the front page shows.
const SHOWN: u32 = 5;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/", get(show)).route("/parts/head", get(head))
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    page: Page,
    approvals: Vec<ApprovalView>,
    connections: Vec<Connection>,
}

async fn show(State(web): State<Web>, page: Page) -> Answer {
    let cursor = Cursor { cursor: None, limit: Some(SHOWN) };
    let approvals = web
        .gate
        .approvals(
            &page.who,
            gate::ApprovalFilter { state: Some(ApprovalState::Pending), page: cursor, ..Default::default() },
        )
        .await?
        .items;
    let connections = web.gate.connections(&page.who).await?;
    Ok(html::show(&Overview { page, approvals, connections }))
}

/// What the head of every page shows and changes: how much waits, what is stopped.
#[derive(Template)]
#[template(path = "parts/head.html")]
struct Head {
    page: Page,
}

async fn head(page: Page) -> Answer {
    Ok(html::show(&Head { page }))
}
