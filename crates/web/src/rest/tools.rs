//! Tools: what the caller may ask for, and asking. The answer's status tells whether the caller has to come back:
//! 200 for a result, 202 with the call's place for one that waits for a person or for its time. A list comes as a
//! file where the caller accepts that.

use super::preferences::{IdempotencyKey, PREFERENCE_APPLIED, Wait, Wanted};
use super::{Answer, download};
use crate::auth::Who;
use crate::extract::{Json, OptionalJson, Path, Query};
use crate::openapi::{Given, Sheet};
use crate::problem::{CALL_ID, Failure};
use crate::routes::{Access, Route};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use gate::{Ask, Gate, Offer, Silent};
use http::{HeaderValue, StatusCode, header};
use model::{Effect, Kind, Mode, NameSet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// Where a tool is called.
pub(crate) const CALL_PATH: &str = "/api/v1/tools/{name}";

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/tools", Access::Caller, "The tools that the caller may ask for", list)
            .refuses(&[Kind::NotFound, Kind::NotConnected]),
        Route::post(CALL_PATH, Access::Caller, "Ask for a tool", call),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Which set of names to show; a key has its own.
    names: Option<NameSet>,
    /// Id or name of the connection, for a person with several.
    connection: Option<String>,
}

/// What a caller may ask for.
#[derive(Serialize, JsonSchema)]
struct Tools {
    /// Those that it is shown.
    tools: Vec<Tool>,
}

/// A tool as its caller sees it.
#[derive(Serialize, JsonSchema)]
struct Tool {
    /// What to call it by.
    name: &'static str,
    /// Its second name.
    alias: Option<&'static str>,
    /// What it does to the world.
    effect: Effect,
    /// What happens when it is asked for.
    policy: Mode,
    /// What it is for.
    summary: &'static str,
    /// The JSON schema of its arguments.
    #[schemars(with = "Map<String, Value>")]
    input_schema: &'static Value,
}

impl Tool {
    fn new(offer: &Offer, names: Option<NameSet>) -> Self {
        let record = &offer.tool.record;
        let name = match names {
            None => offer.shown_name,
            Some(NameSet::Canonical) => record.name,
            Some(NameSet::Alias) => record.alias.unwrap_or(record.name),
        };
        Self {
            name,
            alias: record.alias,
            effect: record.effect,
            policy: offer.policy,
            summary: record.summary,
            input_schema: offer.tool.input_schema(),
        }
    }
}

async fn list(State(gate): State<Gate>, Who(who): Who, Query(query): Query<ListQuery>) -> Answer<Tools> {
    let offers = gate.offers(&who, query.connection.as_deref()).await?;
    Ok(Json(Tools { tools: offers.iter().map(|offer| Tool::new(offer, query.names)).collect() }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CallQuery {
    /// Id or name of the connection, for a person with several.
    connection: Option<String>,
}

/// The arguments; the gate holds them against the tool's own schema.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
struct Arguments(Value);

impl Default for Arguments {
    fn default() -> Self {
        Self(Value::Object(Map::new()))
    }
}

#[expect(clippy::too_many_arguments, reason = "each is one part of the request, and documents itself")]
async fn call(
    State(gate): State<Gate>,
    Who(requester): Who,
    Path(tool): Path<String>,
    Query(query): Query<CallQuery>,
    Wait(wait): Wait,
    IdempotencyKey(idempotency_key): IdempotencyKey,
    Wanted(form): Wanted,
    OptionalJson(Arguments(arguments)): OptionalJson<Arguments>,
) -> Result<Asked, Failure> {
    let ask = Ask {
        requester,
        connection: query.connection,
        tool: tool.clone(),
        arguments,
        hold: Duration::from_secs(wait.unwrap_or(0)),
        idempotency_key,
        progress: Arc::new(Silent),
    };
    let answer = gate.ask(ask).await?;
    let body = answer.body();
    let file = form.and_then(|format| download::file(&tool, &body, format));
    let status = if answer.is_waiting() { StatusCode::ACCEPTED } else { StatusCode::OK };
    let mut response = file.unwrap_or_else(|| (status, Json(body)).into_response());
    let told = response.headers_mut();
    if let Some(id) = answer.call_id() {
        told.insert(CALL_ID, value(id.as_str()));
        if answer.is_waiting() {
            told.insert(header::LOCATION, value(&super::calls::place(id)));
        }
    }
    if let Some(seconds) = wait {
        told.insert(PREFERENCE_APPLIED, value(&format!("wait={seconds}")));
    }
    Ok(Asked(response))
}

/// The answer to a call. The document has one of its own for each tool.
struct Asked(Response);

impl IntoResponse for Asked {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Given for Asked {
    fn describe(_: &mut Sheet<'_>) {}
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("ids and numbers make a header value")
}
