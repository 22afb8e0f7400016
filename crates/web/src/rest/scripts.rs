//! Scripts: the list of repository items that an administrator keeps for a connection.

use super::Answer;
use super::page::{PageQuery, by_name};
use crate::auth::Who;
use crate::extract::{Created, Json, NoContent, Path, Query};
use crate::problem::Failure;
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{Gate, NewScript, Page, ScriptChange};
use model::{Kind, Role, Script};

pub(crate) fn routes() -> Vec<Route> {
    const PATH: &str = "/api/v1/connections/{id}/scripts";
    const ONE: &str = "/api/v1/connections/{id}/scripts/{script}";
    const ADMIN: Access = Access::Person(Role::Admin);
    vec![
        Route::get(PATH, Access::Person(Role::Viewer), "The script list of a connection", list),
        Route::post(PATH, ADMIN, "Put a script on the list", add).refuses(&[Kind::Conflict]),
        Route::put(ONE, ADMIN, "Change a script on the list, by id or name; what is missing stays", change)
            .refuses(&[Kind::Conflict]),
        Route::delete(ONE, ADMIN, "Take a script off the list, by id or name", remove),
    ]
}

async fn list(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(connection): Path<String>,
    Query(query): Query<PageQuery>,
) -> Answer<Page<Script>> {
    Ok(Json(query.of(gate.scripts(&who, &connection).await?, |script| by_name(&script.name, &script.id))?))
}

async fn add(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(connection): Path<String>,
    Json(new): Json<NewScript>,
) -> Result<Created<Script>, Failure> {
    Ok(gate.add_script(&who, &connection, new).await?.into())
}

async fn change(
    State(gate): State<Gate>,
    Who(who): Who,
    Path((connection, script)): Path<(String, String)>,
    Json(change): Json<ScriptChange>,
) -> Answer<Script> {
    Ok(Json(gate.change_script(&who, &connection, &script, change).await?))
}

async fn remove(
    State(gate): State<Gate>,
    Who(who): Who,
    Path((connection, script)): Path<(String, String)>,
) -> Result<NoContent, Failure> {
    gate.remove_script(&who, &connection, &script).await?;
    Ok(NoContent)
}
