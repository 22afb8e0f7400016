//! The list of people, and adding one.

use super::{Answer, Flash, Page, Posted, Web, html, place, same, status};
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use gate::{NewPerson, PersonView, SessionView};
use model::{Problem, Role};
use secrecy::SecretString;
use serde::Deserialize;

/// How many people a page has.
const ROWS: usize = 50;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/people", get(show).post(add))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    /// How many rows came before.
    after: usize,
}

/// What was typed, to be shown again; never the password.
#[derive(Default)]
struct Typed {
    name: String,
    role: &'static str,
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct List {
    page: Page,
    people: Vec<PersonView>,
    all_sessions: Vec<SessionView>,
    more: Option<String>,
    typed: Typed,
    problem: Option<Problem>,
}

impl List {
    /// How many sessions a person has.
    fn sessions(&self, person: &PersonView) -> usize {
        self.all_sessions.iter().filter(|session| session.person == person.name).count()
    }
}

async fn show(State(web): State<Web>, page: Page, Query(wanted): Query<Wanted>) -> Answer {
    Ok(html::show(&look(&web, page, wanted.after, Typed::default(), None).await?))
}

async fn look(
    web: &Web,
    page: Page,
    after: usize,
    typed: Typed,
    problem: Option<Problem>,
) -> Result<List, Problem> {
    let people = web.gate.people(&page.who).await?;
    let all_sessions = web.gate.sessions(&page.who).await?;
    let more = (people.len() > after + ROWS).then(|| format!("/people?after={}", after + ROWS));
    let people = people.into_iter().skip(after).take(ROWS).collect();
    Ok(List { page, people, all_sessions, more, typed, problem })
}

#[derive(Deserialize)]
struct Added {
    name: String,
    role: Role,
    password: SecretString,
    again: SecretString,
}

async fn add(State(web): State<Web>, Posted { page, form }: Posted<Added>) -> Answer {
    page.need(Role::Admin)?;
    let typed = Typed { name: form.name.clone(), role: form.role.as_str() };
    let made = match same(form.password, &form.again) {
        Ok(password) => {
            web.gate.add_person(&page.who, NewPerson { name: form.name, role: form.role, password }).await
        }
        Err(problem) => Err(problem),
    };
    match made {
        Ok(person) => {
            let said = format!("{} can sign in now, with the password that you chose.", person.name);
            Ok(html::go(&web, &place(&person.name), &Flash::done(said)))
        }
        Err(problem) => {
            let status = status(problem.kind);
            Ok(html::show_with(status, &look(&web, page, 0, typed, Some(problem)).await?))
        }
    }
}
