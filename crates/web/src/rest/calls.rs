//! Calls: what was asked for and what became of it. A person settles what is not known.

use super::Answer;
use super::page::{Place, check_span, sealed, wanted};
use crate::auth::Who;
use crate::extract::{Json, Path, Query};
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{CallFilter, CallView, Gate, Page};
use model::{CallId, CallState, Kind, Outcome, Role, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use std::num::NonZeroU32;

/// Where a call is looked at.
pub(super) fn place(id: &CallId) -> String {
    format!("/api/v1/calls/{id}")
}

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/calls", Access::Caller, "Calls, newest first", list),
        Route::get("/api/v1/calls/{id}", Access::Caller, "One call and what became of it", show),
        Route::post(
            "/api/v1/calls/{id}/settle",
            Access::Person(Role::Approver),
            "Settle an outcome that is not known, having looked in N-central",
            settle,
        )
        .refuses(&[Kind::Conflict]),
    ]
}

/// The filter as a query. It is spelt out, because the form decoder can't read numbers through a flattened member.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Where the call stands.
    state: Option<CallState>,
    /// A tool, by either name.
    tool: Option<String>,
    /// Id or name of a connection.
    connection: Option<String>,
    /// A caller's id or name.
    caller: Option<String>,
    /// What came of it.
    outcome: Option<Outcome>,
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
) -> Answer<Page<CallView>> {
    let ListQuery { state, tool, connection, caller, outcome, from, to, cursor, limit } = query;
    check_span(from, to)?;
    let page = wanted(cursor, limit);
    let filter = CallFilter { state, tool, connection, caller, outcome, from, to, page };
    Ok(Json(sealed(gate.calls(&who, filter).await?)))
}

async fn show(State(gate): State<Gate>, Who(who): Who, Path(id): Path<String>) -> Answer<CallView> {
    Ok(Json(gate.call(&who, &id).await?))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settlement {
    /// What was found in N-central.
    outcome: Outcome,
    /// How that was found, for the record.
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
