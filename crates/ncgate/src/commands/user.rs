//! `user`: the people who may look, decide and administer.

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use crate::terminal;
use clap::{Args, Subcommand};
use model::Role;
use secrecy::ExposeSecret;
use serde_json::json;

/// Add, list and disable people
#[derive(Args, Debug)]
pub(crate) struct User {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Add a person
    ///
    /// The password has 8 characters or more. It is asked for twice, or read from standard input. The first administrator of an empty state needs
    /// no proof; from then on, acting as a person takes a password or a session.
    #[command(after_help = "\
Examples:
  ncgate user add dana --role admin
  ncgate user add kim --role approver < password.txt")]
    Add {
        /// The name to sign in with
        name: String,
        /// viewer sees everything and calls read tools; approver also decides; admin also administers
        #[arg(long, value_name = "viewer|approver|admin")]
        role: Role,
    },
    /// List the people
    List,
    /// Disable a person's account, and end its sessions
    Disable {
        /// The person's name
        name: String,
    },
}

impl User {
    pub(crate) async fn run(self, app: &App) -> Ended {
        match self.action {
            Action::Add { name, role } => {
                let person = Gateway::with(app, Actor::Person, async |gateway| {
                    let password = terminal::new_password(&name)?;
                    let body = json!({ "name": name, "role": role, "password": password.expose_secret() });
                    gateway.ask(&Request::post(&["people"], body)).await
                })
                .await?;
                app.output.answer(&person);
            }
            Action::List => {
                let list = Gateway::with(app, Actor::Person, async |gateway| {
                    gateway.all(Request::get(&["people"])).await
                });
                let columns = [
                    ("Name", "name"),
                    ("Role", "role"),
                    ("Since", "created_at"),
                    ("Disabled", "disabled_at"),
                ];
                app.output.list(list.await?, &columns);
            }
            Action::Disable { name } => {
                Gateway::with(app, Actor::Person, async |gateway| {
                    gateway.ask(&Request::delete(&["people", &name])).await
                })
                .await?;
                app.output.answer(&json!({ "disabled": name }));
            }
        }
        Ok(Exit::DONE)
    }
}
