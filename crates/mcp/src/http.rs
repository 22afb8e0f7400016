//! Streamable HTTP: one address, no sessions, both eras of the protocol.

use crate::admit::{self, Guard};
use crate::doorway::Entrance;
use crate::handler::Handler;
use axum::Router;
use axum::middleware;
use axum::routing::{get, post_service};
use rmcp::handler::server::ServerHandler;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Longest request body, in bytes; the longest sensible one is a raw call's.
const LONGEST_BODY: usize = 1024 * 1024;

/// How the endpoint is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address that people and clients reach the gateway under; else the request's own `Host` is believed where
    /// an answer has to name it.
    pub public_url: Option<String>,
    /// Host names, with or without port, under which requests are taken. Empty: all.
    pub hosts: Vec<String>,
    /// Origins from which a browser may send requests, `scheme://host:port` with `*` for any port. A request without
    /// an origin does not come from a page and is taken. Empty: none.
    pub origins: Vec<String>,
    /// Ends streams that are still open when the gateway goes down.
    pub shutdown: CancellationToken,
}

impl Default for Options {
    /// For a gateway on loopback.
    fn default() -> Self {
        let hosts = ["localhost", "127.0.0.1", "[::1]"];
        Self {
            public_url: None,
            hosts: hosts.map(str::to_owned).to_vec(),
            origins: hosts.map(|host| format!("http://{host}:*")).to_vec(),
            shutdown: CancellationToken::new(),
        }
    }
}

/// `/mcp`, and the description of this protected resource under `/.well-known`; to be merged into the gateway's
/// router. The peer's address is recorded where the server hands out `ConnectInfo<SocketAddr>`.
pub fn routes(entrance: impl Entrance, options: Options) -> Router {
    routes_to(Handler::default(), entrance, options)
}

/// The same with this handler behind it.
pub(crate) fn routes_to(
    handler: impl ServerHandler + Clone,
    entrance: impl Entrance,
    options: Options,
) -> Router {
    let Options { public_url, hosts, origins, shutdown } = options;
    let guard = Arc::new(Guard { entrance: Arc::new(entrance), public_url });
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        // Only requests that follow their progress are answered with a stream, and they hear of it often enough.
        .with_sse_keep_alive(None)
        .with_max_request_body_bytes(LONGEST_BODY)
        .with_allowed_hosts(hosts)
        .with_allowed_origins(origins)
        .enforce_origin_validation()
        .with_cancellation_token(shutdown);
    let service = StreamableHttpService::new(
        move || Ok(handler.clone()),
        Arc::new(NeverSessionManager::default()),
        config,
    );
    Router::new()
        .route("/mcp", post_service(service))
        .route_layer(middleware::from_fn_with_state(guard.clone(), admit::admit))
        .route(admit::METADATA_PATH, get(admit::metadata))
        .with_state(guard)
}
