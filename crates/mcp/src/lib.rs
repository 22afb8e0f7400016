//! ncgate as an MCP server.
//!
//! The official SDK, `rmcp`, speaks the protocol; this crate tells it what to say and keeps every one of its types
//! to itself, because the SDK and the protocol change faster than the product. Three places carry the protocol's
//! shapes: `listing` (what `tools/list` shows), `result` (what `tools/call` answers) and `handler` (which methods
//! there are). Everything else asks a [`Doorway`], which is the gateway as one caller sees it: in this process
//! ([`LocalDoorway`]), or another process's that is reached over its REST face.
//!
//! Revisions 2026-07-28, 2025-11-25 and 2025-06-18 are served, all of them without sessions, over Streamable HTTP
//! ([`routes`]) and stdio ([`serve_stdio`]).

mod admit;
#[cfg(feature = "conformance")]
pub mod conformance;
mod doorway;
mod handler;
mod http;
mod listing;
mod local;
mod progress;
mod result;
mod stdio;

pub use doorway::{Call, Doorway, Entrance, LocalAgent, Schema, Tool, View, Visitor};
pub use http::{Options, routes};
pub use local::{LocalDoorway, LocalEntrance};
pub use stdio::{StdioError, serve_stdio, serve_stream};
