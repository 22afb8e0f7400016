//! `doctor`: whether everything is as it should be, and what to do where it is not.

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use crate::waiting;
use clap::Args;
use model::Problem;
use serde_json::{Value, json};

/// Look the gateway and its connections over, and say what to do
///
/// Exits 1 when something has failed; warnings are not failures.
#[derive(Args, Debug)]
pub(crate) struct Doctor {}

impl Doctor {
    pub(crate) async fn run(self, app: &App) -> Ended {
        let look = Gateway::with(app, Actor::Anyone, async |gateway| {
            let mut findings = gateway.all(Request::get(&["doctor"])).await?;
            if gateway.is_local() && !findings.iter().any(|finding| finding["check"] == "boundary") {
                findings.push(boundary());
            }
            Ok(findings)
        });
        let findings = match waiting::on("Looking the gateway over", look).await {
            Ok(findings) => findings,
            // A gateway that can't be looked at is the first thing to be told.
            Err(problem) if Exit::of(&problem) == Exit::FAILED => vec![unreachable(&problem)],
            Err(problem) => return Err(problem),
        };
        let failed = findings.iter().any(|finding| finding["status"] == "failed");
        app.output.list(
            findings,
            &[("Check", "check"), ("Status", "status"), ("Found", "message"), ("What to do", "hint")],
        );
        Ok(if failed { Exit::FAILED } else { Exit::DONE })
    }
}

fn unreachable(problem: &Problem) -> Value {
    json!({ "check": "gateway", "status": "failed", "message": problem.message, "hint": problem.hint })
}

/// What holds of every state that is looked at by the user who owns it.
fn boundary() -> Value {
    json!({
        "check": "boundary",
        "status": "ok",
        "message": "whatever runs as this user can do what ncgate can: against that, the gate stops mistakes, not a \
                    hostile program",
        "hint": "for agents you don't trust, run `ncgate serve` as another user and give them a URL and a key",
    })
}
