//! The files of a state directory: their names, who may reach them, and how they are written.

use super::StateError;
use super::error::at;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The database in a state directory.
pub(crate) fn database(dir: &Path) -> PathBuf {
    dir.join("ncgate.db")
}

/// The audit's checkpoints in a state directory: outside the database, because they vouch for it.
pub(crate) fn checkpoints(dir: &Path) -> PathBuf {
    dir.join("checkpoints.json")
}

/// Whether something has that name, if only a link that leads nowhere.
pub(super) fn exists(path: &Path) -> Result<bool, StateError> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(at(path)(error)),
    }
}

/// Refuses a directory that others can reach, or in which they can reach a file.
pub(crate) fn check_closed(dir: &Path) -> Result<(), StateError> {
    if dir.metadata().is_ok_and(|meta| !meta.is_dir()) {
        return Err(at(dir)(io::ErrorKind::NotADirectory.into()));
    }
    check(dir, 0o700)?;
    for entry in dir.read_dir().map_err(at(dir))? {
        let path = entry.map_err(at(dir))?.path();
        if path.is_file() {
            check(&path, 0o600)?;
        }
    }
    Ok(())
}

pub(super) fn check(path: &Path, wanted: u32) -> Result<(), StateError> {
    let meta = match path.metadata() {
        Ok(meta) => meta,
        // A file that another process has just replaced or removed.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(at(path)(error)),
    };
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(StateError::Foreign { path: path.display().to_string() });
    }
    let mode = meta.mode() & 0o777;
    if mode & !wanted != 0 {
        return Err(StateError::Open { path: path.display().to_string(), mode, wanted });
    }
    Ok(())
}

/// For files that their owner alone can read.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Writes a file that only its owner can read, whole or not at all, and durable before it returns.
pub(super) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = private().write(true).create(true).truncate(true).open(&temporary)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    if let Some(dir) = path.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}
