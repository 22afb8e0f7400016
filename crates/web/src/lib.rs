//! ncgate over HTTP: REST under `/api/v1`, the dashboard's pages, events, health.
//!
//! This crate translates and decides nothing. A request is let through the [`Guard`], its bearer is shown to the
//! gate, its body becomes one of the gate's requests, and the gate's answer or problem becomes the response. Every
//! route stands in one table ([`routes`]), from which the router, the OpenAPI document and the tests of who may do
//! what are made.

mod auth;
mod extract;
mod guard;
mod openapi;
mod pages;
mod problem;
mod rate;
mod rest;
mod routes;
pub mod rows;
mod shell;
mod state;

pub use guard::{Guard, Guarded, Trust};
pub use openapi::document as openapi;
pub use routes::{Access, Route, every_route, routes};
pub use shell::around;

use axum::Router;
use gate::Gate;
use tokio_util::sync::CancellationToken;

/// Settings of the HTTP faces.
#[derive(Clone, Debug)]
pub struct Options {
    /// The names under which the gateway may be addressed, and the pages that may.
    pub trust: Trust,
    /// The address under which people and programs reach the gateway, where that is known.
    pub public_url: Option<String>,
    /// Ends the event streams, which would otherwise hold up a graceful shutdown for ever.
    pub closing: CancellationToken,
}

impl Default for Options {
    fn default() -> Self {
        Self { trust: Trust::loopback(), public_url: None, closing: CancellationToken::new() }
    }
}

/// REST, pages and health, complete with guard and shell. Serve it with `into_make_service_with_connect_info`, so that the
/// record knows the peer's address.
///
/// Another face on the same port stands behind the same two: `around(its_router.layer(guard(&options)))`.
pub fn router(gate: Gate, options: &Options) -> Router {
    let web = state::Web::new(gate, options);
    let faces = rest::router(web.clone()).merge(pages::router(web.clone())).layer(guard(options));
    // Probes come by address or by whatever name the platform likes, and are told nothing worth guarding.
    around(faces.merge(rest::health::router(web)))
}

/// What watches a gateway and nothing else: metrics and probes, for a port that only those who may look can reach.
pub fn watching(gate: Gate, options: &Options) -> Router {
    let probes = rest::health::router(state::Web::new(gate.clone(), options));
    around(rest::metrics::open_router(gate).merge(probes))
}

/// The guard at the door, as a layer for any service over HTTP.
pub fn guard(options: &Options) -> Guard {
    Guard::new(options.trust.clone())
}
