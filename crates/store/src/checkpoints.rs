//! Checkpoints: where each audit chain ends, signed, in a file beside the database, because a chain alone does not
//! notice that its end was cut off.
//!
//! The file is never ahead of the database and never silent about a chain: a new chain is introduced in the file
//! before its first entry is committed, and every commit that extends one is followed by a new file. So a chain
//! that has entries and no checkpoint is a sign of tampering, a crash at any moment is not. A checkpoint that does
//! not fit the database when the store is opened never advances: that would cover up the cut. Before the chain is
//! written on, the place where it broke is kept beside the checkpoint, because the new entries fill that place.
//!
//! Where several nodes write to one database, each has a file of its own and the chains go on meanwhile without it.
//! So whenever a chain does not end where this node has left it, the entry that it has noted must still be there
//! and lead to the new end; a node that meets a chain for the first time walks it from its beginning.
//!
//! What this can't notice: someone who puts back both the database and the file as they were at an earlier time.

use crate::audit::{Ends, first_break, leads_to};
use crate::backend::Backend;
use crate::checkpoint_keys::CheckpointKeys;
use crate::sql::bind;
use crate::tx::Advance;
use crate::{Error, Result, Row, Sql};
use model::audit::{Broken, Checkpoint, Head, Kept};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where the checkpoints are kept and what signs them.
#[derive(Clone)]
pub struct Checkpoints {
    path: PathBuf,
    keys: CheckpointKeys,
}

impl Checkpoints {
    /// One JSON file for all chains, signed under the first of these keys.
    pub fn file(path: impl Into<PathBuf>, keys: impl Into<CheckpointKeys>) -> Self {
        Self { path: path.into(), keys: keys.into() }
    }

    /// Whether every checkpoint in the file that is believed was signed by the newest key.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn are_under_newest_key(&self) -> Result<bool> {
        let newest = self.keys.signing();
        let points = read(&self.path)?;
        Ok(points.values().filter(|point| self.keys.believe(point)).all(|point| point.is_genuine(&newest)))
    }
}

/// What the file said at one moment, for a verification that begins afterwards: entries that are added meanwhile lie
/// beyond it.
#[derive(Clone, Debug)]
pub struct Noted {
    pub(crate) points: Points,
    pub(crate) keys: CheckpointKeys,
}

impl Noted {
    /// The place of the last entry that a believed checkpoint vouches for, by chain; those with a kept break left out.
    pub fn ends(&self) -> BTreeMap<String, u64> {
        let believed = self.points.values().filter(|point| point.kept.is_none() && self.keys.believe(point));
        believed.map(|point| (point.chain.clone(), point.head.seq)).collect()
    }
}

impl Checkpoints {
    /// Reads the file.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn noted(&self) -> Result<Noted> {
        Ok(Noted { points: read(&self.path)?, keys: self.keys.clone() })
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

/// The chains whose checkpoint did not fit, as they are found: shared with whoever asks for them.
#[derive(Clone, Default)]
pub(crate) struct Torn(Arc<Mutex<BTreeSet<String>>>);

impl Torn {
    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn insert(&self, chain: &str) {
        self.lock().insert(chain.to_owned());
    }

    fn contains(&self, chain: &str) -> bool {
        self.lock().contains(chain)
    }

    /// All of them until now.
    pub(crate) fn all(&self) -> Vec<String> {
        self.lock().iter().cloned().collect()
    }
}

/// The checkpoint file of an open store.
pub(crate) struct Book {
    place: Checkpoints,
    points: Points,
    torn: Torn,
    /// The breaks that must be in the file before the next entry of their chain is committed.
    found: BTreeMap<String, Kept>,
    /// Whether others write on the chains as well.
    shared: bool,
}

impl Book {
    /// Reads the file and compares it with the database, inside a transaction that only reads.
    pub(crate) fn open(place: Checkpoints, database: &mut dyn Backend) -> Result<Self> {
        let points = read(&place.path)?;
        let shared = database.is_shared();
        let mut book = Book { place, points, torn: Torn::default(), found: BTreeMap::new(), shared };
        for (chain, point) in &book.points {
            if !book.place.keys.believe(point) {
                // Left as it is: under the key that signed it, it may still be right.
                book.torn.insert(chain);
                continue;
            }
            if let Some(kept) = find_break(database, point)? {
                book.found.insert(chain.clone(), kept);
            }
            if point.kept.is_some() || book.found.contains_key(chain) {
                book.torn.insert(chain);
            }
        }
        let mut met = false;
        for row in database.query("SELECT chain, seq, hash FROM audit_heads WHERE seq > 0", &[])? {
            let chain: String = row.get(0)?;
            if book.points.contains_key(&chain) {
                continue;
            }
            let head = row.get(1).and_then(|seq| Ok(Head { seq, hash: row.get(2)? }));
            match head {
                Ok(head) if shared => met |= book.meet(database, &chain, &head)?,
                _ => {
                    book.torn.insert(&chain);
                }
            }
        }
        book.torn.all().iter().for_each(complain);
        if met || (!book.place.path.exists() && book.torn.all().is_empty()) {
            book.write(&book.points)?;
        }
        Ok(book)
    }

    /// Takes a chain that other nodes have begun into the file, if it is whole; answers whether it is.
    fn meet(&mut self, sql: &mut dyn Sql, chain: &str, head: &Head) -> Result<bool> {
        if leads_to(sql, chain, &Head::default(), head)? {
            self.points.insert(chain.to_owned(), self.sign(chain, head));
            return Ok(true);
        }
        let ends = Ends { head: Some(head), may_be_new: true, until: Some(head.seq), ..Ends::default() };
        if let Some(kept) =
            first_break(sql, chain, &ends, &mut 0)?.map(|found| keep(sql, found)).transpose()?
        {
            let last = Head { seq: kept.seq.saturating_sub(1), hash: kept.prev.clone() };
            self.points.insert(chain.to_owned(), self.sign(chain, &last));
            self.found.insert(chain.to_owned(), kept);
        }
        self.torn.insert(chain);
        Ok(false)
    }

    /// The chains whose checkpoint did not fit: those found now, and those found later.
    pub(crate) fn torn(&self) -> Torn {
        self.torn.clone()
    }

    /// Enters chains that are not in the file yet, and the breaks of those that are torn, before their first
    /// entries are committed. Inside the transaction that writes them.
    ///
    /// # Errors
    /// When the file can't be written; the commit must not happen then.
    pub(crate) fn introduce(&mut self, sql: &mut dyn Sql, heads: &BTreeMap<String, Advance>) -> Result<()> {
        for (chain, Advance { from, .. }) in heads {
            self.follow(sql, chain, from)?;
        }
        let known = |chain: &String| self.points.contains_key(chain) || self.torn.contains(chain);
        let due: Vec<&String> =
            heads.keys().filter(|chain| self.found.contains_key(*chain) || !known(chain)).collect();
        if due.is_empty() {
            return Ok(());
        }
        let mut points = self.points.clone();
        for chain in &due {
            let point = match (self.points.get(*chain), self.found.get(*chain)) {
                (Some(point), Some(kept)) => point.keep(&self.place.keys.signing(), kept.clone()),
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

    /// Makes sure that a chain which did not end where it was left has only been written on since.
    fn follow(&mut self, sql: &mut dyn Sql, chain: &str, end: &Head) -> Result<()> {
        if self.torn.contains(chain) {
            return Ok(());
        }
        match self.points.get(chain) {
            Some(point) if point.head == *end => return Ok(()),
            Some(point) => {
                if leads_to(sql, chain, &point.head, end)? {
                    return Ok(());
                }
                let ends =
                    Ends { point: Some(point), head: Some(end), until: Some(end.seq), ..Ends::default() };
                if let Some(found) = first_break(sql, chain, &ends, &mut 0)? {
                    self.found.insert(chain.to_owned(), keep(sql, found)?);
                }
                self.torn.insert(chain);
            }
            None if self.shared && end.seq > 0 => {
                if self.meet(sql, chain, end)? {
                    return Ok(());
                }
            }
            None => return Ok(()),
        }
        complain(chain);
        Ok(())
    }

    /// Moves the chains on, after their entries were committed. A failure is logged and made up for by the next.
    pub(crate) fn extend(&mut self, heads: &BTreeMap<String, Advance>) {
        let mut any = false;
        for (chain, Advance { to, .. }) in heads {
            if !self.torn.contains(chain) {
                any = true;
                self.points.insert(chain.clone(), self.sign(chain, to));
            }
        }
        if let Err(error) = if any { self.write(&self.points) } else { Ok(()) } {
            tracing::error!(%error, "the audit checkpoint could not be written");
        }
    }

    fn sign(&self, chain: &str, head: &Head) -> Checkpoint {
        Checkpoint::sign(&self.place.keys.signing(), chain, head)
    }

    fn write(&self, points: &Points) -> Result<()> {
        let Checkpoints { path, keys } = &self.place;
        let points: Vec<Cow<'_, Checkpoint>> = points
            .values()
            .map(|point| if keys.changing() { Cow::Owned(keys.renew(point)) } else { Cow::Borrowed(point) })
            .collect();
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
    if let (Some(head), true) = (&head, head == last)
        && leads_to(sql, chain, &point.vouched(), head)?
    {
        return Ok(None);
    }
    let head = if heads.is_empty() { None } else { head };
    let ends = Ends { point: Some(point), head: head.as_ref(), ..Ends::default() };
    match first_break(sql, chain, &ends, &mut 0)? {
        Some(found) if point.kept.as_ref().is_none_or(|kept| found.seq < kept.seq) => {
            keep(sql, found).map(Some)
        }
        _ => Ok(None),
    }
}

/// A break as it is kept: with the hash of the entry before.
fn keep(sql: &mut dyn Sql, Broken { chain, seq, problem }: Broken) -> Result<Kept> {
    let prev = hash_at(sql, &chain, seq.saturating_sub(1))?.unwrap_or_default();
    Ok(Kept { seq, problem, prev })
}

fn complain(chain: impl AsRef<str>) {
    let chain = chain.as_ref();
    tracing::error!(chain, "the audit chain and its checkpoint do not fit; run `ncgate audit verify`");
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
