//! Scans: lists that N-central can't filter or that lie in several places are read whole, page by page, and only
//! the rows of the page that was asked for are kept.

use crate::context::Context;
use crate::list::Listing;
use crate::upstream::{self, id_of};
use futures::stream::{self, StreamExt, TryStreamExt};
use model::Problem;
use model::answer::Table;
use ncentral::{Operation, Params};
use serde_json::Value;
use std::collections::HashSet;

/// Lists that together hold what is scanned, and the member that holds a row's id.
pub(crate) struct Sources {
    pub(crate) lists: Vec<(&'static Operation, Params)>,
    pub(crate) id: &'static str,
    /// What the rows are, for whoever follows the progress.
    pub(crate) what: &'static str,
}

/// Reads every row of the sources and answers the page of those that `keep` lets through; it may add to a row what
/// N-central does not tell there.
///
/// # Errors
/// The first list that can't be read: a total without its rows would be wrong.
pub(crate) async fn scan(
    cx: &Context,
    sources: Sources,
    listing: &Listing,
    mut keep: impl FnMut(&mut Value) -> bool,
) -> Result<Table, Problem> {
    // N-central sorts one list; what comes from several is sorted here.
    let sort_here = sources.lists.len() > 1;
    let lists = sources
        .lists
        .into_iter()
        .map(|(operation, params)| (operation, if sort_here { params } else { listing.sorting(params) }));
    let mut pages =
        stream::iter(lists).flat_map(|(operation, params)| Box::pin(upstream::pages(cx, operation, params)));
    let mut window = listing.window(sort_here);
    let mut seen = HashSet::new();
    let mut read = 0;
    while let Some(page) = pages.try_next().await? {
        read += page.rows.len() as u64;
        cx.progress.advance(read, page.total_items.filter(|_| !sort_here), sources.what);
        for mut row in page.rows {
            // Pages shift while they are read, so the same row can come twice.
            if keep(&mut row) && id_of(&row[sources.id]).is_none_or(|id| seen.insert(id)) {
                window.push(&row);
            }
        }
    }
    Ok(window.into_table())
}
