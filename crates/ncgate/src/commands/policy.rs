//! `policy`: what may happen by itself, what a person decides, what never happens.

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use clap::{Args, Subcommand};
use model::{Mode, Preset};
use serde_json::{Value, json};

/// Show and change the policies of a connection
#[derive(Args, Debug)]
pub(crate) struct Policy {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// List every tool's policy
    List,
    /// Change one tool's policy
    #[command(after_help = "Example:\n  ncgate policy set n_central-run-direct-task approval_needed")]
    Set {
        /// The tool, by either name
        tool: String,
        /// auto, approval_needed or disabled
        mode: Mode,
    },
    /// Start over from a preset
    Preset {
        /// standard, cautious or read-only
        name: Preset,
    },
}

impl Policy {
    pub(crate) async fn run(self, app: &App) -> Ended {
        let answer = Gateway::with(app, Actor::Person, async |gateway| {
            let connection = gateway.connection().await?;
            let path = ["connections", &connection, "policies"];
            let request = match self.action {
                Action::List => Request::get(&path),
                Action::Set { tool, mode } => Request::put(&path, json!({ "policies": { tool: mode } })),
                Action::Preset { name } => Request::put(&path, json!({ "preset": name })),
            };
            gateway.ask(&request).await
        })
        .await?;
        app.output.show(&answer, table);
        Ok(Exit::DONE)
    }
}

fn table(answer: &Value) -> String {
    let policies = answer["policies"].as_object();
    let rows: Vec<Value> =
        policies.into_iter().flatten().map(|(tool, mode)| json!({ "tool": tool, "mode": mode })).collect();
    let said = format!(
        "Version {}, from the {} preset",
        answer["version"],
        answer["preset"].as_str().unwrap_or("?")
    );
    format!("{}\n{said}", crate::shape::grid(&rows, &[("Tool", "tool"), ("Policy", "mode")]))
}
