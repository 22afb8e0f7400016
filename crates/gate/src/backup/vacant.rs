//! A state directory that is still empty, held while a backup is put into it, so that no gateway begins a state there
//! meanwhile.

use super::at;
use crate::boundary::{self, private};
use model::{Kind, Problem};
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Where files are put together before they get their places.
const WORKSHOP: &str = ".restoring";

/// What may be there already: the lock, settings, and what an earlier attempt left.
const HARMLESS: [&str; 3] = ["owner.lock", "ncgate.toml", WORKSHOP];

pub(super) struct Vacant {
    dir: PathBuf,
    _lock: File,
}

impl Vacant {
    /// Makes the directory if it is not there, and holds it.
    ///
    /// # Errors
    /// It is not empty, somebody else works in it, or others can reach it.
    pub(super) fn hold(dir: &Path) -> Result<Self, Problem> {
        if !dir.exists() {
            DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(at(dir))?;
        }
        boundary::check_closed(dir).map_err(|error| crate::state_error(&error))?;
        for entry in dir.read_dir().map_err(at(dir))? {
            let name = entry.map_err(at(dir))?.file_name();
            if !HARMLESS.iter().any(|harmless| name == *harmless) {
                return Err(Problem::new(
                    Kind::Conflict,
                    format!("{} is not empty ({}); nothing was changed", dir.display(), name.display()),
                )
                .hint("a backup is put into an empty state directory: name one with --state, or move the old state away"));
            }
        }
        let path = dir.join("owner.lock");
        let lock = private().write(true).create(true).truncate(false).open(&path).map_err(at(&path))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(Problem::new(Kind::Conflict, format!("another ncgate works in {}", dir.display()))
                .hint("end it first; nothing was changed"));
        }
        let vacant = Self { dir: dir.to_owned(), _lock: lock };
        vacant.clear();
        let workshop = vacant.workshop();
        DirBuilder::new().mode(0o700).create(&workshop).map_err(at(&workshop))?;
        Ok(vacant)
    }

    /// A directory in it that no gateway looks into.
    pub(super) fn workshop(&self) -> PathBuf {
        self.dir.join(WORKSHOP)
    }

    /// Gives the files their places, in this order.
    pub(super) fn fill(&self, files: &[&str]) -> Result<(), Problem> {
        for name in files {
            let (from, to) = (self.workshop().join(name), self.dir.join(name));
            fs::rename(&from, &to).map_err(at(&to))?;
            File::open(&self.dir).and_then(|dir| dir.sync_all()).map_err(at(&self.dir))?;
        }
        Ok(())
    }

    fn clear(&self) {
        let _ = fs::remove_dir_all(self.workshop());
    }
}

impl Drop for Vacant {
    fn drop(&mut self) {
        self.clear();
    }
}
