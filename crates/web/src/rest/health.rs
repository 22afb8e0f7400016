//! Health: `/healthz` says that the process answers, `/readyz` that it can do its work, `doctor` what is wrong.

use super::Answer;
use crate::auth::Who;
use crate::extract::Json;
use crate::problem::Failure;
use crate::routes::{Access, Route};
use crate::state::Web;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use gate::{Finding, Gate, Page};
use http::StatusCode;
use model::{Kind, Problem};
use serde_json::{Value, json};

pub(crate) fn routes() -> Vec<Route> {
    vec![Route::get("/api/v1/doctor", Access::Caller, "What was checked, what is wrong, what to do", examine)]
}

/// The probes, which stand outside the guard.
pub(crate) fn router(web: Web) -> Router {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready)).with_state(web)
}

async fn alive() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

async fn ready(State(gate): State<Gate>) -> Answer<Value> {
    match gate.readiness().await {
        Ok(()) => Ok(Json(json!({"status": "ready"}))),
        Err(missing) => {
            let problem = Problem::new(Kind::Internal, format!("the gateway is not ready: {missing}"));
            Err(Failure::from(problem.retryable(true)).status(StatusCode::SERVICE_UNAVAILABLE))
        }
    }
}

async fn examine(State(gate): State<Gate>, Who(who): Who) -> Answer<Page<Finding>> {
    Ok(Json(Page { items: gate.doctor(&who).await?, next: None }))
}
