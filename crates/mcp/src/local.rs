//! The doorway to a gate in this process.

use crate::doorway::{Call, Doorway, Entrance, Schema, Tool, View, Visitor};
use futures::future::BoxFuture;
use gate::{Answer, Ask, Gate, Offer, Requester};
use model::{Mode, Problem};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Admits whoever the gate identifies.
#[derive(Clone)]
pub struct LocalEntrance {
    gate: Gate,
    schemas: Schemas,
}

impl LocalEntrance {
    /// The entrance to this gate.
    pub fn new(gate: Gate) -> Self {
        Self { gate, schemas: Schemas::default() }
    }

    /// The doorway of a caller who is known already.
    pub fn doorway(&self, requester: Requester) -> LocalDoorway {
        LocalDoorway { gate: self.gate.clone(), schemas: self.schemas.clone(), requester }
    }
}

impl Entrance for LocalEntrance {
    fn admit(&self, visitor: Visitor) -> BoxFuture<'_, Result<Arc<dyn Doorway>, Problem>> {
        Box::pin(async move {
            let token = visitor.token.expose_secret();
            let requester = match visitor.local_agent {
                Some(agent) => {
                    self.gate.local_agent(token, agent.connection.as_deref(), visitor.source).await?
                }
                None => self.gate.identify(token, visitor.source).await?,
            };
            Ok(Arc::new(self.doorway(requester)) as Arc<dyn Doorway>)
        })
    }
}

/// A gate in this process, as one caller sees it.
#[derive(Clone)]
pub struct LocalDoorway {
    gate: Gate,
    schemas: Schemas,
    requester: Requester,
}

impl Doorway for LocalDoorway {
    fn tools<'a>(&'a self, view: &'a View) -> BoxFuture<'a, Result<Vec<Tool>, Problem>> {
        Box::pin(async move {
            let mut requester = self.requester.clone();
            requester.caller.names = view.names.unwrap_or(requester.caller.names);
            let offers = self.gate.offers(&requester, view.connection.as_deref()).await?;
            // A person is shown disabled tools on other faces, with their policy; a model could only try in vain.
            let usable = offers.iter().filter(|offer| offer.policy != Mode::Disabled);
            Ok(usable.map(|offer| self.tool(offer)).collect())
        })
    }

    fn call<'a>(&'a self, view: &'a View, call: Call) -> BoxFuture<'a, Result<Value, Problem>> {
        Box::pin(async move {
            let mut requester = self.requester.clone();
            requester.source.client = call.client.or(requester.source.client);
            let ask = Ask {
                requester,
                connection: view.connection.clone(),
                tool: call.tool,
                arguments: Value::Object(call.arguments),
                hold: call.hold,
                idempotency_key: None,
                progress: call.progress,
            };
            Ok(match self.gate.ask(ask).await? {
                Answer::Read { result, .. } => result,
                answer => answer.body(),
            })
        })
    }
}

impl LocalDoorway {
    fn tool(&self, offer: &Offer) -> Tool {
        let record = &offer.tool.record;
        Tool {
            name: Cow::Borrowed(offer.shown_name),
            summary: Cow::Borrowed(record.summary),
            effect: record.effect,
            input_schema: self.schemas.of(record.name, || offer.tool.input_schema()),
        }
    }
}

/// The catalogue's schemas in the form that can be handed out without copying them, made once a tool.
#[derive(Clone, Default)]
struct Schemas(Arc<Mutex<HashMap<&'static str, Schema>>>);

impl Schemas {
    fn of<'a>(&self, tool: &'static str, schema: impl FnOnce() -> &'a Value) -> Schema {
        let mut made = self.0.lock().expect("no holder of the schemas panics");
        made.entry(tool)
            .or_insert_with(|| Arc::new(schema().as_object().expect("input schemas are objects").clone()))
            .clone()
    }
}
