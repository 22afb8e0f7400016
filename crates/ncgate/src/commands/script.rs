//! `script`: the list of scripts that agents may name, because N-central itself lists none.

use crate::app::App;
use crate::exit::{Ended, Exit, usage};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use clap::{Args, Subcommand};
use model::Problem;
use model::script::{PARAMETER_TYPES, ScriptParameter, TaskType};
use serde_json::{Map, Value, json};

/// Keep the list of scripts that agents may name
#[derive(Args, Debug)]
pub(crate) struct Script {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    Add(Add),
    Change(Change),
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

/// Change a script on the list
///
/// What is not named stays. Plans that were made with the script keep what they froze.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate script change \"Clean up disk\" --item-id 2020 --description \"Empties the temporary folders\"
  ncgate script change \"Clean up disk\" --rename \"Clean up\" --param none")]
struct Change {
    /// Its name or id
    name: String,
    /// Another name
    #[arg(long, value_name = "NAME")]
    rename: Option<String>,
    /// Another item of N-central's repository
    #[arg(long, value_name = "ID")]
    item_id: Option<i64>,
    /// AutomationPolicy, Script or MacScript
    #[arg(long = "type", value_name = "TYPE")]
    task_type: Option<TaskType>,
    /// A parameter, as name:type[:required][:secret]; once for each that it has from now on, or none
    #[arg(long = "param", value_name = "PARAMETER", value_parser = parameter_or_none)]
    parameters: Option<Vec<Option<ScriptParameter>>>,
    /// What it does, for whoever chooses and whoever approves
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

impl Change {
    /// What the gateway is asked for.
    fn body(&self) -> Result<Value, Problem> {
        let parameters = self.parameters.as_ref().map(|all| all.iter().flatten().collect::<Vec<_>>());
        let named = [
            ("name", self.rename.as_ref().map(|name| json!(name))),
            ("item_id", self.item_id.map(|id| json!(id))),
            ("task_type", self.task_type.as_ref().map(|task_type| json!(task_type))),
            ("parameters", parameters.map(|parameters| json!(parameters))),
            ("description", self.description.as_ref().map(|text| json!(text))),
        ];
        let change: Map<_, _> =
            named.into_iter().filter_map(|(member, value)| Some((member.to_owned(), value?))).collect();
        if change.is_empty() {
            return Err(usage("nothing was named that should change"));
        }
        Ok(change.into())
    }
}

/// A parameter, or the word for having none at all.
fn parameter_or_none(text: &str) -> Result<Option<ScriptParameter>, String> {
    if text == "none" { Ok(None) } else { parameter(text).map(Some) }
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
            Action::Change(change) => {
                let body = change.body()?;
                let script = Gateway::with(app, Actor::Person, async |gateway| {
                    let connection = gateway.connection().await?;
                    let path = ["connections", &connection, "scripts", &change.name];
                    gateway.ask(&Request::put(&path, body)).await
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
