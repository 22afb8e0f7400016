//! The file of the master key: made once, with the state that is sealed under it, and never for one that had another.

use super::StateError;
use super::error::at;
use super::files::{check, checkpoints, database, exists, write_private};
use crate::keyring::MasterKey;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

pub(super) fn key_file(dir: &Path) -> PathBuf {
    dir.join("master.key")
}

/// Refuses a directory without a key that holds something made under one.
pub(super) fn refuse_lost_key(dir: &Path) -> Result<(), StateError> {
    // The key last: whoever makes a state makes its key first.
    if (exists(&database(dir))? || exists(&checkpoints(dir))?) && !exists(&key_file(dir))? {
        return Err(StateError::KeyMissing { path: dir.display().to_string() });
    }
    Ok(())
}

/// Reads the master key of a state that is there: the directory's own, or the one in a file of its own.
pub(crate) fn key_of(dir: &Path, master_key: Option<&Path>) -> Result<MasterKey, StateError> {
    master_key.map_or_else(|| own_key(dir)?.map_err(at(&key_file(dir))), given_key)
}

/// Reads the directory's master key, or makes it at the first start.
pub(super) fn key_or_new(dir: &Path) -> Result<MasterKey, StateError> {
    own_key(dir)?.or_else(|_| {
        let key = MasterKey::generate();
        keep(&key_file(dir), &key)?;
        Ok(key)
    })
}

/// The directory's own key, or that there is none and never was one.
fn own_key(dir: &Path) -> Result<Result<MasterKey, io::Error>, StateError> {
    let path = key_file(dir);
    match File::open(&path) {
        Ok(mut file) => read(&path, &mut file).map(Ok),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
            refuse_lost_key(dir)?;
            Ok(Err(missing))
        }
        Err(error) => Err(at(&path)(error)),
    }
}

/// Reads a master key that lies in a file of its own.
pub(super) fn given_key(path: &Path) -> Result<MasterKey, StateError> {
    check(path, 0o600)?;
    read(path, &mut File::open(path).map_err(at(path))?)
}

fn read(path: &Path, file: &mut File) -> Result<MasterKey, StateError> {
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(at(path))?;
    MasterKey::parse(&text).ok_or_else(|| StateError::Key { path: path.display().to_string() })
}

/// Writes a key into its file, the first or another one; durable when it returns.
pub(super) fn keep(path: &Path, key: &MasterKey) -> Result<(), StateError> {
    write_private(path, key.to_text().as_bytes()).map_err(at(path))
}
