//! The record, for people: entries of the audit chains, newest first, by connection, caller, tool, call, outcome,
//! customer and time.

use super::Answer;
use super::page::{Place, check_span, sealed, wanted};
use crate::auth::Who;
use crate::extract::{Json, Query};
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{AuditFilter, AuditView, Gate, Page};
use model::{Outcome, Role, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use std::num::NonZeroU32;

pub(crate) fn routes() -> Vec<Route> {
    vec![Route::get("/api/v1/audit", Access::Person(Role::Viewer), "Entries of the audit chains", list)]
}

/// The filter as a query. It is spelt out, because the form decoder can't read numbers through a flattened member.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Id or name of a connection.
    connection: Option<String>,
    /// A caller's id or name.
    caller: Option<String>,
    /// A tool, by either name.
    tool: Option<String>,
    /// The kind of event, such as `call.held`.
    event: Option<String>,
    /// One call's entries.
    call: Option<String>,
    /// What came of the call that the entry tells the end of.
    outcome: Option<Outcome>,
    /// The id of a customer that the entry's targets belong to or its arguments name.
    customer: Option<i64>,
    /// Not before.
    from: Option<Timestamp>,
    /// Not after.
    to: Option<Timestamp>,
    /// From the `next` of the page before.
    cursor: Option<Place>,
    /// Items on the page: 50 if not given, never more than 500. A page can hold fewer and still have a `next`.
    limit: Option<NonZeroU32>,
}

async fn list(
    State(gate): State<Gate>,
    Who(who): Who,
    Query(query): Query<ListQuery>,
) -> Answer<Page<AuditView>> {
    let ListQuery { connection, caller, tool, event, call, outcome, customer, from, to, cursor, limit } =
        query;
    check_span(from, to)?;
    let page = wanted(cursor, limit);
    let filter = AuditFilter { connection, caller, tool, event, call, outcome, customer, from, to, page };
    Ok(Json(sealed(gate.audit(&who, filter).await?)))
}
