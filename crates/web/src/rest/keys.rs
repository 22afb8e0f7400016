//! Keys of agents and workflows. The secret is in the answer to its making and nowhere else.

use super::Answer;
use super::page::PageQuery;
use crate::auth::Who;
use crate::extract::{Json, Path, Query};
use crate::problem::Failure;
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{Gate, KeyView, NewKey, NewKeySecret, Page};
use http::StatusCode;
use model::Role;

pub(crate) fn routes() -> Vec<Route> {
    const PATH: &str = "/api/v1/keys";
    const ADMIN: Access = Access::Person(Role::Admin);
    vec![
        Route::get(PATH, Access::Person(Role::Viewer), "Keys, without their secrets", list)
            .query(PageQuery::NAMES),
        Route::post(PATH, ADMIN, "Make a key; its secret is shown this once", create)
            .success(StatusCode::CREATED),
        Route::delete("/api/v1/keys/{id}", ADMIN, "Revoke a key", revoke),
    ]
}

async fn list(
    State(gate): State<Gate>,
    Who(who): Who,
    Query(query): Query<PageQuery>,
) -> Answer<Page<KeyView>> {
    Ok(Json(query.of(gate.keys(&who).await?, |key| key.id.as_str())?))
}

async fn create(
    State(gate): State<Gate>,
    Who(who): Who,
    Json(new): Json<NewKey>,
) -> Result<(StatusCode, Json<NewKeySecret>), Failure> {
    Ok((StatusCode::CREATED, Json(gate.create_key(&who, new).await?)))
}

async fn revoke(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    gate.revoke_key(&who, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
