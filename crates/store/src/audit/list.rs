//! The record as it is looked at: by chain in order, or over all chains newest first.

use super::read;
use crate::page::{Page, Place};
use crate::sql::bind;
use crate::{Error, Result, Tx};
use model::Timestamp;
use model::audit::{Content, Entry, Head, SYSTEM_CHAIN};

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

/// Where every chain that has entries ends: that of the system first, then by name.
///
/// # Errors
/// The store's.
pub fn heads(tx: &mut Tx<'_>) -> Result<Vec<(String, Head)>> {
    let mut heads: Vec<(String, Head)> =
        tx.all("SELECT chain, seq, hash FROM audit_heads WHERE seq > 0", &[], |row| {
            Ok((row.get(0)?, Head { seq: row.get(1)?, hash: row.get(2)? }))
        })?;
    heads.sort_by(|(a, _), (b, _)| (a != SYSTEM_CHAIN, a).cmp(&(b != SYSTEM_CHAIN, b)));
    Ok(heads)
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
    /// Those that tell of an end like this, by its name.
    pub outcome: Option<String>,
    /// Those not before this.
    pub from: Option<Timestamp>,
    /// Those before this.
    pub to: Option<Timestamp>,
}

// A text of its own for each way into the record: no database looks into an index for `… OR $n IS NULL`.
macro_rules! entries {
    ($($narrowed:literal)*) => {
        concat!(
            "SELECT chain, seq, text, hash, time FROM audit_entries WHERE ",
            $($narrowed,)*
            "(connection = $1 OR $1 IS NULL) AND (caller = $2 OR $2 IS NULL) AND (tool = $3 OR $3 IS NULL)
                 AND (event = $4 OR $4 IS NULL) AND (outcome = $5 OR $5 IS NULL)
                 AND time >= $6 AND (time, chain, seq) < ($7, $8, $9)
             ORDER BY time DESC, chain DESC, seq DESC LIMIT $10"
        )
    };
}

/// A way into the record: a column that has an index with the time behind it.
struct Way {
    /// One page of the entries with one value.
    entries: &'static str,
    /// How many of them there are in a span, counted up to [`FEW`].
    count: &'static str,
}

macro_rules! way {
    ($column:literal) => {
        Way {
            entries: entries!($column " = $11 AND "),
            count: concat!(
                "SELECT count(*) FROM (SELECT 1 AS one FROM audit_entries WHERE ",
                $column,
                " = $1 AND time >= $2 AND time <= $3 LIMIT $4) AS some"
            ),
        }
    };
}

const CALL: Way = way!("call");
const CALLER: Way = way!("caller");
const TOOL: Way = way!("tool");
const EVENT: Way = way!("event");
const OUTCOME: Way = way!("outcome");
const CONNECTION: Way = way!("connection");

/// Up to how many entries ways are told apart by how long they are.
const FEW: i64 = 2000;

/// The shortest way to what is wanted: of the values that it names, the rarest one.
fn shortest<'f>(
    tx: &mut Tx<'_>,
    filter: &'f Filter,
    from: i64,
    until: i64,
) -> Result<Option<(Way, &'f String)>> {
    let named = [
        (CALL, &filter.call),
        (EVENT, &filter.event),
        (OUTCOME, &filter.outcome),
        (CALLER, &filter.caller),
        (TOOL, &filter.tool),
        (CONNECTION, &filter.connection),
    ];
    let mut ways: Vec<_> =
        named.into_iter().filter_map(|(way, value)| Some((way, value.as_ref()?))).collect();
    // The entries of a call are few. Of a single way there is nothing to choose.
    if filter.call.is_some() || ways.len() < 2 {
        return Ok(ways.into_iter().next());
    }
    let mut lengths = Vec::new();
    for (way, value) in &ways {
        lengths.push(tx.value::<i64>(way.count, bind![*value, from, until, FEW])?);
    }
    let shortest = (0..ways.len()).min_by_key(|at| lengths[*at]);
    Ok(shortest.map(|at| ways.swap_remove(at)))
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
    let from = filter.from.map_or(i64::MIN, model::time::to_millis);
    let mut params = bind![
        filter.connection.as_ref(),
        filter.caller.as_ref(),
        filter.tool.as_ref(),
        filter.event.as_ref(),
        filter.outcome.as_ref(),
        from,
        time,
        chain,
        seq,
        limit.saturating_add(1)
    ]
    .to_vec();
    let sql = match shortest(tx, filter, from, time)? {
        None => entries!(),
        Some((way, value)) => {
            params.push(value.into());
            way.entries
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

#[cfg(test)]
mod tests {
    use crate::sqlite::Sqlite;
    use crate::{Sql, Value, migrations};

    /// How SQLite would go about a statement.
    macro_rules! plan {
        ($database:expr, $sql:expr) => {{
            let text = concat!("EXPLAIN QUERY PLAN ", $sql);
            // Every parameter is bound; to what makes no difference to the way.
            let count = (1..).take_while(|n| text.contains(&format!("${n}"))).count();
            let rows = $database.query(text, &vec![Value::Null; count]).unwrap();
            rows.iter().map(|row| row.get::<String>("detail").unwrap()).collect::<Vec<_>>().join("; ")
        }};
    }

    #[test]
    fn no_narrowed_list_walks_through_the_whole_record() {
        let mut database = Sqlite::memory().unwrap();
        migrations::run(&mut database).unwrap();
        assert!(
            plan!(database, entries!()).starts_with("SEARCH audit_entries USING INDEX audit_newest (time>")
        );
        macro_rules! ways {
            ($($column:literal: $index:literal),*) => {$(
                let list = plan!(database, entries!($column " = $11 AND "));
                assert!(list.contains(concat!("USING INDEX ", $index, " (", $column, "=?")), "{list}");
            )*};
        }
        ways!(
            "call": "audit_call", "caller": "audit_caller", "tool": "audit_tool", "event": "audit_event",
            "outcome": "audit_outcome", "connection": "audit_connection"
        );
    }
}
