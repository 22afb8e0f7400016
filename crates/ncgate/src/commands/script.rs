//! `script`: the list of scripts that agents may name, because N-central itself lists none.

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use clap::{Args, Subcommand};
use model::script::{PARAMETER_TYPES, ScriptParameter, TaskType};
use serde_json::json;

/// Keep the list of scripts that agents may name
#[derive(Args, Debug)]
pub(crate) struct Script {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    Add(Add),
    /// List the scripts
    List,
    /// Take a script off the list
    Remove {
        /// Its name or id
        name: String,
    },
}

/// Put a script of N-central's repository on the list
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  ncgate script add --name \"Clean up disk\" --item-id 2014 --type Script \\
      --param days:integer:required --param token:password:secret")]
struct Add {
    /// The name callers use
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Its id in N-central's repository
    #[arg(long, value_name = "ID")]
    item_id: i64,
    /// AutomationPolicy, Script or MacScript
    #[arg(long = "type", value_name = "TYPE")]
    task_type: TaskType,
    /// A parameter, as name:type[:required][:secret]; once for each
    #[arg(long = "param", value_name = "PARAMETER", value_parser = parameter)]
    parameters: Vec<ScriptParameter>,
    /// What it does, for whoever chooses and whoever approves
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    description: String,
}

fn parameter(text: &str) -> Result<ScriptParameter, String> {
    let mut parts = text.split(':');
    let name = parts.next().filter(|name| !name.is_empty()).ok_or("a parameter begins with its name")?;
    let kind = parts.next().ok_or("write it as name:type, like days:integer")?;
    if !PARAMETER_TYPES.contains(&kind) {
        return Err(format!("`{kind}` is not a type; use one of: {}", PARAMETER_TYPES.join(", ")));
    }
    let mut parameter = ScriptParameter {
        name: name.to_owned(),
        kind: kind.to_owned(),
        required: false,
        secret: kind == "password",
    };
    for mark in parts {
        match mark {
            "required" => parameter.required = true,
            "secret" => parameter.secret = true,
            other => return Err(format!("`{other}` says nothing about a parameter; use required or secret")),
        }
    }
    Ok(parameter)
}

impl Script {
    pub(crate) async fn run(self, app: &App) -> Ended {
        match self.action {
            Action::Add(add) => {
                let body = json!({
                    "name": add.name,
                    "item_id": add.item_id,
                    "task_type": add.task_type,
                    "parameters": add.parameters,
                    "description": add.description,
                });
                let script = Gateway::with(app, Actor::Person, async |gateway| {
                    let connection = gateway.connection().await?;
                    gateway.ask(&Request::post(&["connections", &connection, "scripts"], body)).await
                })
                .await?;
                app.output.answer(&script);
            }
            Action::List => {
                let list = Gateway::with(app, Actor::Person, async |gateway| {
                    let connection = gateway.connection().await?;
                    gateway.all(Request::get(&["connections", &connection, "scripts"])).await
                });
                let columns = [
                    ("Name", "name"),
                    ("Item", "item_id"),
                    ("Type", "task_type"),
                    ("Does", "description"),
                    ("Id", "id"),
                ];
                app.output.list(list.await?, &columns);
            }
            Action::Remove { name } => {
                Gateway::with(app, Actor::Person, async |gateway| {
                    let connection = gateway.connection().await?;
                    gateway.ask(&Request::delete(&["connections", &connection, "scripts", &name])).await
                })
                .await?;
                app.output.answer(&json!({ "removed": name }));
            }
        }
        Ok(Exit::DONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_written_on_one_line() {
        let days = parameter("days:integer:required").unwrap();
        assert!(days.required && !days.secret && days.kind == "integer");
        assert!(parameter("token:password").unwrap().secret, "a password is always a secret");
        for wrong in ["days", ":integer", "days:date", "days:integer:maybe"] {
            assert!(parameter(wrong).is_err(), "{wrong}");
        }
    }
}
