//! All webhooks, with how they fare and what waits for them.

use super::{Answer, Page, Web, html, place, state};
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use gate::{WebhookState, WebhookView};
use serde::Deserialize;

/// The most webhooks on a page.
const ROWS: usize = 50;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/webhooks", get(show))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    /// How many come before the first that is shown.
    from: usize,
}

#[derive(Template)]
#[template(path = "webhooks/list.html")]
struct List {
    page: Page,
    hooks: Vec<WebhookView>,
    here: String,
    more: Option<String>,
}

async fn show(State(web): State<Web>, page: Page, Query(Wanted { from }): Query<Wanted>) -> Answer {
    let all = web.gate.webhooks(&page.who).await?;
    let next = from.saturating_add(ROWS);
    let at = |from: usize| match from {
        0 => "/webhooks".to_owned(),
        from => format!("/webhooks?from={from}"),
    };
    let more = (next < all.len()).then(|| at(next));
    let hooks = all.into_iter().skip(from).take(ROWS).collect();
    Ok(html::show(&List { page, hooks, here: at(from), more }))
}
