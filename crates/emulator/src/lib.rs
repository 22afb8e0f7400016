//! A faithful emulator of an N-able N-central server: its REST API as the contract and its notes describe it, over a
//! fleet that is computed from a seed, with a clock, faults and a journal that a test can hold in its hand. It shares
//! no type with any client; both answer to the contract file.

// `json!` goes one level deeper for each member, and assets have many.
#![recursion_limit = "256"]

mod answer;
mod auth;
mod call;
mod clock;
mod config;
mod control;
mod dispatch;
mod emulator;
mod failure;
mod faults;
mod fleet;
mod generated;
mod hash;
mod journal;
mod limits;
mod ops;
mod page;
mod requests;
mod route;
mod select;
mod serve;
mod shift;
mod socket;
mod spoil;
mod strict;
mod text;
mod world;

pub use auth::Expire;
pub use config::Config;
pub use control::{DevicePatch, UnknownUnit};
pub use emulator::{Emulator, Running};
pub use faults::{Fault, FaultKind, When};
pub use fleet::scripts::{RepositoryItem, RepositoryParameter};
pub use journal::JournalEntry;
pub use requests::{OperationCounts, RequestCounts};
