//! Sessions: a person signs in with name and password and gets a bearer token for a while.

use crate::auth::{Proof, Via};
use crate::extract::Json;
use crate::problem::Failure;
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{Gate, NewSession};
use http::StatusCode;
use model::{Kind, Role};
use secrecy::SecretString;
use serde::Deserialize;

pub(crate) fn routes() -> Vec<Route> {
    const PATH: &str = "/api/v1/sessions";
    vec![
        Route::post(PATH, Access::Anyone, "Sign in", begin).success(StatusCode::CREATED),
        Route::delete(PATH, Access::Person(Role::Viewer), "Sign out: the token ends", end),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    name: String,
    password: SecretString,
}

async fn begin(
    State(gate): State<Gate>,
    Via(source): Via,
    Json(given): Json<SignIn>,
) -> Result<(StatusCode, Json<NewSession>), Failure> {
    let session = gate.sign_in(&given.name, given.password, source).await?;
    Ok((StatusCode::CREATED, Json(session)))
}

async fn end(State(gate): State<Gate>, proof: Proof) -> Result<StatusCode, Failure> {
    let requester = proof.requester(&gate).await?;
    if !requester.caller.is_person() {
        return Err(Failure::new(Kind::NotAPerson, "a key has no session that could end")
            .hint("an administrator revokes keys"));
    }
    gate.sign_out(proof.token(), proof.source()).await?;
    Ok(StatusCode::NO_CONTENT)
}
