//! What is the matter in the connected fleets, for the front page: the active issues by severity. It is read through
//! the gate like everything else, as the person who looks, so it takes its time and is on the record; therefore the
//! page comes first and this after it, and what was read is shown again for some minutes to everybody who looks.

use super::page::Page;
use super::{Answer, Web, html};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use gate::{Ask, Requester, Silent};
use model::{Connection, Problem};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// How long what was read is shown again.
const FRESH: Duration = Duration::from_secs(300);
/// The tool that reads it, and the most rows of it.
const TOOL: &str = "n_central-list-active-issues";
const ROWS: u32 = 1000;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/parts/issues", get(show))
}

/// What was read of each connection, by its id.
#[derive(Clone, Default)]
pub(crate) struct Issues(Arc<Mutex<BTreeMap<String, (Instant, Fleet)>>>);

impl Issues {
    fn fresh(&self, connection: &Connection) -> Option<Fleet> {
        let kept = self.0.lock().expect("no holder panics");
        kept.get(connection.id.as_str())
            .filter(|(at, _)| at.elapsed() < FRESH)
            .map(|(_, fleet)| fleet.clone())
    }

    fn keep(&self, connection: &Connection, fleet: &Fleet) {
        let mut kept = self.0.lock().expect("no holder panics");
        kept.retain(|_, (at, _)| at.elapsed() < FRESH);
        kept.insert(connection.id.to_string(), (Instant::now(), fleet.clone()));
    }
}

/// The issues of one connection.
#[derive(Clone)]
struct Fleet {
    connection: String,
    total: u64,
    /// How many of each state, worst first.
    states: Vec<(String, usize)>,
    note: Option<String>,
}

impl Fleet {
    /// Out of the tool's answer: one row an issue, worst first, its state in it.
    fn of(connection: &Connection, answer: &Value) -> Self {
        let mut states: Vec<(String, usize)> = Vec::new();
        for state in answer["rows"].as_array().into_iter().flatten().filter_map(|row| row[0].as_str()) {
            match states.iter_mut().find(|(known, _)| known == state) {
                Some((_, count)) => *count += 1,
                None => states.push((state.to_owned(), 1)),
            }
        }
        let note = answer["note"].as_str().map(str::to_owned);
        Self {
            connection: connection.name.clone(),
            total: answer["total"].as_u64().unwrap_or(0),
            states,
            note,
        }
    }
}

/// The colour for a state.
fn tone(state: &str) -> &'static str {
    match state {
        "failed" => "red",
        "warning" => "amber",
        "stale" | "disconnected" => "violet",
        _ => "quiet",
    }
}

#[derive(Template)]
#[template(path = "parts/issues.html")]
struct Shown {
    fleets: Vec<Result<Fleet, (String, Problem)>>,
}

async fn show(State(web): State<Web>, page: Page) -> Answer {
    let mut fleets = Vec::new();
    for connection in web.gate.connections(&page.who).await? {
        let read = match web.issues.fresh(&connection) {
            Some(fleet) => Ok(fleet),
            None => {
                read(&web, &page.who, &connection).await.map_err(|problem| (connection.name.clone(), problem))
            }
        };
        fleets.push(read);
    }
    Ok(html::show(&Shown { fleets }))
}

async fn read(web: &Web, who: &Requester, connection: &Connection) -> Result<Fleet, Problem> {
    let ask = Ask {
        requester: who.clone(),
        connection: Some(connection.id.to_string()),
        tool: TOOL.to_owned(),
        arguments: json!({"fields": ["state"], "sort_by": "state", "sort_order": "desc", "page_size": ROWS}),
        hold: Duration::ZERO,
        idempotency_key: None,
        progress: Arc::new(Silent),
    };
    let answer = web.gate.ask(ask).await?.body();
    let fleet = Fleet::of(connection, &answer);
    web.issues.keep(connection, &fleet);
    Ok(fleet)
}
