//! One script: put on the list, changed, taken off it.

use super::form::{Row, Typed, Wrong};
use super::{Answer, Flash, Page, Posted, Refusal, Web, address, html, status};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use gate::NewScript;
use http::StatusCode;
use model::script::{PARAMETER_TYPES, TaskType};
use model::{Kind, Problem, Role, Script};
use serde::Deserialize;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/scripts/new", get(blank).post(add))
        .route("/scripts/{id}", get(show).post(change))
        .route("/scripts/{id}/remove", post(remove))
}

#[derive(Template)]
#[template(path = "scripts/one.html")]
struct One {
    page: Page,
    /// The script on the list, if it is there already.
    script: Option<Script>,
    typed: Typed,
    wrong: Wrong,
}

impl One {
    fn rows(&self) -> Vec<Row> {
        self.typed.rows()
    }

    fn kinds() -> [&'static str; 6] {
        PARAMETER_TYPES
    }

    /// The kinds of items with what people call them.
    fn types() -> [(TaskType, &'static str); 3] {
        [
            (TaskType::Script, "Script (Windows, Linux)"),
            (TaskType::MacScript, "Mac script"),
            (TaskType::AutomationPolicy, "Automation policy"),
        ]
    }

    fn is_of(&self, task_type: &TaskType) -> bool {
        self.typed.task_type.eq_ignore_ascii_case(task_type.as_str())
    }

    fn list_address(&self) -> String {
        address("/scripts", &self.typed.connection)
    }

    fn first_item() -> i64 {
        NewScript::FIRST_ITEM
    }

    /// Where the form goes.
    fn action(&self) -> String {
        let id = self.script.as_ref().map_or("new", |script| script.id.as_str());
        format!("/scripts/{}", html::encoded(id))
    }
}

/// What a proposal brings along.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Proposed {
    connection: String,
    name: String,
    item_id: String,
    task_type: String,
}

async fn blank(page: Page, Query(proposed): Query<Proposed>) -> Answer {
    page.need(Role::Admin)?;
    let Proposed { connection, name, item_id, task_type } = proposed;
    let typed = Typed { connection, name, item_id, task_type, ..Typed::default() };
    Ok(html::show(&One { page, script: None, typed, wrong: Wrong::default() }))
}

async fn add(State(web): State<Web>, Posted { page, form: typed }: Posted<Typed>) -> Answer {
    page.need(Role::Admin)?;
    if typed.wants_more() {
        return Ok(html::show(&One { page, script: None, typed, wrong: Wrong::default() }));
    }
    let added = match typed.script() {
        Ok(new) => web.gate.add_script(&page.who, &typed.connection, new).await.map_err(Wrong::of),
        Err(wrong) => Err(wrong),
    };
    match added {
        Ok(script) => {
            let said = format!("“{}” is on the list. Callers may run it by that name.", script.name);
            Ok(html::go(&web, &address("/scripts", &typed.connection), &Flash::done(said)))
        }
        Err(wrong) => again(One { page, script: None, typed, wrong }),
    }
}

#[derive(Deserialize)]
struct Of {
    #[serde(default)]
    connection: String,
}

async fn find(web: &Web, page: &Page, connection: &str, id: &str) -> Result<Script, Refusal> {
    let scripts = web.gate.scripts(&page.who, connection).await?;
    scripts.into_iter().find(|script| script.id == id).ok_or_else(|| {
        Problem::new(Kind::NotFound, "no such script is on the list")
            .hint("somebody may have taken it off; the list shows what is there")
            .into()
    })
}

async fn show(
    State(web): State<Web>,
    page: Page,
    Path(id): Path<String>,
    Query(Of { connection }): Query<Of>,
) -> Answer {
    page.need(Role::Admin)?;
    let script = find(&web, &page, &connection, &id).await?;
    let typed = Typed::of(&connection, &script);
    Ok(html::show(&One { page, script: Some(script), typed, wrong: Wrong::default() }))
}

async fn change(
    State(web): State<Web>,
    Path(id): Path<String>,
    Posted { page, form: typed }: Posted<Typed>,
) -> Answer {
    page.need(Role::Admin)?;
    let script = Some(find(&web, &page, &typed.connection, &id).await?);
    if typed.wants_more() {
        return Ok(html::show(&One { page, script, typed, wrong: Wrong::default() }));
    }
    let changed = match typed.script() {
        Ok(new) => {
            web.gate.change_script(&page.who, &typed.connection, &id, new.into()).await.map_err(Wrong::of)
        }
        Err(wrong) => Err(wrong),
    };
    match changed {
        Ok(script) => {
            let said = format!("“{}” is changed. Plans made before keep what they froze.", script.name);
            Ok(html::go(&web, &address("/scripts", &typed.connection), &Flash::done(said)))
        }
        Err(wrong) => again(One { page, script, typed, wrong }),
    }
}

/// The form again, with what is wrong in it.
fn again(one: One) -> Result<Response, Refusal> {
    let status = match &one.wrong.problem {
        Some(problem) if matches!(problem.kind, Kind::InvalidArguments) => status(problem.kind),
        Some(problem) => return Err(problem.clone().into()),
        None => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok(html::show_with(status, &one))
}

async fn remove(
    State(web): State<Web>,
    Path(id): Path<String>,
    Posted { page, form: Of { connection } }: Posted<Of>,
) -> Answer {
    web.gate.remove_script(&page.who, &connection, &id).await?;
    let said = Flash::done("The script is off the list. Plans that were made with it keep what they froze.");
    Ok(html::go(&web, &address("/scripts", &connection), &said))
}
