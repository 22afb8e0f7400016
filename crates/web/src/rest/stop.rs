//! The stop switch, for one connection or for all: an approver presses it, only an administrator resumes.

use super::Answer;
use super::page::PageQuery;
use crate::auth::Who;
use crate::extract::{Json, Query};
use crate::problem::Failure;
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{Gate, Page, StopChange, StopView};
use model::{Kind, Role};

pub(crate) fn routes() -> Vec<Route> {
    const PATH: &str = "/api/v1/stop";
    vec![
        Route::get(PATH, Access::Person(Role::Viewer), "The stop switches", list),
        Route::post(PATH, Access::Person(Role::Approver), "Stop every change and run, or resume", change)
            .refuses(&[Kind::NotFound]),
    ]
}

/// The switches as a list; the one for all connections has no name of its own.
fn page(query: PageQuery, stops: Vec<StopView>) -> Result<Page<StopView>, Failure> {
    query.of(stops, |stop| stop.connection.clone().unwrap_or_default())
}

async fn list(
    State(gate): State<Gate>,
    Who(who): Who,
    Query(query): Query<PageQuery>,
) -> Answer<Page<StopView>> {
    Ok(Json(page(query, gate.stops(&who).await?)?))
}

async fn change(
    State(gate): State<Gate>,
    Who(who): Who,
    Json(change): Json<StopChange>,
) -> Answer<Page<StopView>> {
    Ok(Json(page(PageQuery::default(), gate.stop(&who, change).await?)?))
}
