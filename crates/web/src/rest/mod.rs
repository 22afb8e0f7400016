//! The REST face, one module a resource. Each lists its routes and has a handler for every one of them that hands
//! the request on to the gate.

pub(crate) mod approvals;
pub(crate) mod audit;
pub(crate) mod calls;
pub(crate) mod connections;
pub(crate) mod download;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod keys;
pub(crate) mod master_key;
pub(crate) mod metrics;
mod page;
pub(crate) mod people;
pub(crate) mod policies;
mod preferences;
pub(crate) mod scripts;
pub(crate) mod sessions;
pub(crate) mod stop;
pub(crate) mod tools;
pub(crate) mod webhooks;

use crate::extract::Json;
use crate::problem::Failure;
use crate::rate;
use crate::routes::{Route, routes};
use crate::state::Web;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use http::{Method, StatusCode, Uri};
use model::Kind;

/// The largest body that is read, in bytes.
const BODY_LIMIT: usize = 1 << 20;

/// What a handler answers: an object, or the problem that kept it from being made.
type Answer<T> = Result<Json<T>, Failure>;

/// Every route of the table. What isn't one is answered by [`unknown_route`], from the one place that knows of pages too.
pub(crate) fn router(web: Web) -> Router {
    assemble(&routes())
        .method_not_allowed_fallback(unknown_method)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(rate::tell))
        .with_state(web)
}

/// A router of these routes.
fn assemble(routes: &[Route]) -> Router<Web> {
    routes.iter().fold(Router::new(), |router, route| router.route(route.path, route.handler()))
}

/// The answer where there is no route.
pub(crate) async fn unknown_route(uri: Uri) -> Failure {
    let path = model::text::shorten(uri.path(), 200);
    Failure::new(Kind::NotFound, format!("there is nothing at {path}"))
        .hint("`GET /api/openapi.json` lists every route")
}

async fn unknown_method(method: Method) -> Failure {
    Failure::new(Kind::BadRequest, format!("this route does not take {method}"))
        .status(StatusCode::METHOD_NOT_ALLOWED)
        .hint("the `Allow` header lists the methods that it takes")
}
