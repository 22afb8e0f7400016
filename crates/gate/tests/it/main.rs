//! The gate's promises, driven through its doorway against the emulator.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on should stop where it stands")]

mod admin;
mod approvals;
mod execution;
mod faults;
mod forgetting;
mod house;
mod nodes;
mod raw;
mod turns;
mod webhooks;
