//! `/metrics`: the gateway in numbers, for Prometheus. Not for the world: a program on this machine reads it as it is,
//! as long as no proxy stands in front and every peer would look like one; anybody else has to be a person. A port of
//! its own ([`crate::watching`]) answers whoever reaches it.

use crate::auth::Who;
use crate::openapi::{Given, Sheet, Taken};
use crate::problem::Failure;
use crate::routes::{Access, Route};
use crate::state::Web;
use axum::Router;
use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use gate::{Gate, METRICS_TYPE};
use http::StatusCode;
use http::header::{self, HeaderName};
use http::request::Parts;
use model::Kind;
use serde_json::json;
use std::net::SocketAddr;

/// What proxies add to what they pass on.
const PASSED_ON: [HeaderName; 4] = [
    header::FORWARDED,
    header::VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-real-ip"),
];

/// On the port of the gateway, where not everybody may look.
pub(crate) fn routes() -> Vec<Route> {
    vec![Route::get(
        "/metrics",
        Access::Watcher,
        "The gateway in numbers, for Prometheus: to a program on its own machine, or to a person",
        guarded,
    )]
}

/// On a port of its own, where whoever gets there may look.
pub(crate) fn open_router(gate: Gate) -> Router {
    Router::new().route("/metrics", get(open)).with_state(gate)
}

async fn guarded(State(gate): State<Gate>, _: Watcher) -> Result<Numbers, Failure> {
    open(State(gate)).await
}

async fn open(State(gate): State<Gate>) -> Result<Numbers, Failure> {
    Ok(Numbers(gate.metrics().await?))
}

/// The numbers, as Prometheus reads them.
struct Numbers(String);

impl IntoResponse for Numbers {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, METRICS_TYPE)], self.0).into_response()
    }
}

impl Given for Numbers {
    fn describe(sheet: &mut Sheet<'_>) {
        sheet.answers_as(StatusCode::OK, METRICS_TYPE, json!({ "type": "string" }));
    }
}

/// Whoever may look: a program on this machine, or a person.
struct Watcher;

impl FromRequestParts<Web> for Watcher {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        if !web.is_proxied && is_local(parts) {
            return Ok(Self);
        }
        let Who(who) = Who::from_request_parts(parts, web).await?;
        if who.caller.is_person() {
            return Ok(Self);
        }
        Err(Failure::new(
            Kind::Forbidden,
            "a key does not see what others do, and these are everybody's numbers",
        )
        .hint("read them from this machine, as a person, or on the port that --metrics-listen opens"))
    }
}

impl Taken for Watcher {
    fn describe(sheet: &mut Sheet<'_>) {
        Who::describe(sheet);
    }
}

/// Whether a program on this machine asks, and for itself.
fn is_local(parts: &Parts) -> bool {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback())
        && !PASSED_ON.iter().any(|header| parts.headers.contains_key(header))
}
