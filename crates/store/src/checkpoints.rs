//! Checkpoints: where each audit chain ends, signed, in a file beside the database, because a chain alone does not
//! notice that its end was cut off.
//!
//! The file is never ahead of the database and never silent about a chain: a new chain is introduced in the file
//! before its first entry is committed, and every commit that extends one is followed by a new file. So a chain
//! that has entries and no checkpoint is a sign of tampering, a crash at any moment is not. A checkpoint that does
//! not fit the database when the store is opened is left as it is: advancing it would cover up the cut.
//!
//! What this can't notice: someone who puts back both the database and the file as they were at an earlier time.

use crate::sql::bind;
use crate::{Error, Result, Sql};
use model::audit::{Checkpoint, GENESIS, Head};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Where the checkpoints are kept and what signs them.
#[derive(Clone)]
pub struct Checkpoints {
    path: PathBuf,
    mac_key: [u8; 32],
}

impl Checkpoints {
    /// One JSON file for all chains, signed under this key.
    pub fn file(path: impl Into<PathBuf>, mac_key: [u8; 32]) -> Self {
        Self { path: path.into(), mac_key }
    }
}

impl fmt::Debug for Checkpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoints").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The checkpoints of a file by chain; where one chain has several, the farthest counts.
pub(crate) type Points = BTreeMap<String, Checkpoint>;

/// Reads the file. No file, and one that can't be understood, has no checkpoints.
pub(crate) fn read(path: &Path) -> Result<Points> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Points::new()),
        Err(error) => return Err(Error::file(path, error)),
    };
    let mut points = Points::new();
    for point in serde_json::from_slice::<Vec<Checkpoint>>(&text).unwrap_or_default() {
        if points.get(&point.chain).is_none_or(|other| other.head.seq < point.head.seq) {
            points.insert(point.chain.clone(), point);
        }
    }
    Ok(points)
}

/// The checkpoint file of an open store.
pub(crate) struct Book {
    place: Checkpoints,
    points: Points,
    torn: BTreeSet<String>,
}

impl Book {
    /// Reads the file and compares it with the database.
    pub(crate) fn open(place: Checkpoints, sql: &mut dyn Sql) -> Result<Self> {
        let mut book = Book { points: read(&place.path)?, place, torn: BTreeSet::new() };
        for (chain, point) in &book.points {
            if !point.is_genuine(&book.place.mac_key) || !fits(sql, chain, &point.head)? {
                book.torn.insert(chain.clone());
            }
        }
        for row in sql.query("SELECT chain FROM audit_heads WHERE seq > 0", &[])? {
            let chain: String = row.get(0)?;
            if !book.points.contains_key(&chain) {
                book.torn.insert(chain);
            }
        }
        for chain in &book.torn {
            tracing::error!(
                chain,
                "the audit chain and its checkpoint do not fit; run `ncgate audit verify`"
            );
        }
        if !book.place.path.exists() && book.torn.is_empty() {
            book.write()?;
        }
        Ok(book)
    }

    /// The chains whose checkpoint did not fit.
    pub(crate) fn torn(&self) -> Vec<String> {
        self.torn.iter().cloned().collect()
    }

    /// Enters chains that are not in the file yet, before their first entries are committed.
    ///
    /// # Errors
    /// When the file can't be written; the commit must not happen then.
    pub(crate) fn introduce(&mut self, heads: &BTreeMap<String, Head>) -> Result<()> {
        let known = |chain: &String| self.points.contains_key(chain) || self.torn.contains(chain);
        let new: Vec<String> = heads.keys().filter(|chain| !known(chain)).cloned().collect();
        if new.is_empty() {
            return Ok(());
        }
        for chain in &new {
            self.points.insert(chain.clone(), self.sign(chain, &Head::default()));
        }
        let written = self.write().and_then(|()| self.sync_folder());
        if written.is_err() {
            self.points.retain(|chain, _| !new.contains(chain));
        }
        written
    }

    /// Moves the chains on, after their entries were committed. A failure is logged and made up for by the next.
    pub(crate) fn extend(&mut self, heads: &BTreeMap<String, Head>) {
        let mut any = false;
        for (chain, head) in heads {
            if !self.torn.contains(chain) {
                any = true;
                self.points.insert(chain.clone(), self.sign(chain, head));
            }
        }
        if let Err(error) = if any { self.write() } else { Ok(()) } {
            tracing::error!(%error, "the audit checkpoint could not be written");
        }
    }

    fn sign(&self, chain: &str, head: &Head) -> Checkpoint {
        Checkpoint::sign(&self.place.mac_key, chain, head)
    }

    fn write(&self) -> Result<()> {
        let path = &self.place.path;
        let points: Vec<&Checkpoint> = self.points.values().collect();
        let text = serde_json::to_vec(&points).expect("checkpoints are made of JSON types");
        replace(path, &text).map_err(|error| Error::file(path, error))
    }

    /// Makes the last replacement itself durable. Only a new chain needs that: an older file that comes back after
    /// a power cut merely lags behind, but it must not be silent about a chain that has entries.
    fn sync_folder(&self) -> Result<()> {
        let folder = self.place.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        // Elsewhere a folder can't be opened like a file.
        if cfg!(unix) {
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(|error| Error::file(folder, error))?;
        }
        Ok(())
    }
}

/// Whether the database has, at the checkpoint's place, the entry that it names.
fn fits(sql: &mut dyn Sql, chain: &str, point: &Head) -> Result<bool> {
    if point.seq == 0 {
        return Ok(point.hash == GENESIS);
    }
    let rows =
        sql.query("SELECT hash FROM audit_entries WHERE chain = $1 AND seq = $2", bind![chain, point.seq])?;
    Ok(rows.first().is_some_and(|row| row.get::<String>(0).is_ok_and(|hash| hash == point.hash)))
}

/// Puts a new file, readable by its owner alone, in the place of the old one, so that a crash leaves one of the
/// two and never a half.
fn replace(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let temporary = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(&temporary)?;
    file.write_all(text)?;
    file.sync_data()?;
    fs::rename(&temporary, path)
}
