//! Verification of the whole record, offline, in constant memory: every chain through the model's verifier, its
//! columns against its text, its end against the head and against the checkpoint outside the database.

use super::{Index, list, read};
use crate::checkpoints::{self, Points};
use crate::sql::bind;
use crate::sqlite::Sqlite;
use crate::{Result, Row, Sql};
use model::audit::{Break, Broken, Checkpoint, Content, Head, Verifier};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

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
pub fn verify_file(database: &Path, checkpoints: &Path, mac_key: &[u8; 32]) -> Result<Verdict> {
    // The checkpoints first: entries that a running store adds meanwhile lie beyond them.
    let points = checkpoints::read(checkpoints)?;
    let mut sqlite = Sqlite::open_to_read(database)?;
    sqlite.execute("BEGIN", &[])?;
    verify(&mut sqlite, &points, mac_key)
}

fn verify(sql: &mut dyn Sql, points: &Points, mac_key: &[u8; 32]) -> Result<Verdict> {
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
        let point = points.get(&chain).filter(|point| point.is_genuine(mac_key));
        let head = heads.get(&chain).and_then(Option::as_ref);
        let broken = first_break(sql, &chain, point, head, &mut whole)?;
        if whole > 0 || broken.is_some() {
            chains.push((chain, whole));
        }
        if broken.is_some() {
            return Ok(Verdict { chains, broken });
        }
    }
    Ok(Verdict { chains, broken: None })
}

/// The first break of one chain: what the walk finds or what was kept, whichever comes first. The checkpoint's MAC
/// must have been checked.
pub(crate) fn first_break(
    sql: &mut dyn Sql,
    chain: &str,
    point: Option<&Checkpoint>,
    head: Option<&Head>,
    whole: &mut u64,
) -> Result<Option<Broken>> {
    let found = walk(sql, chain, point, head, whole)?;
    match point.and_then(Checkpoint::broken) {
        Some(kept) if found.as_ref().is_none_or(|found| kept.seq <= found.seq) => {
            // What was written after the break is whole in itself and follows on nothing.
            *whole = kept.seq.saturating_sub(1);
            Ok(Some(kept))
        }
        _ => Ok(found),
    }
}

fn walk(
    sql: &mut dyn Sql,
    chain: &str,
    point: Option<&Checkpoint>,
    head: Option<&Head>,
    whole: &mut u64,
) -> Result<Option<Broken>> {
    let mut verifier = Verifier::new(chain, point.map(Checkpoint::vouched));
    let mut broken = None;
    sql.each(
        "SELECT chain, seq, text, hash, time, event, connection, caller, call, tool, outcome
         FROM audit_entries WHERE chain = $1 ORDER BY seq",
        bind![chain],
        &mut |row| {
            let changed = || Broken { chain: chain.to_owned(), seq: *whole + 1, problem: Break::Changed };
            broken = match read(&row) {
                Err(_) => Some(changed()),
                Ok(entry) => match verifier.next(&entry) {
                    Err(found) => Some(found),
                    Ok(()) => (!columns_agree(&row, &entry.text)).then(changed),
                },
            };
            if broken.is_some() {
                return Ok(ControlFlow::Break(()));
            }
            *whole += 1;
            Ok(ControlFlow::Continue(()))
        },
    )?;
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
        _ if point.is_none() && last.seq > 0 => at(last.seq + 1, Break::Tail),
        _ => None,
    })
}

fn columns_agree(row: &Row, text: &str) -> bool {
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
    let Ok(content) = serde_json::from_str::<Content>(text) else { return false };
    columns().is_ok_and(|columns| columns == (content.time, content.event, Index::from_body(&content.body)))
}
