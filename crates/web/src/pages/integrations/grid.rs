//! The grid of cards. There is one integration so far, and its card lists every connection with what it needs.

use super::{Answer, Page, Web, given, html, place};
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use gate::Finding;
use model::{Connection, ConnectionState};
use serde::Deserialize;

/// What the search looks through.
const WORDS: &str = "n-able n-central ncentral rmm remote monitoring and management devices patch";

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/integrations", get(show))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    search: String,
}

/// One connection on the card.
struct Entry {
    connection: Connection,
    place: String,
    /// A warning that its password ends soon.
    ends: Option<Finding>,
}

#[derive(Template)]
#[template(path = "integrations/grid.html")]
struct Grid {
    page: Page,
    search: String,
    is_found: bool,
    entries: Vec<Entry>,
}

async fn show(State(web): State<Web>, page: Page, Query(wanted): Query<Wanted>) -> Answer {
    let mut entries = Vec::new();
    for connection in web.gate.connections(&page.who).await? {
        let ends = web.gate.time_left(&page.who, connection.id.as_str()).await?;
        let ends = ends.filter(|finding| finding.status != "ok");
        entries.push(Entry { place: place(&connection), connection, ends });
    }
    let names = entries.iter().map(|entry| entry.connection.name.to_lowercase());
    let is_found = given(&wanted.search).is_none_or(|words| {
        let words = words.to_lowercase();
        WORDS.contains(&words) || names.into_iter().any(|name| name.contains(&words))
    });
    Ok(html::show(&Grid { page, search: wanted.search, is_found, entries }))
}
