//! `calls`: what was asked for and what became of it, and a person's word on an outcome that nobody knows.

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use crate::shape;
use clap::{Args, Subcommand};
use model::{CallState, Outcome, Problem};
use serde_json::{Value, json};
use std::str::FromStr;

/// See what became of calls, and settle an outcome that is not known
///
/// An outcome is unknown where a request left and no answer told what became of it. It may have happened, so it is
/// never sent again by itself: a person looks in N-central, and settles it.
#[derive(Args, Debug)]
#[command(after_help = "\
From unknown to settled:
  ncgate calls list --only unknown
  ncgate calls show 019a…
  ncgate calls settle 019a… failed --reason \"no such task in N-central, looked at 14:10\"")]
pub(crate) struct Calls {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// List calls, newest first; with a key, its own. --connection narrows them as well
    List {
        /// Only pending, queued, executing, finished or refused ones, or those that ended as done, failed or unknown
        #[arg(long, value_name = "STATE")]
        only: Option<Only>,
        /// At most so many
        #[arg(long, value_name = "N", default_value = "50")]
        limit: usize,
    },
    /// Show one, with what came of each target
    Show {
        /// The call's id
        id: String,
    },
    /// Say what became of a call whose outcome is unknown, having looked in N-central
    ///
    /// Takes a person with the role approver. It holds for every target of the call that is still unknown, goes on the
    /// record under that person's name, and can't be taken back. Nothing is sent.
    #[command(after_help = "\
Examples:
  ncgate calls settle 019a… done --reason \"the task is there, and ran at 14:02\"
  ncgate calls settle 019a… failed --reason \"no such task in N-central, looked at 14:10\"")]
    Settle {
        /// The call's id
        id: String,
        /// What you found: done (it happened) or failed (it did not)
        #[arg(value_name = "OUTCOME", value_parser = ["done", "failed"])]
        outcome: String,
        /// How you know
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Which calls: by where they stand, or by what came of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Only {
    State(CallState),
    Outcome(Outcome),
}

impl FromStr for Only {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        word.parse().map(Only::Outcome).or_else(|no_outcome: <Outcome as FromStr>::Err| {
            let state = word.parse().map(Only::State);
            state.map_err(|no_state| format!("{no_state}, {}", no_outcome.known))
        })
    }
}

impl Calls {
    pub(crate) async fn run(self, app: &App) -> Ended {
        match self.action {
            Action::List { only, limit } => list(app, only, limit).await?,
            Action::Show { id } => {
                let call = Gateway::with(app, Actor::Caller, async |gateway| {
                    gateway.ask(&Request::get(&["calls", &id])).await
                })
                .await?;
                app.output.answer(&call);
                if call["outcome"] == Outcome::Unknown.as_str() && !app.output.is_json() {
                    app.output.say(&to_settle(&call));
                }
            }
            Action::Settle { id, outcome, reason } => {
                let settlement = json!({ "outcome": outcome, "reason": reason });
                let call = Gateway::with(app, Actor::Person, async |gateway| {
                    gateway.ask(&Request::post(&["calls", &id, "settle"], settlement)).await
                });
                app.output.show(&call.await?, settled);
            }
        }
        Ok(Exit::DONE)
    }
}

/// What is told to whoever looks at such a call on a terminal.
fn to_settle(call: &Value) -> String {
    format!(
        "\nNobody knows whether this happened, and it is not sent again by itself. Look in N-central, then say what you \
         found:\n  ncgate calls settle {} done|failed --reason TEXT",
        shape::text(&call["id"])
    )
}

async fn list(app: &App, only: Option<Only>, limit: usize) -> Result<(), Problem> {
    let (state, outcome) = match only {
        Some(Only::State(state)) => (Some(state.as_str()), None),
        Some(Only::Outcome(outcome)) => (None, Some(outcome.as_str())),
        None => (None, None),
    };
    let request = Request::get(&["calls"])
        .query("connection", app.global.connection.as_deref())
        .query("state", state)
        .query("outcome", outcome);
    let calls = Gateway::with(app, Actor::Caller, async |gateway| gateway.some(request, limit).await);
    let columns = [
        ("Id", "id"),
        ("State", "state"),
        ("Outcome", "outcome"),
        ("What", "summary"),
        ("Asked by", "caller"),
        ("Asked at", "created_at"),
    ];
    app.output.list(calls.await?, &columns);
    Ok(())
}

fn settled(call: &Value) -> String {
    let outcome = shape::heading(&shape::text(&call["outcome"]));
    format!(
        "{outcome}: {}\nThat is on the record under your name. Nothing was sent.",
        shape::text(&call["summary"])
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_chosen_by_state_or_by_outcome() {
        assert_eq!("pending".parse(), Ok(Only::State(CallState::Pending)));
        assert_eq!("unknown".parse(), Ok(Only::Outcome(Outcome::Unknown)));
        let wrong = "lost".parse::<Only>().unwrap_err();
        assert!(wrong.contains("pending") && wrong.contains("unknown"), "{wrong}");
    }
}
