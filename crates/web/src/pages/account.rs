//! What everybody does about their own account: another password, and ending sessions that were left open elsewhere.

use super::cookies::Flash;
use super::page::Page;
use super::people::same;
use super::posted::Posted;
use super::refusal::status;
use super::{Answer, Web, html};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use gate::{PasswordChange, SessionView};
use model::{Kind, Problem};
use secrecy::SecretString;
use serde::Deserialize;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/account", get(show))
        .route("/account/password", post(change_password))
        .route("/account/sessions", post(end_sessions))
}

#[derive(Template)]
#[template(path = "account/account.html")]
struct Account {
    page: Page,
    sessions: Vec<SessionView>,
    problem: Option<Problem>,
}

impl Account {
    fn is_old_wrong(&self) -> bool {
        self.problem.as_ref().is_some_and(|problem| problem.kind == Kind::FreshProofRequired)
    }
}

async fn show(State(web): State<Web>, page: Page) -> Answer {
    let sessions = own(&web, &page).await?;
    Ok(html::show(&Account { page, sessions, problem: None }))
}

/// The person's own sessions, this one first.
async fn own(web: &Web, page: &Page) -> Result<Vec<SessionView>, Problem> {
    let mut sessions = web.gate.sessions(&page.who).await?;
    sessions.retain(|session| session.person == page.name());
    sessions.sort_by_key(|session| !session.current);
    Ok(sessions)
}

#[derive(Deserialize)]
struct Change {
    old_password: SecretString,
    password: SecretString,
    again: SecretString,
}

async fn change_password(State(web): State<Web>, Posted { page, form }: Posted<Change>) -> Answer {
    let others = own(&web, &page).await?.len().saturating_sub(1);
    let done = match same(form.password, &form.again) {
        Ok(password) => {
            let change = PasswordChange { password, old_password: Some(form.old_password) };
            web.gate.set_password(&page.who, page.who.caller.id.as_str(), change).await
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => {
            let ended = match others {
                0 => "You were signed in here only.".to_owned(),
                1 => "Your other session was ended.".to_owned(),
                more => format!("Your {more} other sessions were ended."),
            };
            Ok(html::go(&web, "/account", &Flash::done(format!("Your password is changed. {ended}"))))
        }
        Err(problem) => {
            let sessions = own(&web, &page).await?;
            let status = status(problem.kind);
            Ok(html::show_with(status, &Account { page, sessions, problem: Some(problem) }))
        }
    }
}

#[derive(Deserialize)]
struct Ended {
    /// A session's id, or `others`.
    session: String,
}

async fn end_sessions(State(web): State<Web>, Posted { page, form }: Posted<Ended>) -> Answer {
    let mut ended = own(&web, &page).await?;
    ended.retain(|session| match form.session.as_str() {
        "others" => !session.current,
        id => session.id == id,
    });
    for session in &ended {
        web.gate.end_session(&page.who, &session.id).await?;
    }
    let said = match ended.len() {
        0 => Flash::note("Nothing was ended: that session was over already."),
        1 => Flash::done("The session is ended."),
        more => Flash::done(format!("{more} sessions are ended.")),
    };
    Ok(html::go(&web, "/account", &said))
}
