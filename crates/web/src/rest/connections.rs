//! Connections: N-central servers. A JWT goes in and never comes out again.

use super::Answer;
use super::page::{PageQuery, by_name};
use crate::auth::Who;
use crate::extract::{Created, Json, NoContent, Path, Query};
use crate::problem::Failure;
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{Connected, ConnectionChange, Gate, NewConnection, Page};
use http::StatusCode;
use model::{Connection, Kind, Role};

/// Where connections are.
const PATH: &str = "/api/v1/connections";
const ONE: &str = "/api/v1/connections/{id}";
const ADMIN: Access = Access::Person(Role::Admin);
const VIEWER: Access = Access::Person(Role::Viewer);

/// How an attempt to connect may fail.
const REFUSED: &[Kind] = &[
    Kind::InvalidUrl,
    Kind::NotNCentral,
    Kind::TooOld,
    Kind::JwtRefused,
    Kind::PasswordExpired,
    Kind::Unreachable,
    Kind::Tls,
    Kind::UpstreamTimeout,
    Kind::BadAnswer,
    Kind::Throttled,
    Kind::UpstreamRefused,
    Kind::UpstreamForbidden,
    Kind::UpstreamFailed,
];

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, VIEWER, "Connections and their health", list),
        Route::post(PATH, ADMIN, "Connect an N-central server", connect)
            .refuses(&[Kind::Conflict])
            .refuses_as(StatusCode::UNPROCESSABLE_ENTITY, REFUSED),
        Route::get(ONE, VIEWER, "One connection, by id or name", show),
        Route::put(ONE, ADMIN, "Change a connection; a new JWT reconnects", change)
            .refuses(&[Kind::Conflict])
            .refuses_as(StatusCode::UNPROCESSABLE_ENTITY, REFUSED),
        Route::delete(
            ONE,
            ADMIN,
            "Remove a connection for good, with its credential, policies and scripts",
            remove,
        )
        .refuses(&[Kind::Conflict]),
        Route::post(
            "/api/v1/connections/{id}/disconnect",
            ADMIN,
            "Forget the credential of a connection, and keep its policies, scripts and keys",
            disconnect,
        )
        .refuses(&[Kind::Conflict]),
    ]
}

async fn list(
    State(gate): State<Gate>,
    Who(who): Who,
    Query(query): Query<PageQuery>,
) -> Answer<Page<Connection>> {
    Ok(Json(
        query.of(gate.connections(&who).await?, |connection| {
            by_name(&connection.name, connection.id.as_str())
        })?,
    ))
}

async fn connect(
    State(gate): State<Gate>,
    Who(who): Who,
    Json(new): Json<NewConnection>,
) -> Result<Created<Connected>, Failure> {
    let made = gate.connect(&who, new).await.map_err(Failure::of_connecting)?;
    Ok(Created { place: Some(format!("{PATH}/{}", made.connection.id)), made })
}

async fn show(State(gate): State<Gate>, Who(who): Who, Path(id): Path<String>) -> Answer<Connection> {
    Ok(Json(gate.connection(&who, &id).await?))
}

async fn change(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
    Json(change): Json<ConnectionChange>,
) -> Answer<Connected> {
    Ok(Json(gate.change_connection(&who, &id, change).await.map_err(Failure::of_connecting)?))
}

async fn disconnect(State(gate): State<Gate>, Who(who): Who, Path(id): Path<String>) -> Answer<Connection> {
    Ok(Json(gate.disconnect(&who, &id).await?))
}

async fn remove(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
) -> Result<NoContent, Failure> {
    gate.remove_connection(&who, &id).await?;
    Ok(NoContent)
}
