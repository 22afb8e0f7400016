//! What the protocol needs of the gateway, as two traits, so that one handler serves a gate in this process, a
//! gateway behind REST, and a test's own.

use futures::future::BoxFuture;
use gate::Progress;
use model::{Effect, NameSet, Problem, Source};
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// The gateway as one caller sees it. The caller is part of the value; nothing about it is ambient.
pub trait Doorway: Send + Sync {
    /// The tools that this caller may use, in an order that does not change from one request to the next.
    ///
    /// # Errors
    /// Whatever keeps the gateway from telling: the caller's key ended, its connection is gone.
    fn tools<'a>(&'a self, view: &'a View) -> BoxFuture<'a, Result<Vec<Tool>, Problem>>;

    /// Asks for a tool and answers the result object of surface.md, held and planned ones included.
    ///
    /// Dropping the future only ends the waiting: what was approved or begun goes on.
    ///
    /// # Errors
    /// The problem as every face reports it; `unknown-tool` where this caller has no such tool.
    fn call<'a>(&'a self, view: &'a View, call: Call) -> BoxFuture<'a, Result<Value, Problem>>;
}

/// Lets callers of the HTTP endpoint in.
pub trait Entrance: Send + Sync + 'static {
    /// The doorway of whoever knocks.
    ///
    /// # Errors
    /// `unauthenticated` where the token proves nothing; anything else is answered with its own HTTP status.
    fn admit(&self, visitor: Visitor) -> BoxFuture<'_, Result<Arc<dyn Doorway>, Problem>>;
}

/// Who knocks, and from where.
#[derive(Debug)]
pub struct Visitor {
    /// The bearer token.
    pub token: SecretString,
    /// Set where the owner's token shall stand for the built-in local agent instead of a person.
    pub local_agent: Option<LocalAgent>,
    /// The peer's address and what its user agent says.
    pub source: Source,
}

/// What a local command asks for when it comes as the built-in local agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalAgent {
    /// Id or name of the connection to use; the only one where it is missing.
    pub connection: Option<String>,
}

/// How the caller wants to look at the gateway; the query of the MCP address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Which names to show; the caller's own choice where it is missing. Both are always callable.
    pub names: Option<NameSet>,
    /// Id or name of the connection, for a person with several.
    pub connection: Option<String>,
    /// Whether `tools/list` shall carry output schemas, which nearly double it.
    pub output_schemas: bool,
}

/// A JSON schema; shared, because it is handed out again and again.
pub type Schema = Arc<Map<String, Value>>;

/// A tool as it is offered.
#[derive(Clone, Debug)]
pub struct Tool {
    /// The name to show.
    pub name: Cow<'static, str>,
    /// One line: what it does.
    pub summary: Cow<'static, str>,
    /// What it does to the world.
    pub effect: Effect,
    /// Of its arguments.
    pub input_schema: Schema,
}

/// One request for a tool.
pub struct Call {
    /// Canonical name or alias.
    pub tool: String,
    /// The arguments.
    pub arguments: Map<String, Value>,
    /// Name and version of the MCP client, where it said so.
    pub client: Option<String>,
    /// How long a held call may wait for its decision before the held answer is given.
    pub hold: Duration,
    /// Who follows the progress.
    pub progress: Arc<dyn Progress>,
}
