//! The way in for the fixture server of the protocol's conformance suite (`examples/conformance`), which has to serve
//! things that the product does not have, such as pictures and prompts, through the product's own transport, guards
//! and handler. Compiled for that alone; it shows types of the SDK, which nothing else outside may see.

use crate::doorway::Entrance;
use crate::handler::Handler;
use crate::http::{Options, routes_to};
use axum::Router;
use rmcp::handler::server::ServerHandler;

/// The product's handler, for the fixture's to stand in front of.
pub fn handler() -> impl ServerHandler + Clone {
    Handler::default()
}

/// The product's routes with this handler behind them.
pub fn routes(handler: impl ServerHandler + Clone, entrance: impl Entrance, options: Options) -> Router {
    routes_to(handler, entrance, options)
}
