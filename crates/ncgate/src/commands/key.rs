//! `key`: the keys that agents and workflows come with.

use super::customers;
use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::json;

/// Make, list and revoke the keys of agents and workflows
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

async fn list(app: &App) -> Ended {
    let list = Gateway::with(app, Actor::Person, async |gateway| gateway.all(Request::get(&["keys"])).await);
    let columns = [
        ("Id", "id"),
        ("Name", "name"),
        ("Kind", "kind"),
        ("Connection", "connection"),
        ("Owner", "owner"),
        ("Plan only", "plan_only"),
        ("Last used", "last_used_at"),
        ("Revoked", "revoked_at"),
    ];
    app.output.list(list.await?, &columns);
    Ok(Exit::DONE)
}
