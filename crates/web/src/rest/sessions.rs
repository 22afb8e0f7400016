//! Sessions: a person signs in with name and password and gets a bearer token for a while.

use super::Answer;
use super::page::PageQuery;
use crate::auth::{Proof, Via, Who};
use crate::extract::{Created, Json, NoContent, Path, Query};
use crate::problem::Failure;
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{Gate, NewSession, Page, SessionView};
use model::{Kind, Role, time};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

pub(crate) fn routes() -> Vec<Route> {
    const PATH: &str = "/api/v1/sessions";
    vec![
        Route::post(PATH, Access::Anyone, "Sign in", begin)
            .refuses(&[Kind::Unauthenticated, Kind::TooManyRequests]),
        Route::get(
            PATH,
            Access::Person(Role::Viewer),
            "Running sessions: everybody's for an administrator, else one's own",
            list,
        ),
        Route::delete(
            "/api/v1/sessions/{id}",
            Access::Person(Role::Viewer),
            "End a session: one's own, or anybody's as an administrator",
            end_one,
        ),
        Route::delete(PATH, Access::Person(Role::Viewer), "Sign out: the token ends", end)
            .refuses(&[Kind::NotAPerson]),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    /// The name of the account.
    name: String,
    /// Its password.
    #[schemars(with = "String", extend("format" = "password", "writeOnly" = true))]
    password: SecretString,
}

async fn begin(
    State(gate): State<Gate>,
    Via(source): Via,
    Json(given): Json<SignIn>,
) -> Result<Created<NewSession>, Failure> {
    Ok(gate.sign_in(&given.name, given.password, source).await?.into())
}

async fn list(
    State(gate): State<Gate>,
    Who(who): Who,
    Query(query): Query<PageQuery>,
) -> Answer<Page<SessionView>> {
    let order = |session: &SessionView| format!("{:020} {}", time::to_millis(session.created_at), session.id);
    Ok(Json(query.of(gate.sessions(&who).await?, order)?))
}

async fn end_one(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
) -> Result<NoContent, Failure> {
    gate.end_session(&who, &id).await?;
    Ok(NoContent)
}

async fn end(State(gate): State<Gate>, proof: Proof) -> Result<NoContent, Failure> {
    let requester = proof.requester(&gate).await?;
    if !requester.caller.is_person() {
        return Err(Failure::new(Kind::NotAPerson, "a key has no session that could end")
            .hint("an administrator revokes keys"));
    }
    gate.sign_out(proof.token(), proof.source()).await?;
    Ok(NoContent)
}
