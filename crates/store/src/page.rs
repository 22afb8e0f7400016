//! Lists that are read page by page, newest first: the cursor names the last row that was given out, so rows that
//! are added meanwhile neither repeat nor hide any.

use crate::{Error, Result};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, newest first.
    pub items: Vec<T>,
    /// What to hand in for the next page; none after the last.
    pub next: Option<String>,
}

/// The place of a row in its list: its time, and what tells apart rows of one millisecond.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl<T> Page<T> {
    /// Makes a page of at most `limit` rows out of one more, which says whether there is a next one.
    pub(crate) fn cut(mut rows: Vec<T>, limit: u32, place: impl Fn(&T) -> Place) -> Self {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(|last| {
            let Place { time, rest } = place(last);
            format!("{time}~{rest}")
        });
        Self { items: rows, next }
    }
}
