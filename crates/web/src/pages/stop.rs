//! The stop switch: what is stopped, by whom and why; stopping with a typed word, so that no slip stops everything, and
//! resuming, which only an administrator does.

use super::cookies::Flash;
use super::page::Page;
use super::posted::Posted;
use super::{Answer, Web, html};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use gate::{StopChange, StopView};
use http::StatusCode;
use model::{Connection, Kind, Problem, Role};
use serde::Deserialize;

/// What has to be typed to stop.
const WORD: &str = "stop";

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/stop", get(show).post(change))
}

#[derive(Template)]
#[template(path = "stop.html")]
struct Switches<'a> {
    page: &'a Page,
    connections: Vec<Connection>,
    problem: Option<&'a Problem>,
    form: Option<&'a Change>,
}

impl Switches<'_> {
    /// Whether everything is stopped.
    fn all_stopped(&self) -> bool {
        self.page.stops.iter().any(|stop| stop.connection.is_none())
    }

    /// The value of a switch's hidden field.
    fn scope(stop: &StopView) -> &str {
        stop.connection.as_deref().unwrap_or_default()
    }

    fn reason(&self) -> &str {
        self.form.map_or("", |form| &form.reason)
    }

    fn is_chosen(&self, connection: &str) -> bool {
        self.form.is_some_and(|form| form.connection == connection)
    }
}

async fn show(State(web): State<Web>, page: Page) -> Answer {
    let connections = web.gate.connections(&page.who).await?;
    Ok(html::show(&Switches { page: &page, connections, problem: None, form: None }))
}

#[derive(Deserialize)]
struct Change {
    on: bool,
    /// Empty: all.
    #[serde(default)]
    connection: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    word: String,
}

async fn change(State(web): State<Web>, Posted { page, form }: Posted<Change>) -> Answer {
    page.need(if form.on { Role::Approver } else { Role::Admin })?;
    if form.on && !form.word.trim().eq_ignore_ascii_case(WORD) {
        let connections = web.gate.connections(&page.who).await?;
        let problem = Problem::new(Kind::WrongConfirmation, "nothing was stopped: the word was not typed")
            .hint(format!("type `{WORD}` into the last field"));
        let shown = Switches { page: &page, connections, problem: Some(&problem), form: Some(&form) };
        return Ok(html::show_with(StatusCode::UNPROCESSABLE_ENTITY, &shown));
    }
    let connection = Some(form.connection.clone()).filter(|name| !name.is_empty());
    let reason = Some(form.reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let what = connection.clone().unwrap_or_else(|| "everything".to_owned());
    web.gate.stop(&page.who, StopChange { on: form.on, connection, reason }).await?;
    let said = if form.on {
        Flash::note(format!("Stopped: {what}. No change and no run leaves."))
    } else {
        Flash::done(format!("Resumed: {what}. What was refused meanwhile stays refused."))
    };
    Ok(html::go(&web, "/stop", &said))
}
