//! The real binary, driven as a script, an agent or a person would drive it: command line in, standard output and
//! exit code out. N-central is the binary's own emulator, in a process of its own.

#![allow(clippy::print_stderr, reason = "what is left out is told to whoever runs the tests")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod administration;
mod attacks;
mod audit;
mod browser;
mod callers;
mod calls;
mod crash;
mod demo;
mod documents;
mod exits;
mod faces;
mod fuzzing;
mod gate;
mod help;
mod install;
mod mcp;
mod mistakes;
mod nodes;
mod operations;
mod owners;
mod parity;
mod planted_secret;
mod refusals;
mod serve;
mod settling;
mod support;
mod typical;
mod upgrade;
mod webhooks;
mod wire;
