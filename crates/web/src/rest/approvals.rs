//! Approvals: what waits for a person, and the person's decision. Only a POST decides, and only a person's.

use super::Answer;
use super::page::StateQuery;
use crate::auth::Who;
use crate::extract::{Json, Path, Query};
use crate::problem::Failure;
use crate::routes::{Access, Route};
use axum::extract::State;
use axum::http::StatusCode;
use gate::{ApprovalView, Decision, Gate, Page};
use model::{ApprovalState, Kind, Role};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/approvals", Access::Caller, "Approvals, newest first", list)
            .query(StateQuery::<ApprovalState>::NAMES),
        Route::get("/api/v1/approvals/{id}", Access::Caller, "One approval, with the frozen plan", show),
        Route::post(
            "/api/v1/approvals/{id}/decision",
            Access::Person(Role::Approver),
            "Approve or deny exactly this plan",
            decide,
        ),
        Route::post(
            "/api/v1/approvals/{id}/withdraw",
            Access::Caller,
            "Take back a call that waits for its decision",
            withdraw,
        ),
    ]
}

async fn list(
    State(gate): State<Gate>,
    Who(who): Who,
    Query(query): Query<StateQuery<ApprovalState>>,
) -> Answer<Page<ApprovalView>> {
    let (state, page) = query.split();
    Ok(Json(gate.approvals(&who, state, page).await?))
}

async fn show(State(gate): State<Gate>, Who(who): Who, Path(id): Path<String>) -> Answer<ApprovalView> {
    Ok(Json(gate.approval(&who, &id).await?))
}

async fn decide(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
    Json(decision): Json<Decision>,
) -> Answer<ApprovalView> {
    match gate.decide(&who, &id, decision).await {
        Ok(view) => Ok(Json(view)),
        // Here the switch is a conflict with the approval's state, not a right that is missing.
        Err(problem) if problem.kind == Kind::Stopped => {
            Err(Failure::from(problem).status(StatusCode::CONFLICT))
        }
        Err(problem) => Err(problem.into()),
    }
}

async fn withdraw(State(gate): State<Gate>, Who(who): Who, Path(id): Path<String>) -> Answer<ApprovalView> {
    Ok(Json(gate.withdraw(&who, &id).await?))
}
