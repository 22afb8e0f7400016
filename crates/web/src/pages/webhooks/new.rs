//! A new webhook.

use super::form::{Fields, Typed, Wrong};
use super::secret::Secret;
use super::{Answer, Flash, Page, Posted, Web, html, place, status};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::StatusCode;
use model::{Kind, Role};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/webhooks/new", get(show).post(add))
}

#[derive(Template)]
#[template(path = "webhooks/new.html")]
struct New {
    page: Page,
    fields: Fields,
}

async fn show(State(web): State<Web>, page: Page) -> Answer {
    page.need(Role::Admin)?;
    let fields = Fields::of(&web, &page, Typed::default(), Wrong::default(), None).await?;
    Ok(html::show(&New { page, fields }))
}

async fn add(State(web): State<Web>, Posted { page, form: typed }: Posted<Typed>) -> Answer {
    page.need(Role::Admin)?;
    let made = match typed.new_webhook() {
        Ok(new) => web.gate.add_webhook(&page.who, new).await.map_err(Wrong::of),
        Err(wrong) => Err(wrong),
    };
    match made {
        // The answer itself has the secret, and no other does: loaded again, the name is taken.
        Ok(made) => match made.secret {
            Some(secret) => {
                Ok(html::show_with(StatusCode::CREATED, &Secret { page, hook: made.webhook, secret }))
            }
            None => {
                let said = "The webhook is made. Send a test message to see that it arrives.";
                Ok(html::go(&web, &place(&made.webhook.id), &Flash::done(said)))
            }
        },
        Err(wrong) => {
            let status = wrong.problem.as_ref().map_or(StatusCode::UNPROCESSABLE_ENTITY, |p| status(p.kind));
            if let Some(problem) = wrong.problem.as_ref().filter(|p| p.kind == Kind::Internal) {
                return Err(problem.clone().into());
            }
            let fields = Fields::of(&web, &page, typed, wrong, None).await?;
            Ok(html::show_with(status, &New { page, fields }))
        }
    }
}
