//! The form that connects a server. What is typed is checked by the same reader that the gate uses; what fails after
//! *Save* is told with the step at which it did. The JWT goes in and is never shown again, whatever happens.

use super::steps::{self, Step};
use super::{Answer, Page, Posted, Web, given, html, place};
use crate::pages::cookies::Flash;
use crate::pages::refusal::status;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use gate::{Connected, NewConnection};
use http::StatusCode;
use model::{Kind, Preset, Problem, Role};
use secrecy::SecretString;
use serde::Deserialize;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/integrations/connect", get(show).post(save)).route("/parts/address", get(check))
}

/// The presets, each with what it means.
pub(super) const PRESETS: [(Preset, &str, &str); 3] = [
    (Preset::Standard, "Standard", "Look-ups run by themselves; changes and task runs need approval."),
    (Preset::Cautious, "Cautious", "As standard, and look-ups that print a credential need approval too."),
    (Preset::ReadOnly, "Read-only", "Look-ups run by themselves; changes and task runs are disabled."),
];

/// What was typed, to be shown again. The JWT is not among it.
#[derive(Default)]
struct Typed {
    url: String,
    name: String,
    ca: String,
    preset: Preset,
}

/// What is said beside the address.
enum Said {
    Nothing,
    Notice(String),
    Wrong(String),
}

#[derive(Template)]
#[template(path = "integrations/address.html")]
struct Address {
    said: Said,
}

impl askama::filters::HtmlSafe for Address {}

impl Address {
    fn of(typed: &str) -> Self {
        if typed.trim().is_empty() {
            return Self { said: Said::Nothing };
        }
        let said = match gate::server_address(typed) {
            Ok((_, None)) => Said::Nothing,
            Ok((_, Some(notice))) => Said::Notice(notice),
            Err(problem) => Said::Wrong(html::sentence(&problem.message)),
        };
        Self { said }
    }
}

#[derive(Template)]
#[template(path = "integrations/connect.html")]
struct Connect {
    page: Page,
    typed: Typed,
    address: Address,
    problem: Option<Problem>,
    steps: Vec<Step>,
    /// How long one request may take, in seconds.
    deadline: u64,
}

impl Connect {
    fn is_wrong(&self, kind: Kind) -> bool {
        self.problem.as_ref().is_some_and(|problem| problem.kind == kind)
    }

    /// Whether what went wrong is about the private CA.
    fn is_about_ca(&self) -> bool {
        self.problem.as_ref().is_some_and(|problem| problem.message.contains("private CA"))
    }
}

async fn show(State(web): State<Web>, page: Page) -> Answer {
    page.need(Role::Admin)?;
    let typed = Typed::default();
    let deadline = web.gate.upstream_deadline().as_secs();
    let (address, steps) = (Address::of(""), Vec::new());
    Ok(html::show(&Connect { page, address, typed, problem: None, steps, deadline }))
}

#[derive(Deserialize)]
struct Typing {
    #[serde(default)]
    url: String,
}

/// The part of the form beside the address, while it is typed.
async fn check(_: Page, Query(typing): Query<Typing>) -> Answer {
    Ok(html::show(&Address::of(&typing.url)))
}

#[derive(Deserialize)]
struct Form {
    #[serde(default)]
    url: String,
    jwt: SecretString,
    #[serde(default)]
    name: String,
    #[serde(default)]
    ca: String,
    #[serde(default)]
    preset: Preset,
}

async fn save(State(web): State<Web>, Posted { page, form }: Posted<Form>) -> Answer {
    page.need(Role::Admin)?;
    let Form { url, jwt, name, ca, preset } = form;
    let new =
        NewConnection { name: given(&name), url: url.clone(), jwt, ca: given(&ca), preset: Some(preset) };
    let under_way = web.attempts.begin(&page, &url);
    match web.gate.connect_watched(&page.who, new, under_way.watch()).await {
        Ok(connected) => {
            let to = format!("{}?connected=1", place(&connected.connection));
            Ok(html::go(&web, &to, &Flash::done(said(&connected))))
        }
        Err(problem) if matches!(problem.kind, Kind::Unauthenticated | Kind::Forbidden) => {
            Err(problem.into())
        }
        Err(problem) => {
            let steps = steps::until(problem.kind, under_way.done(), &url);
            let address = Address::of(&url);
            let typed = Typed { url, name, ca, preset };
            let deadline = web.gate.upstream_deadline().as_secs();
            let shown = Connect { page, typed, address, steps, problem: Some(problem), deadline };
            Ok(html::show_with(StatusCode::UNPROCESSABLE_ENTITY, &shown))
        }
    }
}

/// What is said once a server is connected: what it is, who we are to it, and whatever was noticed.
pub(super) fn said(Connected { connection, notices }: &Connected) -> String {
    let version = connection.server_version.as_deref().unwrap_or("of a version it does not tell");
    let user = connection.user.as_deref().map(|user| format!(", signed in as {user}")).unwrap_or_default();
    let mut said = format!("Connected: {} is N-central {version}{user}.", connection.name);
    for notice in notices {
        said.push(' ');
        said.push_str(notice);
    }
    said
}

/// The status of a form that is shown again: 422 where a server was asked and something about it is wrong.
pub(super) fn shown_again(problem: &Problem) -> StatusCode {
    match steps::is_about_server(problem.kind) {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => status(problem.kind),
    }
}
