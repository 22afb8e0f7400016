//! The record, for people: entries of the audit chains, newest first, by connection, caller, tool, call and time.

use super::Answer;
use crate::auth::Who;
use crate::extract::{Json, Query};
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{AuditFilter, AuditView, Cursor, Gate, Page};
use model::{Role, Timestamp};
use serde::Deserialize;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/audit", Access::Person(Role::Viewer), "Entries of the audit chains", list)
            .query(&["connection", "caller", "tool", "call", "from", "to", "cursor", "limit"]),
    ]
}

/// The filter as a query. It is spelt out, because the form decoder can't read numbers through a flattened member.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    connection: Option<String>,
    caller: Option<String>,
    tool: Option<String>,
    call: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    cursor: Option<String>,
    limit: Option<u32>,
}

impl From<ListQuery> for AuditFilter {
    fn from(query: ListQuery) -> Self {
        let ListQuery { connection, caller, tool, call, from, to, cursor, limit } = query;
        AuditFilter { connection, caller, tool, call, from, to, page: Cursor { cursor, limit } }
    }
}

async fn list(
    State(gate): State<Gate>,
    Who(who): Who,
    Query(query): Query<ListQuery>,
) -> Answer<Page<AuditView>> {
    Ok(Json(gate.audit(&who, query.into()).await?))
}
