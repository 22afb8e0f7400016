//! People and their roles. The first administrator is made with the owner token of the state directory, while there
//! is none; after that only an administrator makes people.

use super::Answer;
use super::page::{PageQuery, by_name};
use crate::auth::{Proof, Who};
use crate::extract::{Created, Json, NoContent, Path, Query};
use crate::problem::Failure;
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{Gate, NewPerson, Page, PasswordChange, PersonChange, PersonView};
use model::{Kind, Role};

pub(crate) fn routes() -> Vec<Route> {
    const PATH: &str = "/api/v1/people";
    const ONE: &str = "/api/v1/people/{id}";
    const ADMIN: Access = Access::Person(Role::Admin);
    vec![
        Route::get(PATH, Access::Person(Role::Viewer), "People and their roles", list),
        Route::post(PATH, ADMIN, "Make an account", add).refuses(&[Kind::Conflict]),
        Route::put(ONE, ADMIN, "Give another role, disable or enable, by id or name", change)
            .refuses(&[Kind::Conflict]),
        Route::put(
            "/api/v1/people/{id}/password",
            Access::Person(Role::Viewer),
            "Set another password: one's own with the old one, anybody's as an administrator",
            set_password,
        )
        .refuses(&[Kind::FreshProofRequired]),
        Route::delete(ONE, ADMIN, "Disable an account, by id or name", disable).refuses(&[Kind::Conflict]),
    ]
}

async fn list(
    State(gate): State<Gate>,
    Who(who): Who,
    Query(query): Query<PageQuery>,
) -> Answer<Page<PersonView>> {
    Ok(Json(query.of(gate.people(&who).await?, |person| by_name(&person.name, person.id.as_str()))?))
}

async fn add(
    State(gate): State<Gate>,
    proof: Proof,
    Who(who): Who,
    Json(new): Json<NewPerson>,
) -> Result<Created<PersonView>, Failure> {
    // The gate has taken the token for the operator, which it does only while there is no administrator.
    let made = if proof.is_owner() {
        gate.first_administrator(new, proof.source()).await?
    } else {
        gate.add_person(&who, new).await?
    };
    Ok(made.into())
}

async fn change(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
    Json(change): Json<PersonChange>,
) -> Answer<PersonView> {
    Ok(Json(gate.change_person(&who, &id, change).await?))
}

async fn set_password(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
    Json(change): Json<PasswordChange>,
) -> Result<NoContent, Failure> {
    gate.set_password(&who, &id, change).await?;
    Ok(NoContent)
}

async fn disable(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
) -> Result<NoContent, Failure> {
    gate.disable_person(&who, &id).await?;
    Ok(NoContent)
}
