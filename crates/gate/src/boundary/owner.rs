//! Ownership of a state directory: the lock, and what only its holder has.

use super::error::at;
use super::files::write_private;
use super::{StateError, address, key_file};
use crate::keyring::MasterKey;
use crate::seal::random_token;
use secrecy::SecretString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Ownership of a state directory, for as long as the value lives.
#[derive(Debug)]
pub struct Owner {
    dir: PathBuf,
    token: SecretString,
    key: MasterKey,
    key_file: PathBuf,
    _lock: File,
}

impl Owner {
    pub(super) fn new(dir: &Path, lock: File, master_key: Option<&Path>) -> Result<Self, StateError> {
        let key = match master_key {
            None => key_file::key_or_new(dir)?,
            Some(path) => key_file::given_key(path)?,
        };
        address::withdraw(dir);
        Ok(Self {
            dir: dir.to_owned(),
            token: format!("nco_{}", random_token()).into(),
            key,
            key_file: master_key.map_or_else(|| key_file::key_file(dir), Path::to_owned),
            _lock: lock,
        })
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What identifies a command of the same user to this owner.
    pub fn token(&self) -> &SecretString {
        &self.token
    }

    /// The id of the node that lives in this directory: made once, kept over restarts.
    pub(crate) fn node_id(&self) -> Result<String, StateError> {
        let path = self.dir.join("node.id");
        match std::fs::read_to_string(&path) {
            Ok(id) if !id.trim().is_empty() => Ok(id.trim().to_owned()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(&path)(error)),
            _ => {
                let id = crate::gate::new_id();
                write_private(&path, id.as_bytes()).map_err(at(&path))?;
                Ok(id)
            }
        }
    }

    pub(crate) fn master_key(&self) -> MasterKey {
        self.key.clone()
    }

    /// Writes another state of the master key into the key file; durable when it returns.
    pub(crate) fn keep_master_key(&self, key: &MasterKey) -> Result<(), StateError> {
        key_file::keep(&self.key_file, key)
    }

    /// Writes where this owner listens, for the commands that come later.
    ///
    /// # Errors
    /// The file system.
    pub fn publish(&self, url: &str) -> io::Result<()> {
        address::publish(&self.dir, url, &self.token)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        address::withdraw(&self.dir);
    }
}
