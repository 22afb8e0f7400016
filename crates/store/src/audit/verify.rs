//! Verification of the whole record, offline, in constant memory: every chain through the model's verifier, its
//! columns against its text, its end against the head and against the checkpoint outside the database.

use super::{Index, list, read};
use crate::backend::Backend;
use crate::checkpoint_keys::CheckpointKeys;
use crate::checkpoints::{self, Noted, Points};
use crate::postgres::Postgres;
use crate::sql::bind;
use crate::sqlite::Sqlite;
use crate::{Error, Result, Row, Sql, Tx};
use model::audit::{Break, Broken, Checkpoint, Content, Head, Verifier};
use model::canonical;
use secrecy::SecretString;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// What verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The chains that were walked, that of the system first, then by name, each with how many entries are whole.
    pub chains: Vec<(String, u64)>,
    /// The first break, where the walk ended; none if the record is whole.
    pub broken: Option<Broken>,
}

/// Verifies the record of a database file against its checkpoint file. Neither is changed, and a store that has
/// them open is not disturbed.
///
/// # Errors
/// When one of the files can't be read, or the database is none. A broken record is no error.
pub fn verify_file(database: &Path, checkpoints: &Path, keys: impl Into<CheckpointKeys>) -> Result<Verdict> {
    // The checkpoints first: entries that a running store adds meanwhile lie beyond them.
    let points = checkpoints::read(checkpoints)?;
    let mut sqlite = Sqlite::open_to_read(database)?;
    sqlite.begin_reading()?;
    verify(&mut sqlite, &points, &keys.into(), false, &Watch::default())
}

/// Verifies the record in a PostgreSQL database against the checkpoint file of one node. Neither is changed, and
/// nobody who works with them is disturbed. A chain that this node's file does not know was begun by another; but
/// the file must know some.
///
/// # Errors
/// When the database or the file can't be read. A broken record is no error.
pub fn verify_database(
    address: &SecretString,
    checkpoints: &Path,
    keys: impl Into<CheckpointKeys>,
) -> Result<Verdict> {
    let points = checkpoints::read(checkpoints)?;
    let keys = keys.into();
    // The driver has a runtime of its own, which can't be used on a thread that belongs to another.
    let verifying = || {
        let mut database = Postgres::new(address)?;
        database.begin_reading()?;
        let shared = database.is_shared() && points.values().any(|point| keys.believe(point));
        verify(&mut database, &points, &keys, shared, &Watch::default())
    };
    thread::scope(|scope| scope.spawn(verifying).join().unwrap_or(Err(Error::Panicked)))
}

/// Whoever watches a verification: sees how far it is, and may call it off.
#[derive(Debug, Default)]
pub struct Watch {
    whole: AtomicU64,
    is_called_off: AtomicBool,
}

impl Watch {
    /// How many entries it has found whole so far.
    pub fn whole(&self) -> u64 {
        self.whole.load(Ordering::Relaxed)
    }

    /// Ends it with [`Error::Closed`].
    pub fn call_off(&self) {
        self.is_called_off.store(true, Ordering::Relaxed);
    }
}

/// Verifies the record inside an open store, as it is at this moment, against the checkpoints that were noted before.
/// Without any, what the chains themselves show. With `shared`, a chain without a checkpoint was begun by another
/// node.
///
/// # Errors
/// The store's, and [`Error::Closed`] when it was called off. A broken record is no error.
pub fn verify_open(tx: &mut Tx<'_>, noted: Option<&Noted>, shared: bool, watch: &Watch) -> Result<Verdict> {
    watch.whole.store(0, Ordering::Relaxed);
    match noted {
        Some(Noted { points, keys }) => {
            let shared = shared && points.values().any(|point| keys.believe(point));
            verify(tx, points, keys, shared, watch)
        }
        None => verify(tx, &Points::new(), &CheckpointKeys::new(Vec::new()), true, watch),
    }
}

/// With `shared`, chains that no checkpoint knows may be whole all the same.
fn verify(
    sql: &mut dyn Sql,
    points: &Points,
    keys: &CheckpointKeys,
    shared: bool,
    watch: &Watch,
) -> Result<Verdict> {
    let mut heads = BTreeMap::new();
    for row in sql.query("SELECT chain, seq, hash FROM audit_heads", &[])? {
        // A head that can't be read counts as none.
        let head = row.get(1).and_then(|seq| Ok(Head { seq, hash: row.get(2)? })).ok();
        heads.insert(row.get::<String>(0)?, head);
    }
    let mut names: BTreeSet<String> = heads.keys().chain(points.keys()).cloned().collect();
    for row in sql.query("SELECT DISTINCT chain FROM audit_entries", &[])? {
        names.insert(row.get(0)?);
    }
    let mut names: Vec<String> = names.into_iter().collect();
    list::sort(&mut names);

    let mut chains = Vec::new();
    for chain in names {
        let mut whole = 0;
        let ends = Ends {
            point: points.get(&chain).filter(|point| keys.believe(point)),
            head: heads.get(&chain).and_then(Option::as_ref),
            may_be_new: shared && !points.contains_key(&chain),
            until: None,
            watch: Some(watch),
        };
        let broken = first_break(sql, &chain, &ends, &mut whole)?;
        if whole > 0 || broken.is_some() {
            chains.push((chain, whole));
        }
        if broken.is_some() {
            return Ok(Verdict { chains, broken });
        }
    }
    Ok(Verdict { chains, broken: None })
}

/// What is known of the place where a chain ends.
#[derive(Default)]
pub(crate) struct Ends<'a> {
    /// The checkpoint. Its MAC must have been checked.
    pub(crate) point: Option<&'a Checkpoint>,
    /// What the table of heads says.
    pub(crate) head: Option<&'a Head>,
    /// Whether it may be without a checkpoint, because another node began it.
    pub(crate) may_be_new: bool,
    /// The last place to look at; none to walk to the end.
    pub(crate) until: Option<u64>,
    /// Who watches.
    pub(crate) watch: Option<&'a Watch>,
}

/// The first break of one chain: what the walk finds or what was kept, whichever comes first.
pub(crate) fn first_break(
    sql: &mut dyn Sql,
    chain: &str,
    ends: &Ends<'_>,
    whole: &mut u64,
) -> Result<Option<Broken>> {
    let found = walk(sql, chain, ends, whole)?;
    match ends.point.and_then(Checkpoint::broken) {
        Some(kept) if found.as_ref().is_none_or(|found| kept.seq <= found.seq) => {
            // What was written after the break is whole in itself and follows on nothing.
            *whole = kept.seq.saturating_sub(1);
            Ok(Some(kept))
        }
        _ => Ok(found),
    }
}

/// Whether a chain still has the entry it once ended with, unchanged, and leads from there to another end.
pub(crate) fn leads_to(sql: &mut dyn Sql, chain: &str, known: &Head, end: &Head) -> Result<bool> {
    if known.seq > 0 {
        let noted = "SELECT text, hash FROM audit_entries WHERE chain = $1 AND seq = $2";
        let rows = sql.query(noted, bind![chain, known.seq])?;
        let is_there = |row: &Row| -> Result<bool> {
            let (text, hash): (String, String) = (row.get(0)?, row.get(1)?);
            Ok(hash == known.hash && canonical::sha256_hex(text.as_bytes()) == hash)
        };
        // What can't be read is not what was written.
        if !rows.first().is_some_and(|row| is_there(row).unwrap_or(false)) {
            return Ok(false);
        }
    }
    let mut verifier = Verifier::behind(chain, known.clone());
    let after = i64::try_from(known.seq).unwrap_or(i64::MAX);
    let mut whole = known.seq;
    let broken = pass(sql, chain, &mut verifier, after, (Some(end.seq), None), &mut whole)?;
    Ok(broken.is_none() && verifier.finish().is_ok_and(|last| last == *end))
}

/// How many entries are read at a time, so that no statement takes long.
const PORTION: i64 = 4096;

/// Gives a verifier the entries of a chain after a place, and answers the first break that it finds.
fn pass(
    sql: &mut dyn Sql,
    chain: &str,
    verifier: &mut Verifier,
    mut after: i64,
    (until, watch): (Option<u64>, Option<&Watch>),
    whole: &mut u64,
) -> Result<Option<Broken>> {
    let mut broken = None;
    let mut count = PORTION;
    while count == PORTION && broken.is_none() {
        if watch.is_some_and(|watch| watch.is_called_off.load(Ordering::Relaxed)) {
            return Err(Error::Closed);
        }
        count = 0;
        sql.each(
            "SELECT chain, seq, text, hash, time, event, connection, caller, call, tool, outcome
             FROM audit_entries WHERE chain = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            bind![chain, after, PORTION],
            &mut |row| {
                if until.is_some_and(|until| row.get::<u64>("seq").is_ok_and(|seq| seq > until)) {
                    count = 0;
                    return Ok(ControlFlow::Break(()));
                }
                let changed = || Broken { chain: chain.to_owned(), seq: *whole + 1, problem: Break::Changed };
                broken = match read(&row) {
                    Err(_) => Some(changed()),
                    Ok(entry) => match verifier.read_next(&entry) {
                        Err(found) => Some(found),
                        Ok(content) => (!columns_agree(&row, &content)).then(changed),
                    },
                };
                if broken.is_some() {
                    return Ok(ControlFlow::Break(()));
                }
                *whole += 1;
                count += 1;
                Ok(ControlFlow::Continue(()))
            },
        )?;
        after = i64::try_from(*whole).unwrap_or(i64::MAX);
        if let Some(watch) = watch {
            watch.whole.fetch_add(count.unsigned_abs(), Ordering::Relaxed);
        }
    }
    Ok(broken)
}

fn walk(sql: &mut dyn Sql, chain: &str, ends: &Ends<'_>, whole: &mut u64) -> Result<Option<Broken>> {
    let Ends { point, head, may_be_new, until, watch } = *ends;
    let mut verifier = Verifier::new(chain, point.map(Checkpoint::vouched));
    let broken = pass(sql, chain, &mut verifier, i64::MIN, (until, watch), whole)?;
    if broken.is_some() {
        return Ok(broken);
    }
    let last = match verifier.finish() {
        Ok(last) => last,
        Err(found) => return Ok(Some(found)),
    };
    let at = |seq: u64, problem| Some(Broken { chain: chain.to_owned(), seq, problem });
    Ok(match head {
        // The head knows of entries that are not there.
        Some(head) if head.seq > last.seq => at(last.seq + 1, Break::Tail),
        // Entries that the head does not know of, or another last one.
        Some(head) if head.seq < last.seq => at(head.seq + 1, Break::Changed),
        Some(head) if head.hash != last.hash => at(last.seq.max(1), Break::Changed),
        None if last.seq > 0 => at(last.seq, Break::Changed),
        // Every chain is introduced to the checkpoints before its first entry: nothing vouches for this end.
        _ if point.is_none() && !may_be_new && last.seq > 0 => at(last.seq + 1, Break::Tail),
        _ => None,
    })
}

fn columns_agree(row: &Row, content: &Content<&RawValue>) -> bool {
    let columns = || -> Result<(i64, String, Index)> {
        Ok((
            row.get("time")?,
            row.get("event")?,
            Index {
                connection: row.get("connection")?,
                caller: row.get("caller")?,
                call: row.get("call")?,
                tool: row.get("tool")?,
                outcome: row.get("outcome")?,
            },
        ))
    };
    columns().is_ok_and(|(time, event, index)| {
        time == content.time && event == content.event && index == Index::from_text(content.body)
    })
}
