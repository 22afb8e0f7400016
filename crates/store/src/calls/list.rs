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

/// One page of calls.
///
/// # Errors
/// [`crate::Error::Cursor`] for a cursor that this list did not give out.
pub fn list(tx: &mut Tx<'_>, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Page<CallRow>> {
    let Place { time, rest } = Place::before(cursor)?;
    let rows = tx.all(
        select!(
            "WHERE ($1 IS NULL OR caller_id = $1) AND ($2 IS NULL OR connection_id = $2)
                 AND ($3 IS NULL OR state = $3) AND (created_at, id) < ($4, $5)
             ORDER BY created_at DESC, id DESC LIMIT $6"
        ),
        bind![filter.caller.as_ref(), filter.connection.as_ref(), filter.state, time, rest, limit + 1],
        read,
    )?;
    Ok(Page::cut(rows, limit, |row| Place {
        time: time::to_millis(row.call.created_at),
        rest: row.call.id.to_string(),
    }))
}
