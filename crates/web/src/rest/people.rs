//! People and their roles. The first administrator is made with the owner token of the state directory, while there
//! is none; after that only an administrator makes people.

use super::Answer;
use super::page::PageQuery;
use crate::auth::{Proof, Who};
use crate::extract::{Json, Path, Query};
use crate::problem::Failure;
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{Gate, NewPerson, Page, PersonView};
use http::StatusCode;
use model::Role;

pub(crate) fn routes() -> Vec<Route> {
    const PATH: &str = "/api/v1/people";
    const ADMIN: Access = Access::Person(Role::Admin);
    vec![
        Route::get(PATH, Access::Person(Role::Viewer), "People and their roles", list)
            .query(PageQuery::NAMES),
        Route::post(PATH, ADMIN, "Make an account", add).success(StatusCode::CREATED),
        Route::delete("/api/v1/people/{id}", ADMIN, "Disable an account, by id or name", disable),
    ]
}

async fn list(
    State(gate): State<Gate>,
    Who(who): Who,
    Query(query): Query<PageQuery>,
) -> Answer<Page<PersonView>> {
    Ok(Json(query.of(gate.people(&who).await?, |person| person.id.as_str())?))
}

async fn add(
    State(gate): State<Gate>,
    proof: Proof,
    Who(who): Who,
    Json(new): Json<NewPerson>,
) -> Result<(StatusCode, Json<PersonView>), Failure> {
    // The gate has taken the token for the operator, which it does only while there is no administrator.
    let made = if proof.is_owner() {
        gate.first_administrator(new, proof.source()).await?
    } else {
        gate.add_person(&who, new).await?
    };
    Ok((StatusCode::CREATED, Json(made)))
}

async fn disable(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    gate.disable_person(&who, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
