//! The record as people read it: a list of sentences that can be narrowed, one entry with everything in it, the chains
//! and the proof that they are whole, and the way out as a file.

mod chains;
mod customers;
mod entry;
mod export;
mod list;
mod sentence;
mod wanted;

use super::cookies::Flash;
use super::page::Page;
use super::posted::Posted;
use super::{Answer, Web, html, tree};
use axum::Router;

pub(super) fn routes() -> Router<Web> {
    list::routes()
        .merge(customers::routes())
        .merge(chains::routes())
        .merge(export::routes())
        .merge(entry::routes())
}
