//! The script list of each connection: what callers may run by name. N-central can't list its own repository, so
//! people keep this list; what devices' tasks run is proposed for it.

mod form;
mod list;
mod one;
mod seen;

use super::cookies::Flash;
use super::page::Page;
use super::posted::Posted;
use super::refusal::{Refusal, status};
use super::{Answer, Web, html};
use axum::Router;

pub(super) fn routes() -> Router<Web> {
    list::routes().merge(one::routes())
}

/// The address of a page about scripts of a connection.
fn address(path: &str, connection: &str) -> String {
    html::address(path, &[("connection", connection)])
}
