//! `stop` and `resume`: the switch that refuses every change and run at once.

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use clap::Args;
use serde_json::json;

/// Refuse every change and run at once, for one connection or for all
///
/// Halts what is between two writes as well. Look-ups go on. Only an administrator resumes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate stop --reason \"ransomware at Globex\"
  ncgate stop --connection main")]
pub(crate) struct Stop {
    /// Why; goes on the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Let changes and runs happen again
#[derive(Args, Debug)]
pub(crate) struct Resume {
    /// Why; goes on the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Stop {
    pub(crate) async fn run(self, app: &App) -> Ended {
        switch(app, true, self.reason).await
    }
}

impl Resume {
    pub(crate) async fn run(self, app: &App) -> Ended {
        switch(app, false, self.reason).await
    }
}

async fn switch(app: &App, on: bool, reason: Option<String>) -> Ended {
    let body = json!({ "on": on, "connection": app.global.connection, "reason": reason });
    let stops =
        Gateway::with(app, Actor::Person, async |gateway| gateway.ask(&Request::post(&["stop"], body)).await)
            .await?;
    app.output.answer(&stops);
    Ok(Exit::DONE)
}
