//! Promises of the emulator, over its HTTP surface. Most tests run in strict mode, where every answer is held against
//! the contract and a breach turns it into a 500.

#![allow(clippy::unwrap_used, reason = "a helper that panics fails the test that called it")]

mod authentication;
mod control;
mod coverage;
mod faults;
mod fleet;
mod lists;
mod sockets;
mod support;
mod tasks;
mod writes;
