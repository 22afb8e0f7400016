//! The list, newest first. What is added while somebody reads is announced above it and moves nothing; the announcement
//! is a part of its own that asks how much came since.

use super::chains::Record;
use super::sentence::{EVENTS, Names, Sentence};
use super::wanted::{Slips, Wanted};
use super::{Answer, Page, Web, html};
use crate::pages::customers::{candidates, find};
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use gate::{AuditFilter, AuditView, Cursor};
use http::StatusCode;
use model::{Kind, Problem, time};
use serde::Deserialize;
use std::collections::BTreeMap;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/activity", get(show)).route("/activity/news", get(news))
}

struct Row {
    entry: AuditView,
    said: Sentence,
}

#[derive(Template)]
#[template(path = "activity/list.html")]
struct List {
    page: Page,
    wanted: Wanted,
    slips: Slips,
    problem: Option<Problem>,
    connections: Vec<String>,
    tools: Vec<(&'static str, Vec<&'static str>)>,
    /// Those of which one may be meant.
    customers: Vec<String>,
    rows: Vec<Row>,
    more: Option<String>,
    news: Option<News>,
    record: Record,
}

impl List {
    fn events(&self) -> &'static [&'static str] {
        &EVENTS
    }
}

async fn show(State(web): State<Web>, page: Page, Query(mut wanted): Query<Wanted>) -> Answer {
    let (filter, mut slips) = wanted.filter();
    let mut customers = Vec::new();
    if let Some(name) = wanted.customer_name() {
        match customer(&web, &page, &wanted.connection, name).await {
            // With the id in the address nobody has to be asked again: not for older entries, not for a file.
            Ok(known) => {
                wanted.customer = known;
                return Ok(Redirect::to(&wanted.address("/activity", &[])).into_response());
            }
            Err(problem) => {
                let said = [&problem.message, &problem.hint].map(|said| html::sentence(said));
                slips.put("customer", said.join(" "));
                customers = candidates(&problem);
            }
        }
    }
    let found = if slips.is_empty() { web.gate.audit(&page.who, filter).await.map(Some) } else { Ok(None) };
    let (found, problem) = match found {
        Ok(found) => (found, None),
        // A name that several callers have, a cursor of another list: the form stays, and says so.
        Err(problem) if problem.kind == Kind::InvalidArguments => (None, Some(problem)),
        Err(problem) => return Err(problem.into()),
    };
    let is_good = problem.is_none() && slips.is_empty();
    let names = names(&web, &page).await?;
    let (items, next) = found.map(|found| (found.items, found.next)).unwrap_or_default();
    let news = (is_good && wanted.cursor.is_empty()).then(|| News::after(&wanted, items.first()));
    let list = List {
        customers,
        more: next.map(|next| wanted.address("/activity", &[("cursor", &next)])),
        rows: items.into_iter().map(|entry| Row { said: Sentence::of(&entry, &names), entry }).collect(),
        connections: names.connections.into_values().collect(),
        tools: tools(),
        record: Record::of(&web, &page).await?,
        page,
        wanted,
        slips,
        problem,
        news,
    };
    let status = if is_good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(html::show_with(status, &list))
}

/// A customer by name, with the id that the record has.
async fn customer(web: &Web, page: &Page, connection: &str, name: &str) -> Result<String, Problem> {
    if connection.is_empty() && web.gate.connections(&page.who).await?.len() > 1 {
        return Err(Problem::new(Kind::InvalidArguments, "a customer's name is looked up in one N-central")
            .hint("choose the connection as well"));
    }
    let (id, name) = find(web, &page.who, connection, name).await?;
    Ok(format!("{name} ({id})"))
}

/// Connections and callers by id.
pub(super) async fn names(web: &Web, page: &Page) -> Result<Names, Problem> {
    let connections = web.gate.connections(&page.who).await?;
    let keys = web.gate.keys(&page.who).await?.into_iter().map(|key| (key.id.to_string(), key.name));
    let people =
        web.gate.people(&page.who).await?.into_iter().map(|person| (person.id.to_string(), person.name));
    Ok(Names {
        connections: connections.into_iter().map(|one| (one.id.to_string(), one.name)).collect(),
        callers: keys.chain(people).collect(),
    })
}

/// The tools by the part of the work they belong to.
fn tools() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut areas = BTreeMap::<_, Vec<_>>::new();
    for tool in gate::TOOLS {
        areas.entry(tool.record.area).or_default().push(tool.record.name);
    }
    areas.into_iter().map(|(area, tools)| (area.title(), tools)).collect()
}

/// What came since the list was read.
#[derive(Template)]
#[template(path = "activity/news.html")]
struct News {
    /// Where to ask again.
    here: String,
    /// The list with what is new.
    list: String,
    count: usize,
}

impl askama::filters::HtmlSafe for News {}

/// The most that is counted.
const MOST: u32 = 100;

impl News {
    fn after(wanted: &Wanted, newest: Option<&AuditView>) -> Self {
        let (since, seen) =
            newest.map(|entry| (time::to_millis(entry.time).to_string(), place(entry))).unwrap_or_default();
        Self {
            here: wanted.address("/activity/news", &[("since", &since), ("seen", &seen)]),
            list: wanted.address("/activity", &[]),
            count: 0,
        }
    }
}

fn place(entry: &AuditView) -> String {
    format!("{}.{}", entry.chain, entry.seq)
}

/// The newest entry that was shown.
#[derive(Deserialize)]
struct Seen {
    #[serde(default)]
    since: Option<i64>,
    #[serde(default)]
    seen: String,
}

async fn news(
    State(web): State<Web>,
    page: Page,
    Query(wanted): Query<Wanted>,
    Query(Seen { since, seen }): Query<Seen>,
) -> Answer {
    let (filter, _) = wanted.filter();
    let since = since.map(time::from_millis);
    let filter = AuditFilter {
        from: filter.from.max(since),
        page: Cursor { cursor: None, limit: Some(MOST) },
        ..filter
    };
    let found = web.gate.audit(&page.who, filter).await?.items;
    let count = found.iter().position(|entry| place(entry) == seen).unwrap_or(found.len());
    let text = since.map(|since| time::to_millis(since).to_string()).unwrap_or_default();
    Ok(html::show(&News {
        here: wanted.address("/activity/news", &[("since", &text), ("seen", &seen)]),
        list: wanted.address("/activity", &[]),
        count,
    }))
}
