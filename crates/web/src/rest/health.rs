//! Health: `/healthz` says that the process answers, `/readyz` that it can do its work, `doctor` what is wrong.

use super::Answer;
use crate::auth::Who;
use crate::extract::Json;
use crate::problem::Failure;
use crate::routes::{Access, Route};
use crate::state::Web;
use axum::Router;
use axum::extract::State;
use gate::{Finding, Gate, Page};
use http::StatusCode;
use model::{Kind, Problem};
use schemars::JsonSchema;
use serde::Serialize;

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
            let problem = Problem::new(Kind::Internal, format!("the gateway is not ready: {missing}"));
            Err(Failure::from(problem.retryable(true)).status(StatusCode::SERVICE_UNAVAILABLE))
        }
    }
}

async fn examine(State(gate): State<Gate>, Who(who): Who) -> Answer<Page<Finding>> {
    Ok(Json(Page { items: gate.doctor(&who).await?, next: None }))
}
