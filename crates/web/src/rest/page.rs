//! What lists are asked for with, and the pages of the short ones that the gate hands out whole (connections, keys,
//! people, scripts, stop switches), so that every list has the same shape and the same way to go on.

use crate::problem::Failure;
use gate::{Cursor, Page};
use model::Kind;
use serde::Deserialize;

/// Rows where no number is asked for, and at most (see [`Cursor`]).
const USUAL: usize = 50;
const MOST: usize = 500;

/// The query of a list without filters.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    cursor: Option<String>,
    limit: Option<u32>,
}

impl PageQuery {
    pub(super) const NAMES: &'static [&'static str] = &["cursor", "limit"];

    /// One page of a whole list; the cursor is the id of the last item of the page before.
    pub(super) fn of<T>(&self, mut items: Vec<T>, id: impl Fn(&T) -> &str) -> Result<Page<T>, Failure> {
        let limit = self.limit.map_or(USUAL, |limit| (limit as usize).clamp(1, MOST));
        if let Some(cursor) = &self.cursor {
            let Some(last) = items.iter().position(|item| id(item) == cursor) else {
                return Err(Failure::new(Kind::InvalidArguments, "this cursor leads nowhere any more")
                    .hint("begin the list again, without a cursor"));
            };
            items.drain(..=last);
        }
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| has_more).map(|item| id(item).to_owned());
        Ok(Page { items, next })
    }
}

/// The query of a list that can be narrowed to one state.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StateQuery<S> {
    state: Option<S>,
    cursor: Option<String>,
    limit: Option<u32>,
}

impl<S> StateQuery<S> {
    pub(super) const NAMES: &'static [&'static str] = &["state", "cursor", "limit"];

    /// The state and the page that are asked for.
    pub(super) fn split(self) -> (Option<S>, Cursor) {
        (self.state, Cursor { cursor: self.cursor, limit: self.limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(cursor: Option<&str>, limit: Option<u32>) -> Result<Page<String>, Failure> {
        let query = PageQuery { cursor: cursor.map(str::to_owned), limit };
        query.of(["a", "b", "c"].map(str::to_owned).to_vec(), String::as_str)
    }

    #[test]
    fn following_the_cursor_shows_every_item_once() {
        let first = page(None, Some(2)).unwrap();
        assert_eq!((first.items, first.next.as_deref()), (vec!["a".into(), "b".into()], Some("b")));
        let second = page(Some("b"), Some(2)).unwrap();
        assert_eq!((second.items, second.next), (vec!["c".into()], None));
        assert_eq!(page(None, None).unwrap().items.len(), 3);
    }

    #[test]
    fn a_lost_cursor_is_refused() {
        assert!(page(Some("z"), None).is_err());
    }
}
