//! Policies of a connection: one mode a tool, changed against the version that the administrator looked at.

use super::Answer;
use crate::auth::Who;
use crate::extract::{Json, Path};
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{Gate, PoliciesView, PolicyChange};
use model::{Kind, Role};

pub(crate) fn routes() -> Vec<Route> {
    const PATH: &str = "/api/v1/connections/{id}/policies";
    vec![
        Route::get(PATH, Access::Person(Role::Viewer), "The policy of every tool", show),
        Route::put(PATH, Access::Person(Role::Admin), "Change policies: those named, or a preset", change)
            .refuses(&[Kind::StaleVersion]),
    ]
}

async fn show(State(gate): State<Gate>, Who(who): Who, Path(id): Path<String>) -> Answer<PoliciesView> {
    Ok(Json(gate.policies(&who, &id).await?))
}

async fn change(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
    Json(change): Json<PolicyChange>,
) -> Answer<PoliciesView> {
    Ok(Json(gate.set_policies(&who, &id, change).await?))
}
