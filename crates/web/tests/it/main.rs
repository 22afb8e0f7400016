//! The REST face through its router, over a gate in memory and the emulator.
#![allow(clippy::unwrap_used, reason = "a helper that panics fails the test that called it")]

mod access;
mod administration;
mod approvals;
mod audited;
mod browserless;
mod callers;
mod calls;
mod document;
mod downloads;
mod events;
mod owner;
mod pages;
mod pages_activity;
mod pages_callers;
mod pages_connecting;
mod pages_integrations;
mod pages_scripts;
mod pages_try;
mod pages_webhooks;
mod refusals;
mod sessions;
mod webhooks;
mod world;
