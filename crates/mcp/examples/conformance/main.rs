//! The server that the official conformance suite of the protocol is pointed at.
//!
//! The suite brings no key and calls tools, prompts and resources by names of its own. This server has them, and puts
//! them behind the product's own transport, guards, listing, results and progress: what the suite judges is what is
//! shipped, but for the things that only the suite has. It prints its address on one line and serves until it is
//! ended. `conformance-expected-failures.yml` names what the product leaves out on purpose.

mod gateway;
mod material;
mod prompts;
mod rounds;
mod server;

use axum::extract::Request;
use axum::middleware::map_request;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use std::io::Write;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let server = server::Fixture::new(mcp::conformance::handler());
    let router = mcp::conformance::routes(server, gateway::Gateway, mcp::Options::default())
        .layer(map_request(with_a_key));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "http://{}/mcp", listener.local_addr()?)?;
    stdout.flush()?;
    axum::serve(listener, router).await
}

/// The suite can't bring a key; every request gets one, so that it takes the product's way in all the same.
async fn with_a_key(mut request: Request) -> Request {
    request.headers_mut().insert(AUTHORIZATION, HeaderValue::from_static("Bearer conformance"));
    request
}
