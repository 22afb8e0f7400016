//! Lists, page by page.
//!
//! Every paging member may be missing (NOTES, section 5), and a server may ignore the page that was asked for. So
//! the end is found from whatever there is. How pages are followed while the list changes is in [`crate::walk`].

use futures::stream::{self, Stream, StreamExt, TryStreamExt};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::Client;
use crate::error::Error;
use crate::lenient::Lenient;
use crate::operation::Operation;
use crate::params::Params;
use crate::walk::Walk;

/// The page size that a server takes where none is given (NOTES, section 5).
const USUAL_SIZE: u64 = 50;

/// One page of a list. An unpaged list is one page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T = Value> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// Which page this is, from 1.
    pub page_number: u64,
    /// How many rows a full page has, as far as is known.
    pub page_size: u64,
    /// How many rows this page has.
    pub item_count: u64,
    /// How many rows there are, where the server says so.
    pub total_items: Option<u64>,
    /// How many pages there are, where the server says so.
    pub total_pages: Option<u64>,
    /// Whether there is a page after this one.
    pub has_next: bool,
}

impl Page<Value> {
    /// Reads a page envelope that was asked for with `params`.
    fn read(operation: &Operation, params: &Params, mut body: Value) -> Self {
        let number = |name: &str| body.get(name).cloned().and_then(u64::read);
        let asked = |name| params.get(name).and_then(|text| text.parse::<u64>().ok());
        let page_number = asked("pageNumber").or_else(|| number("pageNumber")).unwrap_or(1).max(1);
        let page_size = number("pageSize").or_else(|| asked("pageSize")).filter(|size| *size > 0);
        let (total_items, total_pages) = (number("totalItems"), number("totalPages"));
        let link = body.get("_links").and_then(Value::as_object).map(|links| {
            let knows_paging = links.contains_key("firstPage") || links.contains_key("lastPage");
            (links.get("nextPage").is_some_and(Value::is_string), knows_paging)
        });
        let rows = match body.get_mut("data").map(Value::take) {
            Some(Value::Array(rows)) => rows,
            _ => Vec::new(),
        };
        let item_count = rows.len() as u64;
        let page_size = page_size.unwrap_or(if operation.paged { USUAL_SIZE } else { item_count });
        let has_next = operation.paged
            && item_count > 0
            && match (total_pages, link, total_items) {
                (Some(pages), _, _) if page_number >= pages => false,
                (_, Some((true, _)), _) => true,
                (_, Some((false, true)), _) => false,
                (Some(_), _, _) => true,
                (None, _, Some(items)) => item_count >= page_size && page_number * page_size < items,
                (None, _, None) => item_count >= page_size,
            };
        Self { rows, page_number, page_size, item_count, total_items, total_pages, has_next }
    }
}

impl<T> Page<T> {
    /// What it means that this page repeats the one before it, when `taken` rows have been taken: the end of the list.
    ///
    /// # Errors
    ///
    /// [`Error::BadShape`] where the server says that there are more rows or pages: it ignores the page number, and
    /// what was taken is only a part.
    pub(crate) fn ends_by_repeating(&self, taken: u64) -> Result<(), Error> {
        let is_more = match self.total_items {
            Some(items) => items > taken,
            None => self.total_pages.is_some_and(|pages| pages >= self.page_number),
        };
        if !is_more {
            return Ok(());
        }
        let number = self.page_number;
        let of = self.total_items.map_or_else(|| "more".to_owned(), |items| items.to_string());
        let detail = format!("page {number} repeats the page before it, with {taken} of {of} rows given");
        Err(Error::BadShape { detail })
    }

    /// The same page with other rows.
    fn map<U>(self, rows: impl FnOnce(Vec<T>) -> Vec<U>) -> Page<U> {
        let Self { rows: old, page_number, page_size, item_count, total_items, total_pages, has_next } = self;
        Page { rows: rows(old), page_number, page_size, item_count, total_items, total_pages, has_next }
    }

    pub(crate) fn typed<U: Lenient>(self) -> Page<U>
    where
        T: Into<Value>,
    {
        self.map(|rows| rows.into_iter().filter_map(|row| U::read(row.into())).collect())
    }
}

impl Client {
    /// One page of a list operation; the first, unless `params` says otherwise.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn page(&self, operation: &'static Operation, params: Params) -> Result<Page, Error> {
        let reply = self.call(operation, params.clone(), None).await?;
        Ok(Page::read(operation, &params, reply.body))
    }

    /// Every page of a list operation from the first on, in pages as large as `pageSize` says, else as large as
    /// N-central gives them. Where the first tells how many there are, some are asked for at once.
    ///
    /// A list may change while it is read. Each row comes once, and none that was there all the time is missing: see
    /// [`Error::ListMoved`]. For that, neighbouring pages share some rows, of which the second coming is left out;
    /// not so pages below 20 rows, and those of a server that sizes them itself, where one row that goes while
    /// another comes can't be noticed.
    pub fn pages(
        &self,
        operation: &'static Operation,
        params: Params,
    ) -> impl Stream<Item = Result<Page, Error>> + Send + use<> {
        stream::try_unfold(Walk::new(self.clone(), operation, params), Walk::step)
    }

    /// Every row of a list operation, read as a record: `rows_as::<Device>(operations::LIST_DEVICES, …)`.
    pub fn rows_as<T: DeserializeOwned>(
        &self,
        operation: &'static Operation,
        params: Params,
    ) -> impl Stream<Item = Result<T, Error>> + Send + use<T> {
        self.rows(operation, params).map(|row| {
            serde_json::from_value(row?).map_err(|error| Error::BadShape { detail: error.to_string() })
        })
    }

    /// Every row of a list operation.
    pub fn rows(
        &self,
        operation: &'static Operation,
        params: Params,
    ) -> impl Stream<Item = Result<Value, Error>> + Send + use<> {
        self.pages(operation, params).map_ok(|page| stream::iter(page.rows).map(Ok)).try_flatten()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::operations::{LIST_CUSTOMERS, LIST_DEVICE_CUSTOM_PROPERTIES};

    fn has_next(number: u64, body: Value) -> bool {
        let params = Params::new().set("pageNumber", number).set("pageSize", 2);
        Page::read(LIST_CUSTOMERS, &params, body).has_next
    }

    #[test]
    fn the_end_is_found_from_whatever_there_is() {
        let full = json!([1, 2]);
        assert!(has_next(1, json!({"data": full, "_links": {"nextPage": "/api/customers?pageNumber=2"}})));
        assert!(!has_next(2, json!({"data": full, "totalPages": 2, "_links": {"nextPage": "/api/x"}})));
        assert!(!has_next(2, json!({"data": full, "_links": {"firstPage": "/api/x", "nextPage": null}})));
        assert!(has_next(1, json!({"data": full, "totalPages": "2"})));
        assert!(has_next(1, json!({"data": full, "totalItems": 3})));
        assert!(!has_next(2, json!({"data": full, "totalItems": 4})));
        assert!(has_next(1, json!({"data": full})));
        assert!(!has_next(2, json!({"data": [1]})));
        assert!(!has_next(3, json!({"data": [], "_links": {"nextPage": "/api/x"}})));
    }

    #[test]
    fn an_unpaged_list_is_one_page() {
        let page = Page::read(LIST_DEVICE_CUSTOM_PROPERTIES, &Params::new(), json!({"data": [1, 2, 3]}));
        assert_eq!((page.item_count, page.page_size, page.has_next), (3, 3, false));
    }
}
