//! `master-key`: the key under which every credential is sealed.

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use crate::waiting;
use clap::{Args, Subcommand};
use serde_json::json;

/// Change the master key
#[derive(Args, Debug)]
pub(crate) struct MasterKey {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Make a new master key, and seal everything again under it
    ///
    /// The gateway goes on working meanwhile. The old key leaves the key file once nothing needs it; a gateway that
    /// goes down in the middle goes on at its next start. Take a new backup afterwards.
    Rotate,
}

impl MasterKey {
    pub(crate) async fn run(self, app: &App) -> Ended {
        let Action::Rotate = self.action;
        let change = Gateway::with(app, Actor::Person, async |gateway| {
            let request = Request::post(&["master-key", "rotate"], json!({}));
            waiting::on("Sealing everything again", gateway.ask(&request)).await
        })
        .await?;
        app.output.answer(&change);
        Ok(if change["old_key_removed"] == true { Exit::DONE } else { Exit::FAILED })
    }
}
