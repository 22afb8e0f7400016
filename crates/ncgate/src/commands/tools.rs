//! `tools`: what can be asked for.

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use clap::Args;

/// List the tools, with what they do and the policy that holds for them
///
/// With NCGATE_KEY, the tools that this key may use; else, for a person, all of them.
#[derive(Args, Debug)]
#[command(after_help = "The arguments of a tool: ncgate call TOOL --help")]
pub(crate) struct Tools {}

impl Tools {
    pub(crate) async fn run(self, app: &App) -> Ended {
        let answer = Gateway::with(app, Actor::Caller, async |gateway| {
            let named = app.global.connection.as_deref();
            gateway.ask(&Request::get(&["tools"]).query("connection", named)).await
        })
        .await?;
        app.output.show(&answer, |answer| {
            let columns = [
                ("Tool", "name"),
                ("Alias", "alias"),
                ("Effect", "effect"),
                ("Policy", "policy"),
                ("Does", "summary"),
            ];
            crate::shape::grid(answer["tools"].as_array().map_or(&[], Vec::as_slice), &columns)
        });
        Ok(Exit::DONE)
    }
}
