//! An invented gateway with a handful of tools, one for each way a call can end.

use futures::future::BoxFuture;
use mcp::{Call, Doorway, Entrance, LocalAgent, Schema, Tool, View, Visitor};
use model::{Effect, Kind, NameSet, Problem};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The key that the fake lets in.
pub(crate) const KEY: &str = "ncg_triage_0123456789";

/// What a call looked like when it came out of the protocol.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) tool: String,
    pub(crate) arguments: Value,
    pub(crate) client: Option<String>,
    pub(crate) hold: Duration,
    pub(crate) view: View,
}

/// What the fake has met.
#[derive(Default)]
pub(crate) struct Met {
    pub(crate) calls: Vec<Seen>,
    /// Local agents and their user agents.
    pub(crate) local_agents: Vec<(LocalAgent, Option<String>)>,
    /// Calls that were dropped before they had an answer.
    pub(crate) dropped: usize,
}

#[derive(Clone, Default)]
pub(crate) struct Fake {
    pub(crate) met: Arc<Mutex<Met>>,
    agent: Option<String>,
}

impl Fake {
    pub(crate) fn last_call(&self) -> Seen {
        self.met.lock().unwrap().calls.last().cloned().expect("a call arrived")
    }
}

impl Entrance for Fake {
    fn admit(&self, visitor: Visitor) -> BoxFuture<'_, Result<Arc<dyn Doorway>, Problem>> {
        Box::pin(async move {
            assert_eq!(visitor.source.face, "mcp");
            if let Some(agent) = visitor.local_agent {
                self.met.lock().unwrap().local_agents.push((agent, visitor.source.client.clone()));
            } else if visitor.token.expose_secret() != KEY {
                return Err(Problem::new(Kind::Unauthenticated, "no such key"));
            }
            Ok(Arc::new(Fake { agent: visitor.source.client, ..self.clone() }) as Arc<dyn Doorway>)
        })
    }
}

/// Counts a call that is dropped while it waits.
struct Waiting<'a>(&'a Fake);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.met.lock().unwrap().dropped += 1;
    }
}

impl Doorway for Fake {
    fn tools<'a>(&'a self, view: &'a View) -> BoxFuture<'a, Result<Vec<Tool>, Problem>> {
        Box::pin(async move {
            let name = |canonical: &'static str, alias: &'static str| match view.names {
                Some(NameSet::Alias) => alias.into(),
                _ => canonical.into(),
            };
            let tool = |name, effect| Tool {
                name,
                summary: "An invented tool.".into(),
                effect,
                input_schema: schema(),
            };
            Ok(vec![
                tool(name("n_central-list-customers", "list_customers"), Effect::Read),
                tool("n_central-get-registration-token".into(), Effect::SensitiveRead),
                tool("n_central-create-site".into(), Effect::Change),
                tool("n_central-run-direct-task".into(), Effect::Run),
            ])
        })
    }

    fn call<'a>(&'a self, view: &'a View, call: Call) -> BoxFuture<'a, Result<Value, Problem>> {
        Box::pin(async move {
            self.met.lock().unwrap().calls.push(Seen {
                tool: call.tool.clone(),
                arguments: Value::Object(call.arguments),
                client: call.client.or_else(|| self.agent.clone()),
                hold: call.hold,
                view: view.clone(),
            });
            match call.tool.as_str() {
                "n_central-list-customers" | "list_customers" => Ok(customers()),
                "n_central-create-site" => {
                    tokio::time::sleep(call.hold).await;
                    Ok(held())
                }
                "n_central-list-active-issues" => {
                    for (done, what) in [(1, "Acme"), (2, "Globex"), (2, "Initech")] {
                        call.progress.advance(done, Some(3), what);
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                    Ok(json!({"columns": [], "rows": [], "returned": 0}))
                }
                "n_central-run-direct-task" => {
                    // As a gateway in another process, which tells no steps.
                    drop(call.progress);
                    tokio::time::sleep(call.hold).await;
                    Ok(held())
                }
                "n_central-get-approval" => {
                    let waiting = Waiting(self);
                    tokio::time::sleep(Duration::from_secs(45)).await;
                    std::mem::forget(waiting);
                    Ok(json!({"state": "pending"}))
                }
                "n_central-get-device" => Err(ambiguous()),
                other => {
                    Err(Problem::new(Kind::UnknownTool, format!("no tool {other}")).hint("list the tools"))
                }
            }
        })
    }
}

fn schema() -> Schema {
    let schema = json!({
        "type": "object",
        "properties": {"customer": {"type": "string"}},
        "additionalProperties": false,
    });
    Arc::new(schema.as_object().unwrap().clone())
}

pub(crate) fn customers() -> Value {
    json!({"columns": ["id", "name"], "rows": [[101, "Acme"], [102, "Globex"]], "returned": 2, "total": 2})
}

pub(crate) fn held() -> Value {
    json!({
        "status": "approval_required",
        "call_id": "c-1",
        "approval_id": "a-1",
        "approval_url": null,
        "summary": "Create the site Lager at Acme.",
        "next_step": "Tell the person.",
    })
}

pub(crate) fn ambiguous() -> Problem {
    Problem::new(Kind::AmbiguousName, "two devices are called FS01")
        .hint("give device_id")
        .detail("candidates", json!([{"id": 7, "name": "FS01"}, {"id": 8, "name": "FS01"}]))
}
