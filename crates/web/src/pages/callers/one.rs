//! One key: what it may do and did last, changing that, ending it, and what its client is told. Its secret is not here.

use super::clients::{self, PLACEHOLDER, Way};
use super::form::{self, Fields, Form, Wrong};
use super::{Answer, Page, Posted, Web, html, place};
use crate::pages::cookies::Flash;
use crate::pages::customers;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use gate::{CallFilter, CallView, Cursor, KeyState, KeyView};
use http::{HeaderMap, StatusCode, Uri};
use model::{Kind, NameSet, Problem, Role};
use serde::Deserialize;

/// How many of its calls are shown.
const CALLS: u32 = 10;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/callers/{id}", get(show).post(change))
        .route("/callers/{id}/revoke", post(revoke))
        .route("/callers/{id}/customers", get(named_customers))
}

#[derive(Template)]
#[template(path = "callers/one.html")]
struct One {
    page: Page,
    key: KeyView,
    calls: Vec<CallView>,
    ways: Vec<Way>,
    form: Form,
    /// What is wrong with the typed confirmation.
    unconfirmed: Option<Problem>,
}

async fn look(
    web: &Web,
    page: Page,
    asked: (&HeaderMap, &Uri),
    key: KeyView,
    typed: Option<(Fields, Wrong)>,
) -> Result<One, super::Refusal> {
    let filter = CallFilter {
        caller: Some(key.id.to_string()),
        page: Cursor { cursor: None, limit: Some(CALLS) },
        ..CallFilter::default()
    };
    let calls = web.gate.calls(&page.who, filter).await?.items;
    let ways = clients::ways(key.kind, &clients::address(web, asked.0, asked.1), PLACEHOLDER);
    let (fields, wrong) = match typed {
        Some((fields, wrong)) => (fields, Some(wrong)),
        None => (Fields::of(&key), None),
    };
    let form = Form::new(web, &page, fields, wrong).await?;
    Ok(One { page, key, calls, ways, form, unconfirmed: None })
}

async fn show(
    State(web): State<Web>,
    page: Page,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Answer {
    let key = web.gate.key(&page.who, &id).await?;
    Ok(html::show(&look(&web, page, (&headers, &uri), key, None).await?))
}

async fn change(
    State(web): State<Web>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    Posted { page, form: fields }: Posted<Fields>,
) -> Answer {
    page.need(Role::Admin)?;
    let key = web.gate.key(&page.who, &id).await?;
    let fields = Fields { connection: key.connection.clone(), ..fields };
    let changed = match form::change(&web, &page, &key, &fields).await {
        Ok(change) => web.gate.change_key(&page.who, &id, change).await.map_err(Wrong::from),
        Err(wrong) => Err(wrong),
    };
    match changed {
        Ok(_) => {
            Ok(html::go(&web, &place(&id), &Flash::done("Saved. It holds from the key's next request on.")))
        }
        Err(wrong) => {
            let status = wrong.status();
            let one = look(&web, page, (&headers, &uri), key, Some((fields, wrong))).await?;
            Ok(html::show_with(status, &one))
        }
    }
}

#[derive(Deserialize)]
struct Confirmation {
    #[serde(default)]
    word: String,
}

async fn revoke(
    State(web): State<Web>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    Posted { page, form }: Posted<Confirmation>,
) -> Answer {
    page.need(Role::Admin)?;
    let key = web.gate.key(&page.who, &id).await?;
    if form.word.trim() != key.name {
        let problem = Problem::new(Kind::WrongConfirmation, "nothing was revoked: the name was not typed")
            .hint(format!("type `{}` exactly as it is written here", key.name));
        let mut one = look(&web, page, (&headers, &uri), key, None).await?;
        one.unconfirmed = Some(problem);
        return Ok(html::show_with(StatusCode::UNPROCESSABLE_ENTITY, &one));
    }
    web.gate.revoke_key(&page.who, &id).await?;
    let said = format!(
        "{} is revoked. Nothing is let in with it any more, and what it had waiting does not run.",
        key.name
    );
    Ok(html::go(&web, &place(&id), &Flash::done(said)))
}

#[derive(Template)]
#[template(path = "callers/customers.html")]
struct Customers {
    /// Each customer's id, and its name, where N-central tells it.
    customers: Vec<(i64, Option<String>)>,
}

/// The names of the customers that a key is narrowed to, which takes N-central a moment.
async fn named_customers(State(web): State<Web>, page: Page, Path(id): Path<String>) -> Answer {
    /// Beyond it the ids have to do.
    const MOST: usize = 25;
    let key = web.gate.key(&page.who, &id).await?;
    let mut named = Vec::new();
    for (at, id) in key.customers.iter().flatten().enumerate() {
        let name = match at < MOST {
            true => customers::name(&web, &page.who, &key.connection, *id).await.ok(),
            false => None,
        };
        named.push((*id, name));
    }
    Ok(html::show(&Customers { customers: named }))
}
