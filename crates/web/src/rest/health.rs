//! Health: `/healthz` says that the process answers, `/readyz` that it can do its work, `doctor` what is wrong.

use super::Answer;
use crate::auth::Who;
use crate::extract::Json;
use crate::openapi::{Sheet, Taken};
use crate::problem::Failure;
use crate::routes::{Access, Route};
use crate::state::Web;
use axum::Router;
use axum::extract::{FromRequestParts, State};
use gate::{Finding, Gate, Page};
use http::request::Parts;
use http::uri::Authority;
use http::{StatusCode, header};
use model::{Kind, Problem};
use schemars::JsonSchema;
use serde::Serialize;
use std::convert::Infallible;

pub(crate) fn routes() -> Vec<Route> {
    vec![Route::get("/api/v1/doctor", Access::Caller, "What was checked, what is wrong, what to do", examine)]
}

/// The probes, which stand outside the guard: whatever watches the process comes by address, and without a bearer.
pub(crate) fn probes() -> Vec<Route> {
    vec![
        Route::get("/healthz", Access::Anyone, "Whether the process answers", alive),
        Route::get("/readyz", Access::Anyone, "Whether it can do its work", ready)
            .refuses_as(StatusCode::SERVICE_UNAVAILABLE, &[Kind::Internal]),
    ]
}

/// The probes' own router.
pub(crate) fn router(web: Web) -> Router {
    super::assemble(&probes()).with_state(web)
}

/// How the process is, in one word.
#[derive(Serialize, JsonSchema)]
struct Health {
    /// `ok`, or `ready`.
    status: &'static str,
}

async fn alive() -> Json<Health> {
    Json(Health { status: "ok" })
}

async fn ready(State(gate): State<Gate>) -> Answer<Health> {
    match gate.readiness().await {
        Ok(()) => Ok(Json(Health { status: "ready" })),
        Err(missing) => {
            let problem = Problem::new(Kind::Internal, format!("the gateway is not ready: {missing}"))
                .hint("ask another node, or try again in a while");
            Err(Failure::from(problem.retryable(true)).status(StatusCode::SERVICE_UNAVAILABLE))
        }
    }
}

/// The address under which the gateway was asked, as `Host` or the request's target says.
struct AskedUnder(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for AskedUnder {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let named = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        Ok(Self(parts.uri.authority().map(Authority::as_str).or(named).map(str::to_owned)))
    }
}

impl Taken for AskedUnder {
    fn describe(_: &mut Sheet<'_>) {}
}

async fn examine(
    State(gate): State<Gate>,
    Who(who): Who,
    AskedUnder(address): AskedUnder,
) -> Answer<Page<Finding>> {
    let mut items = gate.doctor(&who).await?;
    items.extend(address.and_then(|address| gate.examine_address(&address)));
    Ok(Json(Page { items, next: None }))
}
