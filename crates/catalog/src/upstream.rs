//! The only door to N-central that tools use: one operation, one answer, failures already put into the product's
//! words. Lists are read page by page, so that a fleet of any size passes through bounded memory.

use crate::context::Context;
use crate::problem;
use futures::stream::{Stream, TryStreamExt};
use model::{Kind, Problem};
use ncentral::{Operation, Page, Params};
use serde_json::Value;

/// How many look-ups of one call are under way at once. The client's permits hold N-central's own limits; this
/// only keeps their queue fed, without one call filling it.
pub(crate) const FAN_OUT: usize = 32;

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

/// The pages of a list, as large as they come; each row once, whatever changes meanwhile ([`ncentral::Client::pages`]).
pub(crate) fn pages(
    cx: &Context,
    operation: &'static Operation,
    params: Params,
) -> impl Stream<Item = Result<Page, Problem>> + Send + use<> {
    cx.client.pages(operation, params).map_err(problem::of_read)
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
