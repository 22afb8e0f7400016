//! The list of keys: those that are let in first, the others behind a tab.

use super::{Answer, Page, Web, html};
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use gate::KeyView;
use serde::Deserialize;

/// How many keys a page has.
const ROWS: usize = 50;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/callers", get(show))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    state: String,
    search: String,
    /// How many rows came before.
    after: usize,
}

#[derive(Template)]
#[template(path = "callers/list.html")]
struct List {
    page: Page,
    keys: Vec<KeyView>,
    active: usize,
    ended: usize,
    shows_ended: bool,
    search: String,
    here: String,
    more: Option<String>,
}

async fn show(State(web): State<Web>, page: Page, Query(wanted): Query<Wanted>) -> Answer {
    let mut keys = web.gate.keys(&page.who).await?;
    let active = keys.iter().filter(|key| key.active).count();
    let ended = keys.len() - active;
    let shows_ended = wanted.state == "ended";
    let search = wanted.search.trim().to_owned();
    keys.retain(|key| key.active != shows_ended && fits(key, &search.to_lowercase()));
    // The newest first, as everywhere.
    keys.reverse();
    let rest = keys.len().saturating_sub(wanted.after);
    let keys = keys.into_iter().skip(wanted.after).take(ROWS).collect();
    let address = |after: usize| {
        let after = if after == 0 { String::new() } else { after.to_string() };
        html::address("/callers", &[("state", &wanted.state), ("search", &search), ("after", &after)])
    };
    let (here, more) = (address(wanted.after), (rest > ROWS).then(|| address(wanted.after + ROWS)));
    Ok(html::show(&List { page, keys, active, ended, shows_ended, search, here, more }))
}

/// Whether a key has these words in what is shown of it.
fn fits(key: &KeyView, search: &str) -> bool {
    let shown =
        [&key.name, key.id.as_str(), &key.connection, key.owner.as_deref().unwrap_or_default(), &key.notes];
    search.is_empty() || shown.iter().any(|text| text.to_lowercase().contains(search))
}
