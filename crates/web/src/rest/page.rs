//! What lists are asked for with, and the pages of the short ones that the gate hands out whole (connections, keys,
//! people, scripts, stop switches), so that every list has the same shape and the same way to go on.
//!
//! A cursor names the place of the last item that was given out. It goes out in a form that nobody is tempted to
//! read or to make.

use crate::problem::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gate::{Cursor, Page};
use model::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};
use std::num::NonZeroU32;

/// What every cursor begins with; a text that does not is none of ours.
const MARK: &str = "after:";

/// A cursor as callers have it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(inline, with = "String")]
pub(super) struct Place(String);

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = String::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(given).ok();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let place = text.as_deref().and_then(|text| text.strip_prefix(MARK));
        place.map(|place| Self(place.to_owned())).ok_or_else(|| {
            de::Error::custom("this is not the `next` of a page; begin the list again without it")
        })
    }
}

/// The page with its cursor as callers get it.
pub(super) fn sealed<T>(page: Page<T>) -> Page<T> {
    let next = page.next.map(|place| URL_SAFE_NO_PAD.encode(format!("{MARK}{place}")));
    Page { items: page.items, next }
}

/// Which page of a list the gate shall cut.
pub(super) fn wanted(cursor: Option<Place>, limit: Option<NonZeroU32>) -> Cursor {
    Cursor { cursor: cursor.map(|Place(place)| place), limit: limit.map(NonZeroU32::get) }
}

/// The query of a list without filters.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// From the `next` of the page before.
    cursor: Option<Place>,
    /// Items on the page: 50 if not given, never more than 500.
    limit: Option<NonZeroU32>,
}

impl PageQuery {
    /// One page of a whole list, in the order of `key`, which tells any two items apart. What was added or removed
    /// since the page before neither repeats nor hides an item.
    pub(super) fn of<T>(self, mut items: Vec<T>, key: impl Fn(&T) -> String) -> Result<Page<T>, Failure> {
        let wanted = wanted(self.cursor, self.limit);
        items.sort_by_cached_key(&key);
        if let Some(last) = &wanted.cursor {
            items.retain(|item| key(item) > *last);
        }
        let limit = usize::try_from(wanted.rows()).unwrap_or(usize::MAX);
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| has_more).map(key);
        Ok(sealed(Page { items, next }))
    }
}

/// Sorts as people expect names to be sorted, and tells equal ones apart.
pub(super) fn by_name(name: &str, id: &str) -> String {
    format!("{} {id}", name.to_lowercase())
}

/// Refuses a span of time that ends before it begins.
pub(super) fn check_span(
    from: Option<model::Timestamp>,
    to: Option<model::Timestamp>,
) -> Result<(), Failure> {
    match (from, to) {
        (Some(from), Some(to)) if from > to => {
            Err(Failure::new(Kind::InvalidArguments, "`from` is later than `to`")
                .hint("`from` is the earlier end of the span"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(items: &[&str], cursor: Option<&str>) -> Page<String> {
        let cursor = cursor.map(|text| serde_json::from_value(text.into()).unwrap());
        let query = PageQuery { cursor, limit: NonZeroU32::new(2) };
        query.of(items.iter().map(|item| (*item).to_owned()).collect(), String::clone).unwrap()
    }

    #[test]
    fn following_the_cursor_shows_every_item_once() {
        let first = page(&["c", "a", "b"], None);
        assert_eq!(first.items, ["a", "b"]);
        let second = page(&["c", "a", "b"], first.next.as_deref());
        assert_eq!((second.items, second.next), (vec!["c".to_owned()], None));
    }

    #[test]
    fn what_comes_and_goes_meanwhile_does_not_matter() {
        let first = page(&["a", "b", "c"], None);
        let second = page(&["0", "a", "c", "d"], first.next.as_deref());
        assert_eq!(second.items, ["c", "d"]);
    }

    #[test]
    fn a_text_that_is_no_cursor_is_refused() {
        for odd in ["", "b", "YWZ0ZXI", "a~b", &URL_SAFE_NO_PAD.encode("a"), &URL_SAFE_NO_PAD.encode([255])] {
            assert!(serde_json::from_value::<Place>(odd.into()).is_err(), "{odd}");
        }
    }
}
