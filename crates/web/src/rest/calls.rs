//! Calls: what was asked for and what became of it. A person settles what is not known.

use super::Answer;
use super::page::StateQuery;
use crate::auth::Who;
use crate::extract::{Json, Path, Query};
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{CallView, Gate, Page};
use model::{CallId, CallState, Outcome, Role};
use serde::Deserialize;

/// Where a call is looked at.
pub(super) fn place(id: &CallId) -> String {
    format!("/api/v1/calls/{id}")
}

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/calls", Access::Caller, "Calls, newest first", list)
            .query(StateQuery::<CallState>::NAMES),
        Route::get("/api/v1/calls/{id}", Access::Caller, "One call and what became of it", show),
        Route::post(
            "/api/v1/calls/{id}/settle",
            Access::Person(Role::Approver),
            "Settle an outcome that is not known, having looked in N-central",
            settle,
        ),
    ]
}

async fn list(
    State(gate): State<Gate>,
    Who(who): Who,
    Query(query): Query<StateQuery<CallState>>,
) -> Answer<Page<CallView>> {
    let (state, page) = query.split();
    Ok(Json(gate.calls(&who, state, page).await?))
}

async fn show(State(gate): State<Gate>, Who(who): Who, Path(id): Path<String>) -> Answer<CallView> {
    Ok(Json(gate.call(&who, &id).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settlement {
    outcome: Outcome,
    reason: Option<String>,
}

async fn settle(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
    Json(given): Json<Settlement>,
) -> Answer<CallView> {
    Ok(Json(gate.settle(&who, &id, given.outcome, given.reason).await?))
}
