//! One webhook: how it fares, what was delivered, and the form that changes it.

use super::form::{Fields, Typed, Wrong};
use super::{Answer, Flash, Page, Posted, Web, delivery, format_help, html, place, state, status};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use gate::{Cursor, DeliveryState, DeliveryView, WebhookState, WebhookView};
use http::StatusCode;
use model::{Problem, Role};
use serde::Deserialize;

/// The most deliveries on a page.
const ROWS: u32 = 20;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/webhooks/{id}", get(show).post(change))
}

/// What the address says of the deliveries.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    /// Nothing or an odd word means all.
    state: String,
    cursor: String,
}

/// One tab over the deliveries.
struct Tab {
    name: &'static str,
    address: String,
    is_here: bool,
}

/// The tabs: the word in the address, the name, the state.
const TABS: [(&str, &str, Option<DeliveryState>); 4] = [
    ("", "All", None),
    ("pending", "Waiting", Some(DeliveryState::Pending)),
    ("delivered", "Delivered", Some(DeliveryState::Delivered)),
    ("failed", "Given up", Some(DeliveryState::Failed)),
];

#[derive(Template)]
#[template(path = "webhooks/one.html")]
struct One {
    page: Page,
    hook: WebhookView,
    deliveries: Vec<DeliveryView>,
    tabs: Vec<Tab>,
    here: String,
    more: Option<String>,
    fields: Fields,
    /// What was wrong with something other than the form.
    problem: Option<Problem>,
}

impl One {
    fn is_disabled(&self) -> bool {
        self.hook.state == WebhookState::Disabled
    }

    /// Marks the state of the secret that this page knows: the answer to a rotation, loaded again, makes no other.
    fn rotation(&self) -> String {
        super::acts::rotation(&self.hook)
    }

    fn receiver() -> &'static str {
        RECEIVER
    }
}

/// What a receiver does to know a message from a forged one.
const RECEIVER: &str = r#"# pip install standardwebhooks
import os
from standardwebhooks import Webhook

hook = Webhook(os.environ["NCGATE_WEBHOOK_SECRET"])

def receive(body: bytes, headers: dict):
    message = hook.verify(body, headers)  # raises where it is not genuine, or older than five minutes
    if already_had(headers["webhook-id"]):  # a message may come twice
        return
    handle(message["type"], message["data"])"#;

async fn look(
    web: &Web,
    page: Page,
    id: &str,
    wanted: &Wanted,
    entered: Option<(Typed, Wrong)>,
) -> Result<One, Problem> {
    let hook = web.gate.webhook(&page.who, id).await?;
    let chosen = TABS.iter().find(|(word, ..)| *word == wanted.state).unwrap_or(&TABS[0]);
    let cursor = Some(wanted.cursor.clone()).filter(|cursor| !cursor.is_empty());
    let found =
        web.gate.webhook_deliveries(&page.who, id, chosen.2, Cursor { cursor, limit: Some(ROWS) }).await?;
    let address =
        |state: &str, cursor: &str| html::address(&place(&hook.id), &[("state", state), ("cursor", cursor)]);
    let tabs = TABS.iter().map(|(word, name, _)| Tab {
        name,
        address: format!("{}#deliveries", address(word, "")),
        is_here: *word == chosen.0,
    });
    let (tabs, here) = (tabs.collect(), address(chosen.0, &wanted.cursor));
    let more = found.next.as_deref().map(|next| format!("{}#deliveries", address(chosen.0, next)));
    let (typed, wrong) = entered.unwrap_or_else(|| (Typed::of(&hook), Wrong::default()));
    let fields = Fields::of(web, &page, typed, wrong, Some(&hook)).await?;
    Ok(One { page, hook, deliveries: found.items, tabs, here, more, fields, problem: None })
}

async fn show(
    State(web): State<Web>,
    page: Page,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Answer {
    Ok(html::show(&look(&web, page, &id, &wanted, None).await?))
}

/// The page with what went wrong on it.
pub(super) async fn again(web: &Web, page: Page, id: &str, problem: Problem) -> Answer {
    let mut one = look(web, page, id, &Wanted::default(), None).await?;
    let status = status(problem.kind);
    one.problem = Some(problem);
    Ok(html::show_with(status, &one))
}

async fn change(
    State(web): State<Web>,
    Path(id): Path<String>,
    Posted { page, form: typed }: Posted<Typed>,
) -> Answer {
    page.need(Role::Admin)?;
    let changed = match typed.change() {
        Ok(change) => web.gate.change_webhook(&page.who, &id, change).await.map_err(Wrong::of),
        Err(wrong) => Err(wrong),
    };
    match changed {
        Ok(hook) => Ok(html::go(&web, &place(&hook.id), &Flash::done("The webhook is changed."))),
        Err(wrong) => refused(&web, page, &id, typed, wrong).await,
    }
}

/// The form again, with what is wrong in it.
async fn refused(web: &Web, page: Page, id: &str, typed: Typed, wrong: Wrong) -> Answer {
    let status = wrong.problem.as_ref().map_or(StatusCode::UNPROCESSABLE_ENTITY, |p| status(p.kind));
    let one = look(web, page, id, &Wanted::default(), Some((typed, wrong))).await?;
    let answer: Response = html::show_with(status, &one);
    Ok(answer)
}
