//! The durable state of ncgate: what must outlive the process, and nothing that decides anything.
//!
//! A transaction is a synchronous closure over [`Tx`], so nothing can be awaited while a lock is held. All writes
//! go through one thread that commits those waiting together: one flush to disk answers many callers. Around the
//! closure stand small modules of free functions, one per noun, each with its statements beside it. Every
//! statement has one text that SQLite and PostgreSQL both understand.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), store::Error> {
//! use store::{Error, Location, Options, Store, settings};
//!
//! let store = Store::open(Location::Memory, Options::default())?;
//! store.write(|tx| settings::put(tx, "colour", "green")).await?;
//! let colour = store.read(|tx| settings::get(tx, "colour")).await?;
//! assert_eq!(colour.as_deref(), Some("green"));
//! # store.close().await;
//! # Ok(())
//! # }
//! ```

mod backend;
mod change;
mod checkpoint_keys;
mod checkpoints;
mod dialect;
mod error;
mod job;
mod migrations;
mod page;
mod postgres;
mod readers;
mod row;
mod snapshot;
mod sql;
mod sqlite;
mod store;
mod tx;
mod value;
mod words;
mod writer;

pub mod approvals;
pub mod audit;
pub mod calls;
pub mod connections;
pub mod guesses;
pub mod idempotency;
pub mod keys;
pub mod limits;
pub mod measures;
pub mod nodes;
pub mod overview;
pub mod people;
pub mod permits;
pub mod read_backs;
pub mod restored;
pub mod scripts;
pub mod sealed;
pub mod sessions;
pub mod settings;
pub mod stops;
pub mod tool_uses;
pub mod webhooks;
pub mod writes;

pub use change::{Change, Topic};
pub use checkpoint_keys::CheckpointKeys;
pub use checkpoints::{Checkpoints, Noted};
pub use error::Error;
pub use page::Page;
pub use row::{Column, Row};
pub use snapshot::{check_file, snapshot};
pub use sql::Sql;
pub use store::{Location, Options, Store};
pub use tx::Tx;
pub use value::{FromValue, Json, Sealed, Value};

/// What every function over the store answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;
