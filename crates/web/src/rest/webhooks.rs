//! Webhooks: what happens is told to other programs and to chats. A URL goes in and is never shown in full again; a
//! signing secret is in the answer to its making and nowhere else.

use super::Answer;
use super::page::{PageQuery, Place, by_name, sealed, wanted};
use crate::auth::Who;
use crate::extract::{Created, Json, NoContent, Path, Query};
use crate::problem::Failure;
use crate::routes::{Access, Route};
use axum::extract::State;
use gate::{
    DeliveryState, DeliveryView, Gate, NewWebhook, Page, WebhookChange, WebhookSecret, WebhookTest,
    WebhookView,
};
use model::{Kind, Role};
use schemars::JsonSchema;
use serde::Deserialize;
use std::num::NonZeroU32;

const PATH: &str = "/api/v1/webhooks";
const ONE: &str = "/api/v1/webhooks/{id}";
const ADMIN: Access = Access::Person(Role::Admin);
const VIEWER: Access = Access::Person(Role::Viewer);

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, VIEWER, "Webhooks, how they fare, and what waits for them", list),
        Route::post(PATH, ADMIN, "Make a webhook; its signing secret is shown this once", add)
            .refuses(&[Kind::NotFound, Kind::Conflict]),
        Route::get(ONE, VIEWER, "One webhook, by id or name", show),
        Route::put(ONE, ADMIN, "Change a webhook, disable it or enable it again", change)
            .refuses(&[Kind::Conflict]),
        Route::delete(ONE, ADMIN, "Remove a webhook with all that waits for it", remove),
        Route::post(
            "/api/v1/webhooks/{id}/test",
            ADMIN,
            "Send a test message and tell what came of it",
            test,
        ),
        Route::post(
            "/api/v1/webhooks/{id}/rotate",
            ADMIN,
            "Make another signing secret; the one before signs as well for 24 hours",
            rotate,
        )
        .refuses(&[Kind::Conflict]),
        Route::get("/api/v1/webhooks/{id}/deliveries", VIEWER, "Deliveries, newest first", deliveries),
        Route::post(
            "/api/v1/webhooks/{id}/deliveries/{delivery}/redeliver",
            ADMIN,
            "Deliver a message again, under the id it had",
            redeliver,
        )
        .refuses(&[Kind::Conflict]),
    ]
}

async fn list(
    State(gate): State<Gate>,
    Who(who): Who,
    Query(query): Query<PageQuery>,
) -> Answer<Page<WebhookView>> {
    Ok(Json(query.of(gate.webhooks(&who).await?, |hook| by_name(&hook.name, &hook.id))?))
}

async fn add(
    State(gate): State<Gate>,
    Who(who): Who,
    Json(new): Json<NewWebhook>,
) -> Result<Created<WebhookSecret>, Failure> {
    let made = gate.add_webhook(&who, new).await?;
    Ok(Created { place: Some(format!("{PATH}/{}", made.webhook.id)), made })
}

async fn show(State(gate): State<Gate>, Who(who): Who, Path(id): Path<String>) -> Answer<WebhookView> {
    Ok(Json(gate.webhook(&who, &id).await?))
}

async fn change(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
    Json(change): Json<WebhookChange>,
) -> Answer<WebhookView> {
    Ok(Json(gate.change_webhook(&who, &id, change).await?))
}

async fn remove(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
) -> Result<NoContent, Failure> {
    gate.remove_webhook(&who, &id).await?;
    Ok(NoContent)
}

async fn test(State(gate): State<Gate>, Who(who): Who, Path(id): Path<String>) -> Answer<WebhookTest> {
    Ok(Json(gate.test_webhook(&who, &id).await?))
}

async fn rotate(State(gate): State<Gate>, Who(who): Who, Path(id): Path<String>) -> Answer<WebhookSecret> {
    Ok(Json(gate.rotate_webhook_secret(&who, &id).await?))
}

/// What deliveries are asked for with.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeliveryQuery {
    /// Where the delivery stands.
    state: Option<DeliveryState>,
    /// From the `next` of the page before.
    cursor: Option<Place>,
    /// Items on the page: 50 if not given, never more than 500.
    limit: Option<NonZeroU32>,
}

async fn deliveries(
    State(gate): State<Gate>,
    Who(who): Who,
    Path(id): Path<String>,
    Query(query): Query<DeliveryQuery>,
) -> Answer<Page<DeliveryView>> {
    let page = wanted(query.cursor, query.limit);
    Ok(Json(sealed(gate.webhook_deliveries(&who, &id, query.state, page).await?)))
}

async fn redeliver(
    State(gate): State<Gate>,
    Who(who): Who,
    Path((id, delivery)): Path<(String, String)>,
) -> Answer<DeliveryView> {
    Ok(Json(gate.redeliver_webhook(&who, &id, &delivery).await?))
}
