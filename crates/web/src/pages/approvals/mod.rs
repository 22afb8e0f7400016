//! Where a person decides: the inbox of what waits, and the page of one approval, which shows everything that will
//! happen before it takes a yes or a no.

mod inbox;
mod one;
mod shown;

pub(super) use shown::{Fleet, fleet};

use super::page::Page;
use super::posted::Posted;
use super::{Answer, Web, html};
use axum::Router;

pub(super) fn routes() -> Router<Web> {
    inbox::routes().merge(one::routes())
}
