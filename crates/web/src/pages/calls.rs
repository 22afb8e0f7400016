//! One call: where it stands, what came of each target, its result, and, where nobody knows what came of it, the form
//! with which a person settles it.

use super::cookies::Flash;
use super::page::Page;
use super::posted::Posted;
use super::refusal::status;
use super::{Answer, Web, html};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use gate::CallView;
use model::{Outcome, Problem};
use serde::Deserialize;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/calls/{id}", get(show)).route("/calls/{id}/settle", post(settle))
}

#[derive(Template)]
#[template(path = "calls/one.html")]
struct One {
    page: Page,
    result: Option<String>,
    call: CallView,
    reason: String,
    problem: Option<Problem>,
}

async fn look(web: &Web, page: Page, id: &str) -> Result<One, Problem> {
    let call = web.gate.call(&page.who, id).await?;
    let result = call.result.as_ref().map(html::plain);
    Ok(One { page, result, call, reason: String::new(), problem: None })
}

async fn show(State(web): State<Web>, page: Page, Path(id): Path<String>) -> Answer {
    Ok(html::show(&look(&web, page, &id).await?))
}

#[derive(Deserialize)]
struct Settlement {
    outcome: Outcome,
    #[serde(default)]
    reason: String,
}

async fn settle(
    State(web): State<Web>,
    Path(id): Path<String>,
    Posted { page, form }: Posted<Settlement>,
) -> Answer {
    let reason = Some(form.reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    match web.gate.settle(&page.who, &id, form.outcome, reason).await {
        Ok(call) => {
            let place = format!("/calls/{}", html::encoded(call.id.as_str()));
            Ok(html::go(&web, &place, &Flash::done("It is settled, and on the record under your name.")))
        }
        Err(problem) => {
            let mut one = look(&web, page, &id).await?;
            one.reason = form.reason;
            let status = status(problem.kind);
            one.problem = Some(problem);
            Ok(html::show_with(status, &one))
        }
    }
}
