//! The stories of the store, told on every backend, and what can only be told of a file: crashes and tampering.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod approvals;
mod audit;
mod callers;
mod calls;
mod checkpoints;
mod connections;
mod files;
mod odds;
mod overview;
mod pages;
mod proxy;
mod schema;
mod shared;
mod support;
mod tampering;
mod tls;
mod transactions;
mod webhooks;
