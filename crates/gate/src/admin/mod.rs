//! Administration: people, keys, connections, policies, scripts, stop switches, the record's readers, the doctor.
//!
//! Every act checks the role itself, because the faces decide nothing, and is on the record in the transaction that
//! makes it so.

mod audit;
mod connect;
mod connections;
mod credential;
mod deliveries;
mod doctor;
pub(crate) mod filter;
mod greeting;
mod guessing;
mod health;
mod identity;
mod input;
mod key_changes;
mod keys;
mod known_keys;
mod password_changes;
mod passwords;
mod people;
mod policies;
mod proof;
mod roles;
mod scripts;
mod sessions;
mod setup;
mod stops;
mod storing;
mod tls;
mod uses;
mod webhooks;

pub use audit::{Verification, verify_shared_state, verify_state, verify_state_with};
pub use connect::server_address;
pub(crate) use known_keys::KnownKeys;
pub(crate) use proof::Proofs;
pub(crate) use roles::need;
pub(crate) use webhooks::webhook_format;
