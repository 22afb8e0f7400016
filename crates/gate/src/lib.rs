//! The one doorway that every call passes.
//!
//! Whoever asks, through whatever face, ends up in [`Gate::ask`]: the call is checked, planned and frozen, its
//! policy looked up, held for a person's decision if the policy says so, and run once, with every step on the
//! record. The faces (`mcp`, `web`) translate; they decide nothing. Everything that touches the world — the
//! clock, random numbers, the store, N-central — is held here and handed on as values.

mod admin;
pub mod api;
pub mod ask;
pub mod backup;
mod boundary;
mod clock;
mod crash;
mod decide;
mod events;
mod execute;
mod gate;
mod keyring;
mod limits;
mod metrics;
mod nodes;
mod overview;
mod record;
mod registry;
mod seal;
mod trace;
mod upkeep;
mod webhooks;

pub use admin::{Verification, server_address, verify_shared_state, verify_state, verify_state_with};
pub use api::*;
pub use boundary::{Address, Boundary, Found, Owner, StateError, state_error};
pub use catalog::{Area, Entry as Tool, Progress, Silent, TOOLS};
pub use clock::SystemClock;
pub use events::{Following, Told};
pub use gate::{Gate, Home, Options};
pub use limits::{Allowance, Limits, Seat};
pub use metrics::MEDIA_TYPE as METRICS_TYPE;
pub use nodes::Commons;
pub use store::Topic;
pub use upkeep::KeyChange as MasterKeyChange;

/// The id of the built-in key that local MCP clients use.
pub(crate) const LOCAL_AGENT: &str = "local-agent";

/// The id of the person that local commands act as while there is no administrator.
pub(crate) const OPERATOR: &str = "operator";
