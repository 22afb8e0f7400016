//! The MCP face from outside: bytes in, bytes out, on both transports and in both eras of the protocol.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cancelling;
mod fake;
mod guard;
mod handshake_era;
mod stateless_era;
mod stdio;
mod wire;
mod with_gate;
