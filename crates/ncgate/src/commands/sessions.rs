//! `sessions`: who is signed in, and ending that.

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use clap::{Args, Subcommand};
use serde_json::json;

/// List the sessions of signed-in people, and end them
#[derive(Args, Debug)]
pub(crate) struct Sessions {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// List the running sessions: everybody's for an administrator, else your own
    List,
    /// End a session at once: your own, or anybody's as an administrator
    Revoke {
        /// The session's id, as `sessions list` shows it
        id: String,
    },
}

impl Sessions {
    pub(crate) async fn run(self, app: &App) -> Ended {
        match self.action {
            Action::List => {
                let list = Gateway::with(app, Actor::Person, async |gateway| {
                    gateway.all(Request::get(&["sessions"])).await
                });
                let columns = [
                    ("Id", "id"),
                    ("Person", "person"),
                    ("This one", "current"),
                    ("Began", "created_at"),
                    ("Last used", "seen_at"),
                    ("Ends", "expires_at"),
                ];
                app.output.list(list.await?, &columns);
            }
            Action::Revoke { id } => {
                Gateway::with(app, Actor::Person, async |gateway| {
                    gateway.ask(&Request::delete(&["sessions", &id])).await
                })
                .await?;
                app.output.answer(&json!({ "ended": id }));
            }
        }
        Ok(Exit::DONE)
    }
}
