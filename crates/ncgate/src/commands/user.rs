//! `user`: the people who may look, decide and administer.

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use crate::terminal;
use clap::{Args, Subcommand};
use model::{Kind, Problem, Role};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// Add people, list them, and change what they may do
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
    /// Disable a person's account: its sessions end, and its keys are refused
    Disable {
        /// The person's name
        name: String,
    },
    /// Enable an account again
    Enable {
        /// The person's name
        name: String,
    },
    /// Give a person another role
    Role {
        /// The person's name
        name: String,
        /// viewer sees everything and calls read tools; approver also decides; admin also administers
        #[arg(value_name = "viewer|approver|admin")]
        role: Role,
    },
    /// Set another password
    ///
    /// An administrator can set anybody's. Your own takes the old one, which is asked for on the terminal itself. The new one is asked for
    /// twice, or read from standard input. Sessions that were opened with the old one end.
    Password {
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
            Action::Disable { name } => change(app, &name, json!({ "disabled": true })).await?,
            Action::Enable { name } => change(app, &name, json!({ "disabled": false })).await?,
            Action::Role { name, role } => change(app, &name, json!({ "role": role })).await?,
            Action::Password { name } => set_password(app, &name).await?,
        }
        Ok(Exit::DONE)
    }
}

async fn change(app: &App, name: &str, change: Value) -> Result<(), Problem> {
    let person = Gateway::with(app, Actor::Person, async |gateway| {
        gateway.ask(&Request::put(&["people", name], change.clone())).await
    });
    app.output.answer(&person.await?);
    Ok(())
}

/// The old password is asked for only where the gateway wants it: for one's own account.
async fn set_password(app: &App, name: &str) -> Result<(), Problem> {
    Gateway::with(app, Actor::Person, async |gateway| {
        let new = terminal::new_password(name)?;
        let send = async |old: Option<&str>| {
            let body = json!({ "password": new.expose_secret(), "old_password": old });
            gateway.ask(&Request::put(&["people", name, "password"], body)).await
        };
        match send(None).await {
            Err(problem) if problem.kind == Kind::FreshProofRequired => {
                let old = terminal::ask_secret(&format!("Old password of {name}: "))?;
                send(Some(old.expose_secret())).await
            }
            sent => sent,
        }
    })
    .await?;
    app.output.answer(&json!({ "password_changed": name }));
    Ok(())
}
