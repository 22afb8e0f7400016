//! The record as it is looked at: by chain in order, or over all chains newest first.

use super::read;
use crate::page::{Page, Place};
use crate::sql::bind;
use crate::{Error, Result, Tx};
use model::Timestamp;
use model::audit::{Content, Entry, SYSTEM_CHAIN};

/// Every chain that has entries: that of the system first, then by name.
///
/// # Errors
/// The store's.
pub fn chains(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    let mut chains: Vec<String> =
        tx.all("SELECT chain FROM audit_heads WHERE seq > 0", &[], |row| row.get(0))?;
    sort(&mut chains);
    Ok(chains)
}

/// Puts chains into the order in which they are told.
pub(super) fn sort(chains: &mut [String]) {
    chains.sort_by(|a, b| (a != SYSTEM_CHAIN, a).cmp(&(b != SYSTEM_CHAIN, b)));
}

/// The entries of a chain after a place, in order.
///
/// # Errors
/// The store's.
pub fn scan(tx: &mut Tx<'_>, chain: &str, after_seq: u64, limit: u32) -> Result<Vec<Entry>> {
    tx.all(
        "SELECT chain, seq, text, hash FROM audit_entries WHERE chain = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        bind![chain, after_seq, limit],
        read,
    )
}

/// Which entries are wanted; none of a member means any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those about one connection, by its id.
    pub connection: Option<String>,
    /// Those of one caller, by its id.
    pub caller: Option<String>,
    /// Those of one tool, by its canonical name.
    pub tool: Option<String>,
    /// Those of one kind.
    pub event: Option<String>,
    /// Those of one call, by its id.
    pub call: Option<String>,
    /// Those not before this.
    pub from: Option<Timestamp>,
    /// Those before this.
    pub to: Option<Timestamp>,
}

// A text of its own for one call: no database looks into an index for `… OR $n IS NULL`, and the entries of a call
// are few among many.
macro_rules! entries {
    ($narrowed:literal) => {
        concat!(
            "SELECT chain, seq, text, hash, time FROM audit_entries WHERE ",
            $narrowed,
            "(connection = $1 OR $1 IS NULL) AND (caller = $2 OR $2 IS NULL) AND (tool = $3 OR $3 IS NULL)
                 AND (event = $4 OR $4 IS NULL) AND time >= $5 AND (time, chain, seq) < ($6, $7, $8)
             ORDER BY time DESC, chain DESC, seq DESC LIMIT $9"
        )
    };
}

/// One page of entries over all chains, newest first.
///
/// # Errors
/// [`Error::Cursor`] for a cursor that this list did not give out.
pub fn list(tx: &mut Tx<'_>, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Page<Entry>> {
    let Place { time, rest } = Place::before(cursor)?;
    // One millisecond can hold entries of several chains and several of one.
    let (seq, chain) = match rest.split_once('~') {
        Some((seq, chain)) => (seq.parse::<i64>().map_err(|_| Error::Cursor)?, chain),
        None if cursor.is_none() => (0, ""),
        None => return Err(Error::Cursor),
    };
    // Whichever is earlier, the end of the span or the cursor, bounds the walk through the index from above.
    let end = filter.to.map_or(i64::MAX, model::time::to_millis);
    let (time, chain, seq) = (time, chain, seq).min((end, "", 0));
    let mut params = bind![
        filter.connection.as_ref(),
        filter.caller.as_ref(),
        filter.tool.as_ref(),
        filter.event.as_ref(),
        filter.from.map_or(i64::MIN, model::time::to_millis),
        time,
        chain,
        seq,
        limit.saturating_add(1)
    ]
    .to_vec();
    let sql = match &filter.call {
        None => entries!(""),
        Some(call) => {
            params.push(call.into());
            entries!("call = $10 AND ")
        }
    };
    let rows: Vec<(i64, Entry)> = tx.all(sql, &params, |row| Ok((row.get("time")?, read(row)?)))?;
    let page =
        Page::cut(rows, limit, |(time, entry)| Place { time: *time, rest: within(entry.seq, &entry.chain) });
    Ok(Page { items: page.items.into_iter().map(|(_, entry)| entry).collect(), next: page.next })
}

/// The cursor that goes on after an entry.
pub fn place(time: i64, seq: u64, chain: &str) -> String {
    Place { time, rest: within(seq, chain) }.to_string()
}

/// What tells apart the entries of one millisecond.
fn within(seq: u64, chain: &str) -> String {
    format!("{seq}~{chain}")
}

/// What an entry says.
///
/// # Errors
/// [`Error::Corrupt`] if its text is no entry's.
pub fn content(entry: &Entry) -> Result<Content> {
    serde_json::from_str(&entry.text)
        .map_err(|_| Error::Corrupt { what: format!("audit entry {} of {}", entry.seq, entry.chain) })
}
