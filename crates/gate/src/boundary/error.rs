//! Why a state directory can't be used, each with what to do about it.

use std::io;
use std::path::Path;

/// Why a state directory can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Others can read or write it.
    #[error(
        "{path} has mode {mode:04o}, so others can reach the credentials in it; run: chmod {wanted:o} {path}"
    )]
    Open {
        /// The directory or file.
        path: String,
        /// Its mode.
        mode: u32,
        /// The mode it must have.
        wanted: u32,
    },
    /// It belongs to another user.
    #[error(
        "{path} belongs to another user; run ncgate as its owner, or choose another directory with --state"
    )]
    Foreign {
        /// The directory or file.
        path: String,
    },
    /// Another process holds the lock and does not say where it listens.
    #[error("another ncgate owns {path} and does not answer; wait for it, or end that process")]
    Silent {
        /// The directory.
        path: String,
    },
    /// The key file is damaged.
    #[error(
        "{path} is not a key of 32 bytes in hex; restore it from your backup, because without it nothing sealed opens"
    )]
    Key {
        /// The file.
        path: String,
    },
    /// There is a state and no key that opens it.
    #[error(
        "{path}: the key file is missing: restore master.key from your backup; without it nothing sealed opens"
    )]
    KeyMissing {
        /// The directory.
        path: String,
    },
    /// The store can't be read.
    #[error("the state in {path} can't be read: {source}")]
    Store {
        /// The directory.
        path: String,
        /// What the store said.
        source: store::Error,
    },
    /// The file system refused.
    #[error("{path} can't be used: {source}")]
    Io {
        /// The path.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> StateError {
    let path = path.display().to_string();
    move |source| StateError::Io { path, source }
}

/// The problem that a command reports for it.
pub fn state_error(error: &StateError) -> model::Problem {
    let hint = match error {
        StateError::Key { .. } | StateError::KeyMissing { .. } => {
            "without a backup of the key, begin anew in another directory with --state"
        }
        StateError::Io { .. } => {
            "name a directory that the user who runs ncgate can write to, with --state or NCGATE_STATE"
        }
        _ => "the state directory must belong to the user that runs ncgate, with mode 0700",
    };
    model::Problem::new(model::Kind::Internal, error.to_string()).hint(hint)
}
