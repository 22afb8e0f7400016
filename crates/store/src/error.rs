//! What can go wrong with the state, in one enum. None of it is the caller's doing but [`Error::Unique`],
//! [`Error::NotFound`] and [`Error::Cursor`].

use std::path::PathBuf;
use std::sync::Arc;

/// A failure of the store. It is cheap to clone, because one failed commit answers everyone who was part of it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// SQLite refused or failed.
    #[error("the database failed: {0}")]
    Sqlite(#[source] Arc<rusqlite::Error>),
    /// PostgreSQL refused or failed; nothing of the transaction is kept.
    #[error("the database failed: {message}")]
    Postgres {
        /// What it said.
        message: String,
    },
    /// PostgreSQL can't be reached, or was lost before anything was kept.
    #[error("the database can't be reached: {why}")]
    Unreachable {
        /// What the system or the server said.
        why: String,
    },
    /// The connection was lost while a commit was on its way: the transaction may have been kept, or not.
    #[error("the connection to the database was lost during a commit; what it was about may have been kept")]
    CommitUnknown,
    /// The database's address says something that can't be.
    #[error("the database's address can't be used: {why}")]
    Address {
        /// What is wrong with it. It quotes nothing of the address.
        why: String,
    },
    /// What is stored can't be what was written.
    #[error("the state is damaged: {what}")]
    Corrupt {
        /// What was found where.
        what: String,
    },
    /// There is one of that name or id already.
    #[error("there is one of that name in `{table}` already")]
    Unique {
        /// The table that refused it.
        table: &'static str,
    },
    /// Nothing of that id.
    #[error("nothing of that id in `{table}`")]
    NotFound {
        /// The table that was searched.
        table: &'static str,
    },
    /// A cursor that no list of this store gave out.
    #[error("the cursor is not one that a list gave out")]
    Cursor,
    /// The state was written by a newer version.
    #[error("the state has version {found}, this program knows up to {known}; use the newer program")]
    TooNew {
        /// The version found.
        found: i64,
        /// The last one this program knows.
        known: i64,
    },
    /// A file beside the database can't be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: Arc<std::io::Error>,
    },
    /// The transaction's closure panicked; it was rolled back.
    #[error("a transaction panicked and was rolled back")]
    Panicked,
    /// The store was closed before the transaction ran.
    #[error("the store is closed")]
    Closed,
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Error::Corrupt { what: error.to_string() },
            _ => Error::Sqlite(Arc::new(error)),
        }
    }
}

impl Error {
    pub(crate) fn file(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Error::File { path: path.into(), source: Arc::new(source) }
    }
}
