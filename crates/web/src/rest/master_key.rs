//! The master key, which an administrator may have changed. It never leaves the state directory.

use super::Answer;
use crate::auth::Who;
use crate::extract::Json;
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{Gate, MasterKeyChange};
use model::Role;

pub(crate) fn routes() -> Vec<Route> {
    vec![Route::post(
        "/api/v1/master-key/rotate",
        Access::Person(Role::Admin),
        "Make a new master key and seal everything again under it",
        rotate,
    )]
}

async fn rotate(State(gate): State<Gate>, Who(who): Who) -> Answer<MasterKeyChange> {
    Ok(Json(gate.change_master_key(&who).await?))
}
