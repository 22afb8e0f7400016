//! The only door to N-central that tools use: one operation, one answer, failures already put into the product's
//! words. Lists are read page by page, so that a fleet of any size passes through bounded memory.

use crate::context::Context;
use crate::problem;
use futures::future::BoxFuture;
use futures::stream::{self, FuturesOrdered, Stream, TryStreamExt};
use model::{Kind, Problem};
use ncentral::{Operation, Page, Params};
use serde_json::Value;

/// How many look-ups of one call are under way at once. The client's permits hold N-central's own limits; this
/// only keeps their queue fed, without one call filling it.
pub(crate) const FAN_OUT: usize = 32;

/// The page size of scans: the most that N-central gives (contract/NOTES.md, section 5).
const SCAN_PAGE: u64 = 1000;

/// How many pages of one list are under way or in memory at once: a few more than N-central takes of the device list
/// at a time (contract/NOTES.md, section 4), so that a slot that falls free is used.
const AHEAD: usize = 8;

/// What an operation answers, without its envelope.
///
/// # Errors
/// As [`problem::of_read`] tells them.
pub(crate) async fn object(
    cx: &Context,
    operation: &'static Operation,
    params: Params,
) -> Result<Value, Problem> {
    let reply = cx.client.call(operation, params, None).await.map_err(problem::of_read)?;
    Ok(reply.into_data())
}

/// As [`object`], with none where N-central knows no such thing.
///
/// # Errors
/// As [`problem::of_read`] tells them, but for a 404.
pub(crate) async fn find(
    cx: &Context,
    operation: &'static Operation,
    params: Params,
) -> Result<Option<Value>, Problem> {
    match object(cx, operation, params).await {
        Ok(found) => Ok(Some(found)),
        Err(problem) if problem.kind == Kind::UpstreamNotFound => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// All rows of a list that has no pages.
///
/// # Errors
/// As [`problem::of_read`] tells them.
pub(crate) async fn rows(
    cx: &Context,
    operation: &'static Operation,
    params: Params,
) -> Result<Vec<Value>, Problem> {
    Ok(cx.client.page(operation, params).await.map_err(problem::of_read)?.rows)
}

/// One page of a list.
///
/// # Errors
/// As [`problem::of_read`] tells them.
pub(crate) async fn page(
    cx: &Context,
    operation: &'static Operation,
    params: Params,
    number: u64,
    size: u64,
) -> Result<Page, Problem> {
    let params = params.set("pageNumber", number).set("pageSize", size);
    cx.client.page(operation, params).await.map_err(problem::of_read)
}

/// The pages of a list in their order, as large as they come. The first tells how many there are; then up to
/// [`AHEAD`] are under way at once. Where it does not tell, each is asked for when the one before has been taken.
pub(crate) fn pages(
    cx: &Context,
    operation: &'static Operation,
    params: Params,
) -> impl Stream<Item = Result<Page, Problem>> + Send + use<> {
    let walk = Walk {
        client: cx.client.clone(),
        operation,
        params: params.set("pageSize", SCAN_PAGE),
        reads: FuturesOrdered::new(),
        next: 1,
        last: 1,
        ends: None,
        taken: 0,
    };
    stream::try_unfold(walk, Walk::step)
}

/// A list on its way through memory.
struct Walk {
    client: ncentral::Client,
    operation: &'static Operation,
    params: Params,
    /// The pages under way.
    reads: FuturesOrdered<BoxFuture<'static, Result<Page, ncentral::Error>>>,
    /// The page to ask for next.
    next: u64,
    /// The last page that there is, as far as is known.
    last: u64,
    /// The first and the last row of the page before.
    ends: Option<(Value, Value)>,
    /// The rows taken so far.
    taken: u64,
}

impl Walk {
    async fn step(mut self) -> Result<Option<(Page, Self)>, Problem> {
        while self.next <= self.last && self.reads.len() < AHEAD {
            let params = self.params.clone().set("pageNumber", self.next);
            let (client, operation) = (self.client.clone(), self.operation);
            self.reads.push_back(Box::pin(async move { client.page(operation, params).await }));
            self.next += 1;
        }
        let Some(page) = self.reads.try_next().await.map_err(problem::of_read)? else { return Ok(None) };
        let ends = page.rows.first().cloned().zip(page.rows.last().cloned());
        // A server that ignores the page number gives the same page for ever.
        if ends.is_some() && ends == self.ends {
            return page.ends_by_repeating(self.taken).map(|()| None).map_err(problem::of_read);
        }
        self.ends = ends;
        self.taken += page.item_count;
        if page.has_next {
            self.last = page.total_pages.unwrap_or(0).max(page.page_number + 1);
        } else {
            // Whatever was asked for beyond the end says nothing.
            self.last = 0;
            self.reads.clear();
        }
        Ok(Some((page, self)))
    }
}

/// An id on the wire, which is a number here and text there (contract/NOTES.md, section 6).
pub(crate) fn id_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A name or other text on the wire, cleaned; none where it is missing or says nothing.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    let text = model::text::clean(value.as_str()?, false);
    let text = text.trim();
    (!matches!(text, "" | "-")).then(|| text.to_owned())
}
