//! MSP Settings → Integrations: the card of N-able N-central with its connections, the form that connects one, and the
//! page of a connection: its health, its settings, and the policy of every tool.

mod connect;
mod draft;
mod grid;
mod manage;
mod one;
mod policies;
mod progress;
mod steps;
mod table;

pub(crate) use progress::Attempts;

use super::page::Page;
use super::posted::Posted;
use super::{Answer, Web, html};
use axum::Router;
use model::Connection;

/// The heading, as N-central's users know the place.
const PLACE: &str = "/integrations";

/// Segments below the heading that are pages of their own, or that browsers take for a way up.
const NO_NAMES: [&str; 3] = ["connect", ".", ".."];

pub(super) fn routes() -> Router<Web> {
    grid::routes()
        .merge(connect::routes())
        .merge(one::routes())
        .merge(policies::routes())
        .merge(manage::routes())
        .merge(progress::routes())
}

/// The page of a connection: by its name, or by its id where the name can't be an address.
pub(super) fn place(connection: &Connection) -> String {
    let name = match NO_NAMES.contains(&connection.name.to_ascii_lowercase().as_str()) {
        true => connection.id.as_str(),
        false => &connection.name,
    };
    format!("{PLACE}/{}", html::encoded(name))
}

/// What was typed, without blanks around it; none where that is nothing.
fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
