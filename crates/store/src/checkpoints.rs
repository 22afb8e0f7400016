//! Checkpoints: where each audit chain ends, signed, in a file beside the database, because a chain alone does not
//! notice that its end was cut off.
//!
//! The file is never ahead of the database and never silent about a chain: a new chain is introduced in the file
//! before its first entry is committed, and every commit that extends one is followed by a new file. So a chain
//! that has entries and no checkpoint is a sign of tampering, a crash at any moment is not. A checkpoint that does
//! not fit the database when the store is opened never advances: that would cover up the cut. Before the chain is
//! written on, the place where it broke is kept beside the checkpoint, because the new entries fill that place.
//!
//! What this can't notice: someone who puts back both the database and the file as they were at an earlier time.

use crate::audit::first_break;
use crate::sql::bind;
use crate::{Error, Result, Row, Sql};
use model::audit::{Broken, Checkpoint, Head, Kept};
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

/// The checkpoints of a file by chain; where one chain has several, one with a break counts, then the farthest.
pub(crate) type Points = BTreeMap<String, Checkpoint>;

/// Reads the file. No file, and one that can't be understood, has no checkpoints.
pub(crate) fn read(path: &Path) -> Result<Points> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Points::new()),
        Err(error) => return Err(Error::file(path, error)),
    };
    let weight = |point: &Checkpoint| (point.kept.is_some(), point.head.seq);
    let mut points = Points::new();
    for point in serde_json::from_slice::<Vec<Checkpoint>>(&text).unwrap_or_default() {
        if points.get(&point.chain).is_none_or(|other| weight(other) < weight(&point)) {
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
    /// The breaks that must be in the file before the next entry of their chain is committed.
    found: BTreeMap<String, Kept>,
}

impl Book {
    /// Reads the file and compares it with the database.
    pub(crate) fn open(place: Checkpoints, sql: &mut dyn Sql) -> Result<Self> {
        let points = read(&place.path)?;
        let (mut torn, mut found) = (BTreeSet::new(), BTreeMap::new());
        for (chain, point) in &points {
            if !point.is_genuine(&place.mac_key) {
                // Left as it is: under the key that signed it, it may still be right.
                torn.insert(chain.clone());
                continue;
            }
            if let Some(kept) = find_break(sql, point)? {
                found.insert(chain.clone(), kept);
            }
            if point.kept.is_some() || found.contains_key(chain) {
                torn.insert(chain.clone());
            }
        }
        let mut book = Book { place, points, torn, found };
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
            book.write(&book.points)?;
        }
        Ok(book)
    }

    /// The chains whose checkpoint did not fit.
    pub(crate) fn torn(&self) -> Vec<String> {
        self.torn.iter().cloned().collect()
    }

    /// Enters chains that are not in the file yet, and the breaks of those that are torn, before their first
    /// entries are committed.
    ///
    /// # Errors
    /// When the file can't be written; the commit must not happen then.
    pub(crate) fn introduce(&mut self, heads: &BTreeMap<String, Head>) -> Result<()> {
        let known = |chain: &String| self.points.contains_key(chain) || self.torn.contains(chain);
        let due: Vec<&String> =
            heads.keys().filter(|chain| self.found.contains_key(*chain) || !known(chain)).collect();
        if due.is_empty() {
            return Ok(());
        }
        let mut points = self.points.clone();
        for chain in &due {
            let point = match (self.points.get(*chain), self.found.get(*chain)) {
                (Some(point), Some(kept)) => point.keep(&self.place.mac_key, kept.clone()),
                _ => self.sign(chain, &Head::default()),
            };
            points.insert((*chain).clone(), point);
        }
        self.write(&points)?;
        self.sync_folder()?;
        self.points = points;
        self.found.retain(|chain, _| !heads.contains_key(chain));
        Ok(())
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
        if let Err(error) = if any { self.write(&self.points) } else { Ok(()) } {
            tracing::error!(%error, "the audit checkpoint could not be written");
        }
    }

    fn sign(&self, chain: &str, head: &Head) -> Checkpoint {
        Checkpoint::sign(&self.place.mac_key, chain, head)
    }

    fn write(&self, points: &Points) -> Result<()> {
        let path = &self.place.path;
        let points: Vec<&Checkpoint> = points.values().collect();
        let text = serde_json::to_vec(&points).expect("checkpoints are made of JSON types");
        replace(path, &text).map_err(|error| Error::file(path, error))
    }

    /// Makes the last replacement itself durable. Only a new chain and a break need that: an older file that comes
    /// back after a power cut merely lags behind, but it must not be silent about a chain that has entries, nor
    /// about where it broke.
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

/// The break that a chain has and its checkpoint does not tell of yet. The chain is walked only where its ends
/// don't meet.
fn find_break(sql: &mut dyn Sql, point: &Checkpoint) -> Result<Option<Kept>> {
    let chain = &point.chain;
    let heads = sql.query("SELECT seq, hash FROM audit_heads WHERE chain = $1", bind![chain])?;
    // A head that can't be read fits nothing.
    let head = heads.first().map_or_else(|| Some(Head::default()), |row| read_head(row).ok());
    let last = sql.query(
        "SELECT seq, hash FROM audit_entries WHERE chain = $1 ORDER BY seq DESC LIMIT 1",
        bind![chain],
    )?;
    let last = last.first().map_or_else(|| Some(Head::default()), |row| read_head(row).ok());
    let vouched = point.vouched();
    if head.is_some()
        && head == last
        && hash_at(sql, chain, vouched.seq)?.is_some_and(|hash| hash == vouched.hash)
    {
        return Ok(None);
    }
    let head = if heads.is_empty() { None } else { head };
    match first_break(sql, chain, Some(point), head.as_ref(), &mut 0)? {
        Some(Broken { seq, problem, .. }) if point.kept.as_ref().is_none_or(|kept| seq < kept.seq) => {
            let prev = hash_at(sql, chain, seq.saturating_sub(1))?.unwrap_or_default();
            Ok(Some(Kept { seq, problem, prev }))
        }
        _ => Ok(None),
    }
}

fn read_head(row: &Row) -> Result<Head> {
    Ok(Head { seq: row.get(0)?, hash: row.get(1)? })
}

/// The hash that stands at a place of a chain, or before its beginning.
fn hash_at(sql: &mut dyn Sql, chain: &str, seq: u64) -> Result<Option<String>> {
    if seq == 0 {
        return Ok(Some(Head::default().hash));
    }
    let rows =
        sql.query("SELECT hash FROM audit_entries WHERE chain = $1 AND seq = $2", bind![chain, seq])?;
    Ok(rows.first().and_then(|row| row.get(0).ok()))
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
