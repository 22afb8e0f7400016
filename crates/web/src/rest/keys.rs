//! Keys of agents and workflows. The secret is in the answer to its making and nowhere else.

use super::Answer;
use super::page::PageQuery;
use crate::auth::Who;
use crate::extract::{Created, Json, NoContent, Path, Query};
use crate::problem::Failure;
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{Gate, KeyChange, KeyView, NewKey, NewKeySecret, Page};
use model::{Kind, Role, time};

pub(crate) fn routes() -> Vec<Route> {
    const PATH: &str = "/api/v1/keys";
    const ONE: &str = "/api/v1/keys/{id}";
    const ADMIN: Access = Access::Person(Role::Admin);
    vec![
        Route::get(PATH, Access::Person(Role::Viewer), "Keys, without their secrets", list),
        Route::post(PATH, ADMIN, "Make a key; its secret is shown this once", create)
            .refuses(&[Kind::Conflict, Kind::NotConnected]),
        Route::get(ONE, Access::Person(Role::Viewer), "One key, without its secret", show),
        Route::put(ONE, ADMIN, "Change what a key may do; what is left out stays", change)
            .refuses(&[Kind::Conflict]),
        Route::delete(ONE, ADMIN, "Revoke a key", revoke),
    ]
}

async fn list(
    State(gate): State<Gate>,
    Who(who): Who,
    Query(query): Query<PageQuery>,
) -> Answer<Page<KeyView>> {
    Ok(Json(
        query.of(gate.keys(&who).await?, |key| {
            format!("{:020} {}", time::to_millis(key.created_at), key.id)
        })?,
    ))
}

async fn create(
    State(gate): State<Gate>,
    Who(who): Who,
    Json(new): Json<NewKey>,
) -> Result<Created<NewKeySecret>, Failure> {
    Ok(gate.create_key(&who, new).await?.into())
}

async fn show(State(gate): State<Gate>, Who(who): Who, Path(id): Path<String>) -> Answer<KeyView> {
    Ok(Json(gate.key(&who, &id).await?))
}

async fn change(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
    Json(change): Json<KeyChange>,
) -> Answer<KeyView> {
    Ok(Json(gate.change_key(&who, &id, change).await?))
}

async fn revoke(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
) -> Result<NoContent, Failure> {
    gate.revoke_key(&who, &id).await?;
    Ok(NoContent)
}
