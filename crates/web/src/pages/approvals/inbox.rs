//! The inbox: what waits for a decision, oldest danger first in sight, and what was decided before, by state, tool,
//! connection and caller.

use super::shown::{Fleet, fleet};
use super::{Answer, Page, Web, html};
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use gate::{ApprovalFilter, ApprovalView, Cursor};
use model::ApprovalState;
use serde::Deserialize;

/// How many approvals a page has.
const ROWS: u32 = 30;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/approvals", get(show))
}

/// What the address says; an empty field of the form means any.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    state: String,
    tool: String,
    connection: String,
    caller: String,
    cursor: String,
}

/// One tab: the state it stands for, and its name.
struct Tab {
    name: &'static str,
    address: String,
    is_here: bool,
}

/// The tabs. What waits comes first and is what the bare address shows.
const TABS: [(&str, &str); 6] = [
    ("", "Waiting"),
    ("approved", "Approved"),
    ("denied", "Denied"),
    ("expired", "Expired"),
    ("withdrawn", "Withdrawn"),
    ("all", "All"),
];

/// One row of the list.
struct Row {
    approval: ApprovalView,
    fleet: Fleet,
}

#[derive(Template)]
#[template(path = "approvals/inbox.html")]
struct Inbox {
    page: Page,
    tabs: Vec<Tab>,
    wanted: Wanted,
    connections: Vec<String>,
    is_filtered: bool,
    rows: Vec<Row>,
    here: String,
    more: Option<String>,
}

async fn show(State(web): State<Web>, page: Page, Query(wanted): Query<Wanted>) -> Answer {
    let state = match wanted.state.as_str() {
        "" => Some(ApprovalState::Pending),
        "all" => None,
        word => word.parse().ok().or(Some(ApprovalState::Pending)),
    };
    let any = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = ApprovalFilter {
        state,
        tool: any(&wanted.tool),
        connection: any(&wanted.connection),
        caller: any(&wanted.caller),
        page: Cursor { cursor: any(&wanted.cursor), limit: Some(ROWS) },
        ..ApprovalFilter::default()
    };
    let is_filtered = [&filter.tool, &filter.connection, &filter.caller].iter().any(|given| given.is_some());
    let found = web.gate.approvals(&page.who, filter).await?;
    let connections =
        web.gate.connections(&page.who).await?.into_iter().map(|connection| connection.name).collect();
    let address = |state: &str, cursor: &str| {
        html::address(
            "/approvals",
            &[
                ("state", state),
                ("tool", &wanted.tool),
                ("connection", &wanted.connection),
                ("caller", &wanted.caller),
                ("cursor", cursor),
            ],
        )
    };
    let tabs = TABS.iter().map(|(state, name)| Tab {
        name,
        address: address(state, ""),
        is_here: *state == wanted.state,
    });
    let shown = Inbox {
        tabs: tabs.collect(),
        more: found.next.as_deref().map(|next| address(&wanted.state, next)),
        here: address(&wanted.state, &wanted.cursor),
        rows: found
            .items
            .into_iter()
            .map(|approval| Row { fleet: fleet(&approval.targets), approval })
            .collect(),
        page,
        connections,
        is_filtered,
        wanted,
    };
    Ok(html::show(&shown))
}
