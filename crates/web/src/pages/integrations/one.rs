//! The page of one connection: how it does, what it may do, the policy of every tool, its settings, and its end. What
//! only the server can tell is fetched after the page is there.

use super::draft::Draft;
use super::steps::{self, Step, Went};
use super::table::{Narrow, Table};
use super::{Answer, Page, Web, connect, html, place, table};
use crate::pages::refusal::is_partial;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use gate::{ConnectStep, Finding, Uses};
use http::{HeaderMap, StatusCode};
use model::{Connection, Problem};
use serde::Deserialize;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/integrations/{connection}", get(show))
        .route("/integrations/{connection}/checks", get(checks))
        .route("/integrations/{connection}/newer", get(newer))
}

/// Which of the page's forms came back with something wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Reconnect,
    Settings,
    Delete,
}

/// What was typed into the settings; never the JWT.
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) max_targets: String,
    pub(super) self_approval: bool,
    pub(super) ca: String,
}

#[derive(Template)]
#[template(path = "integrations/one.html")]
pub(super) struct One {
    page: Page,
    connection: Connection,
    place: String,
    time_left: Option<Finding>,
    uses: Uses,
    table: Table,
    typed: Typed,
    steps: Vec<Step>,
    problem: Option<(Form, Problem)>,
    /// How long one request may take, in seconds.
    deadline: u64,
}

impl One {
    /// Everything about a connection, with what was chosen and is not saved.
    pub(super) async fn of(
        web: &Web,
        page: Page,
        connection: &str,
        draft: &Draft,
        narrow: Narrow,
    ) -> Result<Self, Problem> {
        let connection = web.gate.connection(&page.who, connection).await?;
        let id = connection.id.as_str();
        let time_left = web.gate.time_left(&page.who, id).await?;
        let uses = web.gate.uses(&page.who, id).await?;
        let saved = web.gate.policies(&page.who, id).await?;
        let table = Table::of(&saved, &uses.tools, draft, narrow);
        let typed = Typed {
            name: connection.name.clone(),
            max_targets: connection.max_targets.to_string(),
            self_approval: connection.self_approval,
            ca: String::new(),
        };
        let place = place(&connection);
        let deadline = web.gate.upstream_deadline().as_secs();
        let (steps, problem) = (Vec::new(), None);
        Ok(Self { page, connection, place, time_left, uses, table, typed, steps, problem, deadline })
    }

    /// The same page with what is wrong with one of its forms, and what was typed into it.
    pub(super) async fn again(
        web: &Web,
        page: Page,
        connection: &str,
        wrong: (Form, Problem),
        typed: Option<Typed>,
        done: Option<ConnectStep>,
    ) -> Answer {
        let status = connect::shown_again(&wrong.1);
        let mut one = One::of(web, page, connection, &Draft::default(), Narrow::default()).await?;
        one.steps = steps::until(wrong.1.kind, done, &one.connection.url);
        one.typed = typed.unwrap_or(one.typed);
        one.problem = Some(wrong);
        Ok(html::show_with(status, &one))
    }

    /// What is wrong with one form.
    fn wrong(&self, form: Form) -> Option<&Problem> {
        self.problem.as_ref().filter(|(of, _)| *of == form).map(|(_, problem)| problem)
    }

    /// Whether it needs a new JWT.
    fn needs_jwt(&self) -> bool {
        self.connection.state == model::ConnectionState::Reconnect
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    connected: String,
    #[serde(flatten)]
    narrow: Narrow,
}

async fn show(
    State(web): State<Web>,
    page: Page,
    Path(connection): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Answer {
    let mut one = One::of(&web, page, &connection, &Draft::default(), wanted.narrow).await?;
    if !wanted.connected.is_empty() && one.connection.state == model::ConnectionState::Connected {
        one.steps = steps::connected(Went::Open, &one.connection.url);
    }
    Ok(html::show(&one))
}

/// What the server itself tells, each finding under a short name.
#[derive(Template)]
#[template(path = "integrations/checks.html")]
struct Checks {
    findings: Vec<(String, Finding)>,
    steps: Vec<Step>,
    place: String,
}

#[derive(Template)]
#[template(path = "integrations/checks-page.html")]
struct ChecksPage {
    page: Page,
    connection: Connection,
    checks: Checks,
}

impl askama::filters::HtmlSafe for Checks {}

impl Checks {
    fn of(connection: &Connection, found: Vec<Finding>) -> Self {
        let about = format!("connection {}", connection.name);
        let is_reached = found.first().is_some_and(|finding| finding.status == "ok");
        let is_allowed =
            found.iter().all(|finding| finding.status == "ok" || !finding.check.ends_with(": permissions"));
        let permissions = if is_allowed { Went::Well } else { Went::Wrong };
        let named = found.into_iter().map(|finding| {
            let name = finding.check.strip_prefix(&about).unwrap_or(&finding.check);
            let name = name.trim_start_matches(": ");
            (html::capital(if name.is_empty() { "server" } else { name }), finding)
        });
        Self {
            findings: named.collect(),
            steps: if is_reached { steps::connected(permissions, &connection.url) } else { Vec::new() },
            place: place(connection),
        }
    }

    fn tone(finding: &Finding) -> html::Html {
        match finding.status.as_str() {
            "ok" => html::badge("green", "well"),
            "warning" => html::badge("amber", "look at it"),
            _ => html::badge("red", "failed"),
        }
    }
}

async fn checks(
    State(web): State<Web>,
    headers: HeaderMap,
    page: Page,
    Path(connection): Path<String>,
) -> Answer {
    let connection = web.gate.connection(&page.who, &connection).await?;
    let found = web.gate.examine(&page.who, connection.id.as_str()).await?;
    let checks = Checks::of(&connection, found);
    Ok(match is_partial(&headers) {
        true => html::show(&checks),
        false => html::show(&ChecksPage { page, connection, checks }),
    })
}

/// Whether the policies that somebody looks at are those that are saved.
#[derive(Template)]
#[template(path = "integrations/newer.html")]
struct Newer {
    place: String,
    seen: u64,
    version: u64,
}

#[derive(Deserialize)]
struct Seen {
    version: u64,
}

async fn newer(
    State(web): State<Web>,
    page: Page,
    Path(connection): Path<String>,
    Query(Seen { version: seen }): Query<Seen>,
) -> Answer {
    let connection = web.gate.connection(&page.who, &connection).await?;
    let version = web.gate.policies(&page.who, connection.id.as_str()).await?.version;
    Ok(html::show_with(StatusCode::OK, &Newer { place: place(&connection), seen, version }))
}
