//! Making a key. Its secret stands in the answer to the form, on that one page, and nowhere else: no address and no
//! cookie carries it, nothing keeps the page, and sending the form again makes no second key and shows no secret.

use super::clients::{self, Way};
use super::form::{self, Fields, Form, Wrong};
use super::{Answer, Page, Posted, Web, html, place};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use gate::{KeyKind, NewKeySecret};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use model::{Kind, Problem, Role};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/callers/new", get(show).post(create))
}

#[derive(Template)]
#[template(path = "callers/new.html")]
struct New {
    page: Page,
    form: Form,
}

#[derive(Template)]
#[template(path = "callers/made.html")]
struct Made {
    page: Page,
    key: NewKeySecret,
    place: String,
    ways: Vec<Way>,
}

#[derive(Template)]
#[template(path = "callers/made-before.html")]
struct MadeBefore {
    page: Page,
    problem: Problem,
    place: String,
}

async fn show(State(web): State<Web>, page: Page) -> Answer {
    page.need(Role::Admin)?;
    let fields = Fields {
        kind: "agent".to_owned(),
        tools: "all".to_owned(),
        names: "canonical".to_owned(),
        // As fresh as the token of the page, which no other page has.
        form: page.csrf(),
        ..Fields::default()
    };
    let form = Form::new(&web, &page, fields, None).await?;
    Ok(html::show(&New { page, form }))
}

async fn create(
    State(web): State<Web>,
    headers: HeaderMap,
    uri: Uri,
    Posted { page, form: fields }: Posted<Fields>,
) -> Answer {
    page.need(Role::Admin)?;
    match make(&web, &page, &fields).await {
        Ok((kind, key)) => {
            let address = clients::address(&web, &headers, &uri);
            let ways = clients::ways(kind, &address, &key.secret);
            let made = Made { place: place(key.id.as_str()), page, key, ways };
            let mut answer = html::show_with(StatusCode::CREATED, &made);
            answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(answer)
        }
        Err(Wrong { problem, .. })
            if problem.kind == Kind::Conflict && problem.details.contains_key("key") =>
        {
            let place = place(problem.details["key"].as_str().unwrap_or_default());
            Ok(html::show_with(StatusCode::CONFLICT, &MadeBefore { page, problem, place }))
        }
        Err(wrong) => {
            let status = wrong.status();
            let form = Form::new(&web, &page, fields, Some(wrong)).await?;
            Ok(html::show_with(status, &New { page, form }))
        }
    }
}

async fn make(web: &Web, page: &Page, fields: &Fields) -> Result<(KeyKind, NewKeySecret), Wrong> {
    let new = form::new_key(web, page, fields).await?;
    let kind = new.kind;
    Ok((kind, web.gate.create_key(&page.who, new).await?))
}
