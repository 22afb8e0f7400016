//! Lists that are read page by page, newest first: the cursor names the last row that was given out, so rows that
//! are added meanwhile neither repeat nor hide any.

use crate::{Error, Result};
use model::{Timestamp, time};
use std::fmt;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, newest first.
    pub items: Vec<T>,
    /// What to hand in for the next page; none after the last.
    pub next: Option<String>,
}

/// The place of a row in its list: its time, and what tells apart rows of one millisecond.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) time: i64,
    pub(crate) rest: String,
}

impl Place {
    /// The place a page starts below: that of a cursor, or above everything.
    ///
    /// # Errors
    /// [`Error::Cursor`] if it is none of ours.
    pub(crate) fn before(cursor: Option<&str>) -> Result<Self> {
        let Some(cursor) = cursor else { return Ok(Self { time: i64::MAX, rest: String::new() }) };
        let (time, rest) = cursor.split_once('~').ok_or(Error::Cursor)?;
        Ok(Self { time: time.parse().map_err(|_| Error::Cursor)?, rest: rest.to_owned() })
    }
}

impl Place {
    /// The place below which everything is earlier than this.
    pub(crate) fn until(time: Option<Timestamp>) -> Self {
        Self { time: time.map_or(i64::MAX, time::to_millis), rest: String::new() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.time, self.rest)
    }
}

impl<T> Page<T> {
    /// Makes a page of at most `limit` rows out of one more, which says whether there is a next one.
    pub(crate) fn cut(mut rows: Vec<T>, limit: u32, place: impl Fn(&T) -> Place) -> Self {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(|last| place(last).to_string());
        Self { items: rows, next }
    }
}
