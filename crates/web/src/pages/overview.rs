//! The front page: what waits, what runs, whether the connected servers are well.

use super::approvals::{Fleet, fleet};
use super::chart::Chart;
use super::integrations::place;
use super::page::Page;
use super::{Answer, Web, html};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use gate::{ApprovalView, Cursor, Underway};
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
    approvals: Vec<(ApprovalView, Fleet)>,
    connections: Vec<(Connection, Option<Underway>)>,
    chart: Chart,
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
    let approvals =
        approvals.into_iter().map(|approval| (approval.clone(), fleet(&approval.targets))).collect();
    let overview = web.gate.overview(&page.who).await?;
    let chart = Chart::of(&overview);
    let underway = |connection: &Connection| {
        overview.underway.iter().find(|underway| underway.connection == connection.id).cloned()
    };
    let connections = web.gate.connections(&page.who).await?;
    let connections =
        connections.into_iter().map(|connection| (connection.clone(), underway(&connection))).collect();
    Ok(html::show(&Overview { page, approvals, connections, chart }))
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
