//! The dashboard's pages. Like the other faces they translate and decide nothing: a page asks the gate as the person
//! who looks at it, and shows the answer or the problem.
//!
//! To add a page:
//!
//! 1. A module here with `pub(super) fn routes() -> Router<Web>`, merged in [`router`]; a template in `templates/` that
//!    begins with `{% extends "layout.html" %}` and fills the blocks `title`, `crumbs` (optional) and `main`.
//! 2. A handler takes `State<Web>` and [`Page`](page::Page) (who, role, stops, waiting) and returns [`Answer`]:
//!    `web.gate.something(&page.who, …).await?`, then `html::show(&Template { page, … })`. `?` on a `Problem` or a
//!    `Failure` shows it with its hint and status; `page.need(Role::Admin)?` guards a page that only makes sense for a role.
//! 3. What acts is a form: `<form method="post">` with `{% call parts::csrf(page) %}{% endcall %}` inside, and a handler
//!    that takes [`Posted<T>`](posted::Posted) (the token is checked there) and ends with `html::go(&web, "/where",
//!    &Flash::done("…"))`. Wrong input: the same page again with `html::show_with(UNPROCESSABLE_ENTITY, …)`. No GET acts.
//! 4. Everything works without scripts. Live parts: `<section id="x" hx-get="/here" hx-select="#x" hx-swap="outerMorph"
//!    hx-trigger="ncgate:approval from:body">`; the topics are those of [`gate::Topic`]. Slow parts load by
//!    `hx-trigger="load"` out of a route of their own, with a link inside for who has no scripts.
//! 5. Times, badges and numbers come from [`html`]; forms, empty states and confirmations from `templates/parts/`.
//!    No `style=`, no inline script: the policy in [`headers`] blocks them. Lists take a cursor and show at most 50 rows.
//! 6. Browser tests stand in `crates/ncgate/tests/it/browser/`; add the page to the walk there (axe, no scripts, phone).

mod account;
mod activity;
mod approvals;
mod assets;
mod callers;
mod calls;
mod chart;
pub(crate) mod cookies;
pub(crate) mod csrf;
mod customers;
mod headers;
mod html;
pub(crate) mod integrations;
pub(crate) mod issues;
mod live;
mod login;
mod overview;
mod page;
mod people;
mod posted;
mod refusal;
mod scripts;
mod stop;
mod tree;
mod try_tool;
mod webhooks;

use crate::rest;
use crate::state::Web;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, Uri};
use model::Kind;
use refusal::Refusal;
use tower_http::compression::CompressionLayer;

/// The largest form that is read, in bytes.
const FORM_LIMIT: usize = 1 << 20;

/// What a page's handler answers.
type Answer = Result<Response, Refusal>;

/// Every page, its assets and its events.
pub(crate) fn router(web: Web) -> Router {
    let pages = [
        assets::routes(),
        live::routes(),
        login::routes(),
        overview::routes(),
        issues::routes(),
        stop::routes(),
        integrations::routes(),
        approvals::routes(),
        callers::routes(),
        people::routes(),
        account::routes(),
        scripts::routes(),
        webhooks::routes(),
        calls::routes(),
        activity::routes(),
        try_tool::routes(),
    ];
    let pages = pages.into_iter().fold(Router::new(), Router::merge);
    pages
        .fallback(missing)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(web.clone(), refusal::dress))
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(headers::strict))
        .with_state(web)
}

/// Whatever no face has a route for: what looks like REST gets REST's answer, everything else a page.
async fn missing(uri: Uri) -> Response {
    if uri.path().starts_with("/api/") {
        return rest::unknown_route(uri).await.into_response();
    }
    Refusal::new(Kind::NotFound, "No page has this address.", "Go on from the navigation.").into_response()
}

async fn wrong_method() -> (StatusCode, Refusal) {
    let refusal = Refusal::new(
        Kind::BadRequest,
        "This address does not take what was sent to it. Nothing was changed.",
        "Go on from the navigation.",
    );
    (StatusCode::METHOD_NOT_ALLOWED, refusal)
}
