//! `/metrics`: the gateway in numbers, for Prometheus. Not for the world: a program on this machine reads it as it is,
//! as long as no proxy stands in front and every peer would look like one; anybody else has to be a person. A port of
//! its own ([`crate::watching`]) answers whoever reaches it.

use crate::auth::Who;
use crate::problem::Failure;
use crate::state::Web;
use axum::Router;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use gate::{Gate, METRICS_TYPE};
use http::header::{self, HeaderName};
use http::request::Parts;
use model::Kind;
use std::net::SocketAddr;

/// What proxies add to what they pass on.
const PASSED_ON: [HeaderName; 4] = [
    header::FORWARDED,
    header::VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-real-ip"),
];

/// On the port of the gateway, where not everybody may look.
pub(crate) fn router(web: Web) -> Router {
    Router::new().route("/metrics", get(guarded)).with_state(web)
}

/// On a port of its own, where whoever gets there may look.
pub(crate) fn open_router(gate: Gate) -> Router {
    Router::new().route("/metrics", get(open)).with_state(gate)
}

async fn guarded(State(web): State<Web>, request: Request) -> Result<Response, Failure> {
    let (mut parts, _) = request.into_parts();
    if web.is_proxied || !is_local(&parts) {
        let Who(who) = Who::from_request_parts(&mut parts, &web).await?;
        if !who.caller.is_person() {
            return Err(Failure::new(Kind::Forbidden, "a key does not see what others do, and these are everybody's numbers")
                .hint("read them from this machine, as a person, or on the port that --metrics-listen opens"));
        }
    }
    open(State(web.gate)).await
}

async fn open(State(gate): State<Gate>) -> Result<Response, Failure> {
    Ok(([(header::CONTENT_TYPE, METRICS_TYPE)], gate.metrics().await?).into_response())
}

/// Whether a program on this machine asks, and for itself.
fn is_local(parts: &Parts) -> bool {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback())
        && !PASSED_ON.iter().any(|header| parts.headers.contains_key(header))
}
