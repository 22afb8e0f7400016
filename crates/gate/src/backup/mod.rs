//! Backups: the whole state in one encrypted file, and the way back.
//!
//! A backup is a tar of manifest, master key, checkpoints and database, encrypted in chunks under a passphrase. It is
//! taken by whoever may read the state directory, whether or not a gateway runs: that user could copy the files as
//! well. Putting it back is another matter, because nobody knows what happened after it was taken.

mod cipher;
mod manifest;
mod restore;
mod state_after;
mod take;
mod vacant;

pub use restore::{Restored, restore};
pub use take::{Taken, take};

use model::{Kind, Problem};
use secrecy::{ExposeSecret, SecretString};
use std::path::Path;

/// Is told how many bytes have been worked through.
pub type Worked<'a> = &'a mut (dyn FnMut(u64) + Send);

/// The files of a state, in the order in which a restore puts them into place. The key is the last: a state without
/// its key is refused by every command, so what a restore left half done can't be mistaken for a state.
const FILES: [&str; 3] = ["checkpoints.json", "ncgate.db", "master.key"];

/// Characters that a passphrase has at least.
const PASSPHRASE: usize = 12;

fn check_passphrase(passphrase: &SecretString) -> Result<(), Problem> {
    if passphrase.expose_secret().chars().count() < PASSPHRASE {
        return Err(Problem::new(
            Kind::BadRequest,
            format!("the passphrase of a backup has {PASSPHRASE} characters or more"),
        )
        .hint("nothing was written; whoever guesses it has the credentials of every connection"));
    }
    Ok(())
}

fn failed(what: impl std::fmt::Display, error: impl std::fmt::Display) -> Problem {
    Problem::new(Kind::Internal, format!("{what}: {error}"))
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> Problem {
    let path = path.display().to_string();
    move |error| failed(&path, error)
}
