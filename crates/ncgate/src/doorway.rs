//! The gateway as an agent on stdio sees it: over REST, where another process has it, or in this very process. In
//! both cases the caller is looked at anew with every request, so a key that is revoked ends at once.

use crate::gateway::Gateway;
use crate::rest::Request;
use ::mcp::{Call, Doorway, Entrance, LocalAgent, LocalEntrance, Tool, View, Visitor};
use futures::future::BoxFuture;
use model::{Effect, Kind, Mode, NameSet, Problem, Source};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// A gateway behind REST.
pub(crate) struct RestDoorway(pub(crate) Arc<Gateway>);

#[derive(Deserialize)]
struct Listed {
    name: String,
    effect: String,
    policy: Mode,
    summary: String,
    input_schema: Map<String, Value>,
}

impl Doorway for RestDoorway {
    fn tools<'a>(&'a self, view: &'a View) -> BoxFuture<'a, Result<Vec<Tool>, Problem>> {
        Box::pin(async move {
            let names = view.names.map(|names| match names {
                NameSet::Canonical => "canonical",
                NameSet::Alias => "alias",
            });
            let request = Request::get(&["tools"])
                .query("names", names)
                .query("connection", view.connection.as_deref());
            let mut answer = self.0.ask(&request).await?;
            let listed: Vec<Listed> = serde_json::from_value(answer["tools"].take()).map_err(|error| {
                Problem::new(Kind::BadAnswer, format!("the gateway's list of tools can't be read: {error}"))
            })?;
            Ok(listed.into_iter().filter(|tool| tool.policy != Mode::Disabled).map(tool).collect())
        })
    }

    fn call<'a>(&'a self, view: &'a View, call: Call) -> BoxFuture<'a, Result<Value, Problem>> {
        Box::pin(async move {
            let connection = view.connection.as_deref();
            let mut request = match catalog::find(&call.tool) {
                Some(tool) => crate::call::request(tool, call.arguments, connection),
                None => Request::post(&["tools", &call.tool], call.arguments.into())
                    .query("connection", connection),
            };
            if !call.hold.is_zero() {
                request = request.header("Prefer", format!("wait={}", call.hold.as_secs()));
            }
            if let Some(client) = call.client {
                request = request.header("User-Agent", client);
            }
            self.0.ask(&request).await
        })
    }
}

fn tool(listed: Listed) -> Tool {
    // An effect that this version does not know yet is taken for the one that needs most care.
    let effect =
        Effect::ALL.into_iter().find(|effect| effect.as_str() == listed.effect).unwrap_or(Effect::Run);
    Tool {
        name: Cow::Owned(listed.name),
        summary: Cow::Owned(listed.summary),
        effect,
        input_schema: Arc::new(listed.input_schema),
    }
}

/// A gate in this process.
pub(crate) struct OwnDoorway {
    /// Lets callers in.
    pub(crate) entrance: LocalEntrance,
    /// The caller's key, or the owner's token.
    pub(crate) token: SecretString,
    /// Set where the owner's token stands for the built-in agent.
    pub(crate) local_agent: Option<LocalAgent>,
}

impl OwnDoorway {
    async fn admit(&self) -> Result<Arc<dyn Doorway>, Problem> {
        let source = Source { face: "mcp".to_owned(), ..Source::default() };
        let (token, local_agent) = (self.token.clone(), self.local_agent.clone());
        self.entrance.admit(Visitor { token, local_agent, source }).await
    }
}

impl Doorway for OwnDoorway {
    fn tools<'a>(&'a self, view: &'a View) -> BoxFuture<'a, Result<Vec<Tool>, Problem>> {
        Box::pin(async move { self.admit().await?.tools(view).await })
    }

    fn call<'a>(&'a self, view: &'a View, call: Call) -> BoxFuture<'a, Result<Value, Problem>> {
        Box::pin(async move { self.admit().await?.call(view, call).await })
    }
}
