//! The list of calls, newest first.

use super::{CallRow, read, select};
use crate::page::{Page, Place};
use crate::sql::bind;
use crate::{Result, Tx};
use model::{CallState, CallerId, ConnectionId, time};

/// Which calls are wanted; none of a member means any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of one caller.
    pub caller: Option<CallerId>,
    /// Those on one connection.
    pub connection: Option<ConnectionId>,
    /// Those in one state.
    pub state: Option<CallState>,
}

// A text of its own for one caller: no database looks into an index for `… OR $n IS NULL`, and a caller may have
// few calls among many.
macro_rules! page {
    ($narrowed:literal) => {
        concat!(
            select!("WHERE "),
            $narrowed,
            "(connection_id = $1 OR $1 IS NULL) AND (state = $2 OR $2 IS NULL) AND (created_at, id) < ($3, $4)
             ORDER BY created_at DESC, id DESC LIMIT $5"
        )
    };
}

/// One page of calls.
///
/// # Errors
/// [`crate::Error::Cursor`] for a cursor that this list did not give out.
pub fn list(tx: &mut Tx<'_>, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Page<CallRow>> {
    let Place { time, rest } = Place::before(cursor)?;
    let (connection, state, count) = (filter.connection.as_ref(), filter.state, limit.saturating_add(1));
    let rows = match &filter.caller {
        None => tx.all(page!(""), bind![connection, state, time, rest, count], read),
        Some(caller) => {
            tx.all(page!("caller_id = $6 AND "), bind![connection, state, time, rest, count, caller], read)
        }
    }?;
    Ok(Page::cut(rows, limit, |row| Place {
        time: time::to_millis(row.call.created_at),
        rest: row.call.id.to_string(),
    }))
}
