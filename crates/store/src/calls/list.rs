//! The list of calls, newest first.

use super::{CallRow, read, select};
use crate::page::{Page, Place};
use crate::sql::bind;
use crate::{Result, Tx};
use model::{CallState, CallerId, ConnectionId, Outcome, Timestamp, time};

/// Which calls are wanted; none of a member means any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of one caller.
    pub caller: Option<CallerId>,
    /// Those on one connection.
    pub connection: Option<ConnectionId>,
    /// Those in one state.
    pub state: Option<CallState>,
    /// Those of one tool, by its canonical name.
    pub tool: Option<String>,
    /// Those that ended so.
    pub outcome: Option<Outcome>,
    /// Those not asked before this.
    pub from: Option<Timestamp>,
    /// Those asked before this.
    pub to: Option<Timestamp>,
}

// A text of its own for one caller: no database looks into an index for `… OR $n IS NULL`, and a caller may have
// few calls among many.
macro_rules! page {
    ($narrowed:literal) => {
        concat!(
            select!("WHERE "),
            $narrowed,
            "(connection_id = $1 OR $1 IS NULL) AND (state = $2 OR $2 IS NULL) AND (tool = $3 OR $3 IS NULL)
                 AND (outcome = $4 OR $4 IS NULL) AND created_at >= $5 AND (created_at, id) < ($6, $7)
             ORDER BY created_at DESC, id DESC LIMIT $8"
        )
    };
}

/// One page of calls.
///
/// # Errors
/// [`crate::Error::Cursor`] for a cursor that this list did not give out.
pub fn list(tx: &mut Tx<'_>, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Page<CallRow>> {
    let Place { time, rest } = Place::before(cursor)?.min(Place::until(filter.to));
    let mut params = bind![
        filter.connection.as_ref(),
        filter.state,
        filter.tool.as_ref(),
        filter.outcome,
        filter.from.map_or(i64::MIN, time::to_millis),
        time,
        rest,
        limit.saturating_add(1)
    ]
    .to_vec();
    let sql = match &filter.caller {
        None => page!(""),
        Some(caller) => {
            params.push(caller.into());
            page!("caller_id = $9 AND ")
        }
    };
    let rows = tx.all(sql, &params, read)?;
    Ok(Page::cut(rows, limit, |row| Place {
        time: time::to_millis(row.call.created_at),
        rest: row.call.id.to_string(),
    }))
}
