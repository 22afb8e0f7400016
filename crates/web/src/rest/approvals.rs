//! Approvals: what waits for a person, and the person's decision. Only a POST decides, and only a person's.

use super::Answer;
use super::page::{Place, check_span, sealed, wanted};
use crate::auth::Who;
use crate::extract::{Json, Path, Query};
use crate::problem::Failure;
use crate::routes::{Access, Route};
use axum::extract::State;
use axum::http::StatusCode;
use gate::{ApprovalFilter, ApprovalView, Decision, Gate, Page};
use model::{ApprovalState, Kind, Role, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use std::num::NonZeroU32;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/approvals", Access::Caller, "Approvals, newest first", list),
        Route::get("/api/v1/approvals/{id}", Access::Caller, "One approval, with the frozen plan", show),
        Route::post(
            "/api/v1/approvals/{id}/decision",
            Access::Person(Role::Approver),
            "Approve or deny exactly this plan",
            decide,
        )
        .refuses(&[
            Kind::NotAPerson,
            Kind::SelfApproval,
            Kind::FreshProofRequired,
            Kind::AlreadyDecided,
            Kind::DigestMismatch,
            Kind::Expired,
            Kind::WrongConfirmation,
        ])
        .refuses_as(StatusCode::CONFLICT, &[Kind::Stopped]),
        Route::post(
            "/api/v1/approvals/{id}/withdraw",
            Access::Caller,
            "Take back a call that waits for its decision",
            withdraw,
        )
        .refuses(&[Kind::AlreadyDecided, Kind::Expired]),
    ]
}

/// The filter as a query. It is spelt out, because the form decoder can't read numbers through a flattened member.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Where the approval stands.
    state: Option<ApprovalState>,
    /// A tool, by either name.
    tool: Option<String>,
    /// Id or name of a connection.
    connection: Option<String>,
    /// A caller's id or name.
    caller: Option<String>,
    /// Asked not before.
    from: Option<Timestamp>,
    /// Asked not after.
    to: Option<Timestamp>,
    /// From the `next` of the page before.
    cursor: Option<Place>,
    /// Items on the page: 50 if not given, never more than 500.
    limit: Option<NonZeroU32>,
}

async fn list(
    State(gate): State<Gate>,
    Who(who): Who,
    Query(query): Query<ListQuery>,
) -> Answer<Page<ApprovalView>> {
    let ListQuery { state, tool, connection, caller, from, to, cursor, limit } = query;
    check_span(from, to)?;
    let page = wanted(cursor, limit);
    let filter = ApprovalFilter { state, tool, connection, caller, from, to, page };
    Ok(Json(sealed(gate.approvals(&who, filter).await?)))
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
