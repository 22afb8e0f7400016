//! Trying a tool: the tools to choose from, a form made of the tool's schema, and the answer as a table or a tree. A
//! change or a run shows its plan first and is asked for in a second step. No GET asks for anything.

mod answer;
mod catalogue;
mod echo;
mod field;
mod form;
mod one;

use super::cookies::Flash;
use super::page::Page;
use super::posted::Posted;
use super::{Answer, Web, html, tree};
use axum::Router;
use gate::Tool;
use model::{Connection, ConnectionState, Effect, Problem};

pub(super) fn routes() -> Router<Web> {
    catalogue::routes().merge(one::routes())
}

/// The connections to choose from, and the one that is chosen.
struct Choice {
    connections: Vec<Connection>,
    chosen: Option<String>,
}

impl Choice {
    /// The one that is named, else the first that is connected, else the first.
    async fn of(web: &Web, page: &Page, named: &str) -> Result<Self, Problem> {
        let connections = web.gate.connections(&page.who).await?;
        let named = connections.iter().find(|connection| connection.name == named);
        let works = connections.iter().find(|connection| connection.state == ConnectionState::Connected);
        let chosen = named.or(works).or(connections.first()).map(|connection| connection.name.clone());
        Ok(Self { connections, chosen })
    }

    fn is_chosen(&self, connection: &Connection) -> bool {
        self.chosen.as_ref() == Some(&connection.name)
    }

    /// The name to put into addresses; none where there is nothing to choose.
    fn in_address(&self) -> &str {
        if self.connections.len() > 1 { self.chosen.as_deref().unwrap_or_default() } else { "" }
    }
}

/// Whether its plan is shown before it is asked for.
fn is_planned(tool: &Tool) -> bool {
    matches!(tool.record.effect, Effect::Change | Effect::Run)
}
