//! `approvals`: what waits for a person, and the person's decision on exactly that.

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::gateway::Gateway;
use crate::output::write;
use crate::proof::Actor;
use crate::rest::Request;
use crate::shape::Requests;
use crate::{shape, terminal};
use clap::{Args, Subcommand};
use model::{ApprovalState, Kind, Problem};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// See and decide what waits for a person
///
/// Only a person decides: with NCGATE_KEY set, these commands are refused. Deciding on a run on servers takes the
/// server's name (or how many there are) and the password again.
#[derive(Args, Debug)]
pub(crate) struct Approvals {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// List approvals, newest first
    List {
        /// Only pending, approved, denied, expired or withdrawn ones
        #[arg(long, value_name = "STATE")]
        only: Option<ApprovalState>,
    },
    /// Show one, with everything that would be sent
    Show {
        /// The approval's id
        id: String,
    },
    /// Let exactly this plan run
    #[command(after_help = "Example:\n  ncgate approvals approve 019a… --confirm ACME-FS01")]
    Approve {
        /// The approval's id
        id: String,
        /// What has to be typed for servers: the name, or "3 servers"; asked for on a terminal
        #[arg(long, value_name = "TEXT")]
        confirm: Option<String>,
        /// Goes back to the caller
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Refuse it, and say why
    Deny {
        /// The approval's id
        id: String,
        /// Goes back to the caller
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Take back what you asked for
    Withdraw {
        /// The approval's id
        id: String,
    },
}

impl Approvals {
    pub(crate) async fn run(self, app: &App) -> Ended {
        match self.action {
            Action::List { only } => list(app, only).await,
            Action::Show { id } => {
                let approval = Gateway::with(app, Actor::Person, async |gateway| {
                    gateway.ask(&Request::get(&["approvals", &id])).await
                });
                app.output.show(&approval.await?, |approval| sheet(approval, Requests::Whole));
                Ok(Exit::DONE)
            }
            Action::Approve { id, confirm, reason } => decide(app, &id, "approve", confirm, reason).await,
            Action::Deny { id, reason } => decide(app, &id, "deny", None, Some(reason)).await,
            Action::Withdraw { id } => {
                let approval = Gateway::with(app, Actor::Caller, async |gateway| {
                    gateway.ask(&Request::post(&["approvals", &id, "withdraw"], json!({}))).await
                });
                app.output.show(&approval.await?, |approval| sheet(approval, Requests::Counted));
                Ok(Exit::DONE)
            }
        }
    }
}

async fn list(app: &App, only: Option<ApprovalState>) -> Ended {
    let list = Gateway::with(app, Actor::Person, async |gateway| {
        let state = only.map(ApprovalState::as_str);
        gateway.all(Request::get(&["approvals"]).query("state", state)).await
    });
    let columns = [
        ("Id", "id"),
        ("State", "state"),
        ("What", "summary"),
        ("Asked by", "caller"),
        ("Reason", "reason"),
        ("Expires", "expires_at"),
        ("Decided by", "decided_by"),
    ];
    app.output.list(list.await?, &columns);
    Ok(Exit::DONE)
}

async fn decide(
    app: &App,
    id: &str,
    verdict: &str,
    confirm: Option<String>,
    reason: Option<String>,
) -> Ended {
    let decided = Gateway::with(app, Actor::Person, async |gateway| {
        // What is decided on is what was looked at: the digest of the plan that is shown here goes along.
        let approval = gateway.ask(&Request::get(&["approvals", id])).await?;
        let mut decision = json!({ "decision": verdict, "plan_digest": approval["plan_digest"] });
        if let Some(reason) = reason {
            decision["reason"] = reason.into();
        }
        if let Some(confirm) = confirm {
            decision["confirm"] = confirm.into();
        }
        if verdict == "approve" && approval["state"] == "pending" && !app.output.is_json() {
            write(&format!("{}\n", sheet(&approval, Requests::Counted)));
        }
        let path = ["approvals", id, "decision"];
        // The gateway says first whether this person may decide at all; only then is anything asked for.
        loop {
            match gateway.ask(&Request::post(&path, decision.clone())).await {
                Err(problem) if problem.kind == Kind::WrongConfirmation && decision["confirm"].is_null() => {
                    decision["confirm"] = ask_to_confirm(&approval["confirm_required"], problem)?.into();
                }
                Err(problem)
                    if problem.kind == Kind::FreshProofRequired && decision["password"].is_null() =>
                {
                    let password = terminal::ask_secret("Your password, once more: ").map_err(|_| problem)?;
                    decision["password"] = password.expose_secret().into();
                }
                decided => break decided,
            }
        }
    })
    .await?;
    app.output.show(&decided, |decided| {
        format!("{}: {}", shape::heading(&shape::text(&decided["state"])), shape::text(&decided["summary"]))
    });
    Ok(Exit::DONE)
}

/// What the person types for the servers it runs on; where there is no terminal, the gateway's refusal.
fn ask_to_confirm(wanted: &Value, refused: Problem) -> Result<String, Problem> {
    let shown = model::text::clean(wanted.as_str().unwrap_or_default(), false);
    terminal::ask(&format!("This runs on servers. Type {shown} to approve: "))
        .map_err(|_| refused.hint(format!("give it as --confirm \"{shown}\"")))
}

fn sheet(approval: &Value, requests: Requests) -> String {
    shape::approval(approval, requests, shape::terminal_width())
}
