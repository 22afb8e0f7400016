//! Where the owner of a state directory listens, written beside its lock for the commands that come later.

use super::StateError;
use super::error::at;
use super::files::write_private;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// Where the owner listens.
#[derive(Debug)]
pub struct Address {
    /// Its base address.
    pub url: String,
    /// What identifies a command of the same user.
    pub token: SecretString,
    /// Its process id.
    pub pid: u32,
}

#[derive(Serialize, Deserialize)]
struct OwnerFile {
    url: String,
    token: String,
    pid: u32,
}

fn file(dir: &Path) -> PathBuf {
    dir.join("owner.json")
}

pub(super) fn publish(dir: &Path, url: &str, token: &SecretString) -> io::Result<()> {
    let content =
        OwnerFile { url: url.to_owned(), token: token.expose_secret().to_owned(), pid: std::process::id() };
    write_private(&file(dir), serde_json::to_string(&content)?.as_bytes())
}

/// Takes it away again; an owner that was killed leaves it behind.
pub(super) fn withdraw(dir: &Path) {
    let _ = std::fs::remove_file(file(dir));
}

pub(super) fn read(dir: &Path) -> Result<Option<Address>, StateError> {
    let path = file(dir);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(serde_json::from_slice::<OwnerFile>(&bytes).ok().map(|file| Address {
            url: file.url,
            token: file.token.into(),
            pid: file.pid,
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(&path)(error)),
    }
}
