//! `key`: the keys that agents and workflows come with.

use super::customers;
use crate::app::App;
use crate::exit::{Ended, Exit, usage};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use clap::{Args, Subcommand, ValueEnum};
use model::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::str::FromStr;

/// Make, list, change and revoke the keys of agents and workflows
#[derive(Args, Debug)]
pub(crate) struct Key {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    Create(Create),
    /// List the keys; never their secrets
    List,
    /// Show one key; never its secret
    Show {
        /// The key's id, as `key list` shows it
        id: String,
    },
    Edit(Box<Edit>),
    /// Revoke a key at once
    Revoke {
        /// The key's id, as `key list` shows it
        id: String,
    },
}

/// Make a key, and show its secret once
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate key create --name triage --kind agent
  ncgate key create --name nightly --kind workflow --tools list_devices,list_active_issues --customers 214,Globex
  ncgate key create --name trainee --kind agent --plan-only")]
struct Create {
    /// What the record and the approvers will call it
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Who uses it
    #[arg(long)]
    kind: Kind,
    /// Only these tools, by either name, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    tools: Option<Vec<String>>,
    /// Only these customers, by id or by their whole name, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    customers: Option<Vec<String>>,
    /// Answer changes and runs with their plan, and stop there
    #[arg(long)]
    plan_only: bool,
    /// Which of the two sets of tool names it is shown
    #[arg(long, default_value = "canonical")]
    names: Names,
    /// When it ends, as ISO-8601 with offset
    #[arg(long, value_name = "TIME")]
    expires_at: Option<Timestamp>,
    /// How many requests a minute it may make [default: 6000]
    #[arg(long, value_name = "N")]
    rate: Option<u32>,
    /// What others should know about it
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
}

/// Change what a key may do; it holds from its next request on
///
/// What is not named stays. Where there is a list or a limit, `none` lifts it. Its secret, kind, connection and owner stay as they are.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate key edit kx3f8mq2tz --tools list_devices,list_active_issues --rate 60
  ncgate key edit kx3f8mq2tz --customers none --plan-only false")]
struct Edit {
    /// The key's id, as `key list` shows it
    id: String,
    /// What the record and the approvers will call it
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Only these tools, by either name, separated by commas; none for all
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    tools: Option<Vec<String>>,
    /// Only these customers, by id or by their whole name, separated by commas; none for all
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    customers: Option<Vec<String>>,
    /// Whether changes and runs are answered with their plan
    #[arg(long, value_name = "true|false")]
    plan_only: Option<bool>,
    /// Which of the two sets of tool names it is shown
    #[arg(long)]
    names: Option<Names>,
    /// When it ends, as ISO-8601 with offset; none for never
    #[arg(long, value_name = "TIME")]
    expires_at: Option<Lifted<Timestamp>>,
    /// How many requests a minute it may make; none for the default
    #[arg(long, value_name = "N")]
    rate: Option<Lifted<u32>>,
    /// What others should know about it
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
}

/// A limit, or the word that lifts it.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
struct Lifted<T>(Option<T>);

/// The word that lifts a list or a limit.
const LIFTED: &str = "none";

impl<T: FromStr> FromStr for Lifted<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(if text == LIFTED { None } else { Some(text.parse()?) }))
    }
}

#[derive(Clone, Copy, Debug, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Agent,
    Workflow,
}

#[derive(Clone, Copy, Debug, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Names {
    Canonical,
    Alias,
}

impl Key {
    pub(crate) async fn run(self, app: &App) -> Ended {
        match self.action {
            Action::Create(create) => create.run(app).await,
            Action::List => list(app).await,
            Action::Edit(edit) => edit.run(app).await,
            Action::Show { id } => {
                let key = Gateway::with(app, Actor::Person, async |gateway| {
                    gateway.ask(&Request::get(&["keys", &id])).await
                });
                app.output.answer(&key.await?);
                Ok(Exit::DONE)
            }
            Action::Revoke { id } => {
                Gateway::with(app, Actor::Person, async |gateway| {
                    gateway.ask(&Request::delete(&["keys", &id])).await
                })
                .await?;
                app.output.answer(&json!({ "revoked": id }));
                Ok(Exit::DONE)
            }
        }
    }
}

impl Create {
    async fn run(self, app: &App) -> Ended {
        let key = Gateway::with(app, Actor::Person, async |gateway| {
            let connection = gateway.connection().await?;
            let customers = match &self.customers {
                Some(wanted) => Some(customers::ids(gateway, &connection, wanted).await?),
                None => None,
            };
            let body = json!({
                "name": self.name,
                "kind": self.kind,
                "connection": connection,
                "tools": self.tools,
                "customers": customers,
                "plan_only": self.plan_only,
                "names": self.names,
                "expires_at": self.expires_at,
                "requests_per_minute": self.rate,
                "notes": self.notes,
            });
            gateway.ask(&Request::post(&["keys"], body)).await
        })
        .await?;
        app.output.answer(&key);
        if !app.output.is_json() {
            app.output.say("This is the only time that the secret is shown. A program takes it as NCGATE_KEY or as a bearer.");
        }
        Ok(Exit::DONE)
    }
}

impl Edit {
    async fn run(self, app: &App) -> Ended {
        let key = Gateway::with(app, Actor::Person, async |gateway| {
            let mut change = Map::new();
            let mut set = |member: &str, value: Option<Value>| {
                change.extend(value.map(|value| (member.to_owned(), value)));
            };
            set("name", self.name.as_ref().map(|name| json!(name)));
            set("tools", self.tools.as_ref().map(|tools| json!(narrowed(tools))));
            set("plan_only", self.plan_only.map(|only| json!(only)));
            set("names", self.names.map(|names| json!(names)));
            set("expires_at", self.expires_at.as_ref().map(|at| json!(at)));
            set("requests_per_minute", self.rate.as_ref().map(|rate| json!(rate)));
            set("notes", self.notes.as_ref().map(|notes| json!(notes)));
            if let Some(wanted) = &self.customers {
                let customers = match narrowed(wanted) {
                    None => Value::Null,
                    Some(wanted) => {
                        let key = gateway.ask(&Request::get(&["keys", &self.id])).await?;
                        let connection = key["connection"].as_str().unwrap_or_default();
                        json!(customers::ids(gateway, connection, wanted).await?)
                    }
                };
                change.insert("customers".to_owned(), customers);
            }
            if change.is_empty() {
                return Err(usage("nothing was named that should change"));
            }
            gateway.ask(&Request::put(&["keys", &self.id], change.into())).await
        });
        app.output.answer(&key.await?);
        Ok(Exit::DONE)
    }
}

/// The list that a key is narrowed to; none where the word lifts it.
fn narrowed(list: &[String]) -> Option<&[String]> {
    (list != [LIFTED]).then_some(list)
}

async fn list(app: &App) -> Ended {
    let list = Gateway::with(app, Actor::Person, async |gateway| gateway.all(Request::get(&["keys"])).await);
    let columns = [
        ("Id", "id"),
        ("Name", "name"),
        ("Kind", "kind"),
        ("Connection", "connection"),
        ("Owner", "owner"),
        ("Plan only", "plan_only"),
        ("Active", "active"),
        ("Last used", "last_used_at"),
        ("Notes", "notes"),
    ];
    app.output.list(list.await?, &columns);
    Ok(Exit::DONE)
}
