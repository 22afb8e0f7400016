//! The list of one connection, chosen by a tab where there are several.

use super::seen::{self, Seen};
use super::{Answer, Page, Web, address, html};
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use model::{Kind, Problem, Script};
use serde::Deserialize;

/// The most scripts on a page.
const ROWS: usize = 50;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/scripts", get(show))
}

/// What the address says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    connection: String,
    /// Part of a name or a description.
    search: String,
    /// How many scripts of the list come before the first that is shown.
    from: usize,
    /// The customer in whose tasks items are looked for.
    customer: String,
}

/// One tab: a connection.
struct Tab {
    name: String,
    address: String,
    is_here: bool,
}

#[derive(Template)]
#[template(path = "scripts/list.html")]
struct List {
    page: Page,
    tabs: Vec<Tab>,
    connection: String,
    total: usize,
    scripts: Vec<Script>,
    wanted: Wanted,
    here: String,
    more: Option<String>,
    seen: Option<Result<Seen, Problem>>,
}

impl List {
    fn new_address(&self) -> String {
        address("/scripts/new", &self.connection)
    }

    fn one_address(&self, script: &Script) -> String {
        address(&format!("/scripts/{}", html::encoded(&script.id)), &self.connection)
    }

    /// Where an item that was found is put on the list, with what is known of it filled in.
    fn add_address(&self, item: &seen::Item) -> String {
        let id = item.item_id.to_string();
        html::address(
            "/scripts/new",
            &[
                ("connection", &self.connection),
                ("item_id", &id),
                ("task_type", &item.task_type),
                ("name", &item.task_name),
            ],
        )
    }
}

async fn show(State(web): State<Web>, page: Page, Query(wanted): Query<Wanted>) -> Answer {
    let connections = web.gate.connections(&page.who).await?;
    let chosen = match wanted.connection.trim() {
        "" => connections.first(),
        name => Some(
            connections
                .iter()
                .find(|connection| {
                    connection.name.eq_ignore_ascii_case(name) || connection.id.as_str() == name
                })
                .ok_or_else(|| {
                    Problem::new(Kind::NotFound, format!("there is no connection `{name}`"))
                        .hint("go on from Integrations, which lists them")
                })?,
        ),
    };
    let connection = chosen.map(|connection| connection.name.clone()).unwrap_or_default();
    let mut scripts = match chosen {
        Some(chosen) => web.gate.scripts(&page.who, chosen.id.as_str()).await?,
        None => Vec::new(),
    };
    let total = scripts.len();
    let wish = wanted.search.trim().to_lowercase();
    let fits = |text: &str| text.to_lowercase().contains(&wish);
    scripts.retain(|script| {
        fits(&script.name) || fits(&script.description) || script.item_id.to_string() == wish
    });
    let next = wanted.from.saturating_add(ROWS);
    let at = |from: usize| {
        let from = if from == 0 { String::new() } else { from.to_string() };
        html::address(
            "/scripts",
            &[("connection", &connection), ("search", wanted.search.trim()), ("from", &from)],
        )
    };
    let more = (next < scripts.len()).then(|| at(next));
    let here = at(wanted.from);
    let scripts = scripts.into_iter().skip(wanted.from).take(ROWS).collect();
    let seen = match (chosen, wanted.customer.trim()) {
        (None, _) | (_, "") => None,
        (Some(chosen), customer) => Some(seen::look(&web, &page.who, chosen, customer).await),
    };
    let tabs = connections.iter().map(|other| Tab {
        name: other.name.clone(),
        address: address("/scripts", &other.name),
        is_here: other.name == connection,
    });
    let tabs = tabs.collect();
    Ok(html::show(&List { page, tabs, connection, total, scripts, wanted, here, more, seen }))
}
