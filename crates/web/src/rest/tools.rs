//! Tools: what the caller may ask for, and asking. The answer's status tells whether the caller has to come back:
//! 200 for a result, 202 with the call's place for one that waits for a person or for its time. A list comes as a
//! file where the caller accepts that.

use super::{Answer, download};
use crate::auth::Who;
use crate::extract::{Json, OptionalJson, Path, Query};
use crate::problem::{CALL_ID, Failure};
use crate::routes::{Access, Route};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use gate::{Ask, Gate, Offer, Silent};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use model::{Effect, Kind, Mode, NameSet};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// Where a tool is called.
pub(crate) const CALL_PATH: &str = "/api/v1/tools/{name}";

/// RFC 7240: how long the caller is ready to wait.
const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The longest that an answer is held, in seconds.
const LONGEST_WAIT: u64 = 45;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/tools", Access::Caller, "The tools that the caller may ask for", list)
            .query(&["names", "connection"]),
        Route::post(CALL_PATH, Access::Caller, "Ask for a tool", call).query(&["connection"]),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    names: Option<NameSet>,
    connection: Option<String>,
}

#[derive(Serialize)]
struct Tools {
    tools: Vec<Tool>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    alias: Option<&'static str>,
    effect: Effect,
    policy: Mode,
    summary: &'static str,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallQuery {
    connection: Option<String>,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Arguments(Value);

impl Default for Arguments {
    fn default() -> Self {
        Self(Value::Object(Map::new()))
    }
}

async fn call(
    State(gate): State<Gate>,
    Who(requester): Who,
    Path(tool): Path<String>,
    Query(query): Query<CallQuery>,
    headers: HeaderMap,
    OptionalJson(Arguments(arguments)): OptionalJson<Arguments>,
) -> Result<Response, Failure> {
    let wait = preferred_wait(&headers);
    let ask = Ask {
        requester,
        connection: query.connection,
        tool: tool.clone(),
        arguments,
        hold: Duration::from_secs(wait.unwrap_or(0)),
        idempotency_key: idempotency_key(&headers)?,
        progress: Arc::new(Silent),
    };
    let answer = gate.ask(ask).await?;
    let body = answer.body();
    let file = download::wanted(&headers).and_then(|format| download::file(&tool, &body, format));
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
    Ok(response)
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("ids and numbers make a header value")
}

/// The seconds of `Prefer: wait=N`, cut to the longest that is given.
fn preferred_wait(headers: &HeaderMap) -> Option<u64> {
    let preferences = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
    preferences.flat_map(|text| text.split(',')).find_map(|preference| {
        let (name, seconds) = preference.split_once('=')?;
        let seconds = seconds.split(';').next()?.trim().trim_matches('"');
        name.trim()
            .eq_ignore_ascii_case("wait")
            .then(|| seconds.parse::<u64>().ok())?
            .map(|n| n.min(LONGEST_WAIT))
    })
}

/// The `Idempotency-Key`; the gate says what is a good one. Two of them, or one that is no text, is none.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    let (first, second) = (given.next(), given.next());
    match (first.map(HeaderValue::to_str), second) {
        (None, _) => Ok(None),
        (Some(Ok(key)), None) => Ok(Some(key.to_owned())),
        _ => Err(Failure::new(Kind::BadRequest, "the `Idempotency-Key` header can't be used")
            .hint("send it once, as plain text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_a_preference_with_an_end() {
        let wait = |text: &'static str| {
            preferred_wait(&HeaderMap::from_iter([(PREFER, HeaderValue::from_static(text))]))
        };
        assert_eq!(wait("wait=10"), Some(10));
        assert_eq!(wait("respond-async, Wait = 20"), Some(20));
        assert_eq!(wait("wait=600"), Some(LONGEST_WAIT));
        assert_eq!((wait("wait"), wait("wait=soon"), wait("handling=strict")), (None, None, None));
    }

    #[test]
    fn an_idempotency_key_comes_once() {
        let key = |keys: &[&'static str]| {
            idempotency_key(&keys.iter().map(|k| (IDEMPOTENCY_KEY, HeaderValue::from_static(k))).collect())
        };
        assert_eq!(key(&[]).unwrap(), None);
        assert_eq!(key(&["a"]).unwrap().as_deref(), Some("a"));
        assert!(key(&["a", "b"]).is_err());
    }
}
