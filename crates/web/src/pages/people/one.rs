//! One account: its role, who made it and when, its keys and sessions, and what an administrator does about it.

use super::{Answer, Flash, Page, Posted, Refusal, Web, html, place, same, status};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use gate::{KeyView, PasswordChange, PersonChange, PersonView, SessionView};
use model::{Kind, Problem, Role};
use secrecy::SecretString;
use serde::Deserialize;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/people/{name}", get(show))
        .route("/people/{name}/role", post(give_role))
        .route("/people/{name}/password", post(set_password))
        .route("/people/{name}/disable", post(disable))
        .route("/people/{name}/enable", post(enable))
        .route("/people/{name}/sessions", post(end_session))
}

#[derive(Template)]
#[template(path = "people/one.html")]
struct One {
    page: Page,
    person: PersonView,
    /// The keys that are let in for this person.
    keys: Vec<KeyView>,
    sessions: Vec<SessionView>,
    problem: Option<Problem>,
}

impl One {
    fn is_own(&self) -> bool {
        self.person.id == self.page.who.caller.id
    }

    /// Where a form of this page is sent.
    fn action(&self, what: &str) -> String {
        format!("{}/{what}", place(&self.person.name))
    }
}

async fn look(web: &Web, page: Page, name: &str, problem: Option<Problem>) -> Result<One, Refusal> {
    let people = web.gate.people(&page.who).await?;
    let person = people.into_iter().find(|person| person.name == name || person.id.as_str() == name);
    let Some(person) = person else {
        return Err(Refusal::new(
            Kind::NotFound,
            "Nobody has this name.",
            "The list of people has everybody.",
        ));
    };
    let mut keys = web.gate.keys(&page.who).await?;
    keys.retain(|key| key.active && key.owner.as_deref() == Some(&person.name));
    let mut sessions = web.gate.sessions(&page.who).await?;
    sessions.retain(|session| session.person == person.name);
    Ok(One { page, person, keys, sessions, problem })
}

async fn show(State(web): State<Web>, page: Page, Path(name): Path<String>) -> Answer {
    Ok(html::show(&look(&web, page, &name, None).await?))
}

/// The page again: after what was done, or with why it wasn't.
async fn shown(web: &Web, page: Page, name: &str, done: Result<(), Problem>, said: String) -> Answer {
    match done {
        Ok(()) => Ok(html::go(web, &place(name), &Flash::done(said))),
        Err(problem) => {
            let status = status(problem.kind);
            Ok(html::show_with(status, &look(web, page, name, Some(problem)).await?))
        }
    }
}

#[derive(Deserialize)]
struct Wanted {
    role: Role,
}

async fn give_role(
    State(web): State<Web>,
    Path(name): Path<String>,
    Posted { page, form }: Posted<Wanted>,
) -> Answer {
    page.need(Role::Admin)?;
    let change = PersonChange { role: Some(form.role), disabled: None };
    let done = web.gate.change_person(&page.who, &name, change).await.map(drop);
    let said = format!("{name} is {} from now on.", super::role(&form.role).to_lowercase());
    shown(&web, page, &name, done, said).await
}

#[derive(Deserialize)]
struct NewPassword {
    password: SecretString,
    again: SecretString,
}

async fn set_password(
    State(web): State<Web>,
    Path(name): Path<String>,
    Posted { page, form }: Posted<NewPassword>,
) -> Answer {
    page.need(Role::Admin)?;
    let done = match same(form.password, &form.again) {
        Ok(password) => {
            let change = PasswordChange { password, old_password: None };
            web.gate.set_password(&page.who, &name, change).await
        }
        Err(problem) => Err(problem),
    };
    let said = format!("{name} has another password, and is signed out everywhere.");
    shown(&web, page, &name, done, said).await
}

type Bare = Posted<Vec<(String, String)>>;

async fn disable(State(web): State<Web>, Path(name): Path<String>, Posted { page, .. }: Bare) -> Answer {
    page.need(Role::Admin)?;
    let done = web.gate.disable_person(&page.who, &name).await;
    let said = format!("{name} is disabled, and signed out everywhere.");
    shown(&web, page, &name, done, said).await
}

async fn enable(State(web): State<Web>, Path(name): Path<String>, Posted { page, .. }: Bare) -> Answer {
    page.need(Role::Admin)?;
    let change = PersonChange { role: None, disabled: Some(false) };
    let done = web.gate.change_person(&page.who, &name, change).await.map(drop);
    shown(&web, page, &name, done, format!("{name} may sign in again.")).await
}

#[derive(Deserialize)]
struct Ended {
    session: String,
}

async fn end_session(
    State(web): State<Web>,
    Path(name): Path<String>,
    Posted { page, form }: Posted<Ended>,
) -> Answer {
    page.need(Role::Admin)?;
    let done = web.gate.end_session(&page.who, &form.session).await;
    shown(&web, page, &name, done, "The session is ended.".to_owned()).await
}
