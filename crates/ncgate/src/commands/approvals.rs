//! `approvals`: what waits for a person, and the person's decision on exactly that.

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::gateway::Gateway;
use crate::output::write;
use crate::proof::Actor;
use crate::rest::Request;
use crate::{shape, terminal};
use clap::{Args, Subcommand};
use model::{ApprovalState, Kind, Problem};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

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
                app.output.show(&approval.await?, |approval| shape::of(&whole(approval)));
                Ok(Exit::DONE)
            }
            Action::Approve { id, confirm, reason } => decide(app, &id, "approve", confirm, reason).await,
            Action::Deny { id, reason } => decide(app, &id, "deny", None, Some(reason)).await,
            Action::Withdraw { id } => {
                let approval = Gateway::with(app, Actor::Caller, async |gateway| {
                    gateway.ask(&Request::post(&["approvals", &id, "withdraw"], json!({}))).await
                });
                app.output.answer(&approval.await?);
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
        if verdict == "approve" && approval["state"] == "pending" {
            if !app.output.is_json() {
                write(&shape::of(&brief(&approval)));
            }
            if let Some(wanted) = approval["confirm_required"].as_str() {
                decision["confirm"] = match confirm {
                    Some(typed) => typed.into(),
                    None => ask_to_confirm(wanted)?.into(),
                };
            }
        }
        let path = ["approvals", id, "decision"];
        match gateway.ask(&Request::post(&path, decision.clone())).await {
            Err(problem) if problem.kind == Kind::FreshProofRequired => {
                let password = terminal::ask_secret("Your password, once more: ").map_err(|_| problem)?;
                decision["password"] = password.expose_secret().into();
                gateway.ask(&Request::post(&path, decision)).await
            }
            decided => decided,
        }
    })
    .await?;
    app.output.show(&decided, |decided| {
        format!("{}: {}", shape::heading(&shape::text(&decided["state"])), shape::text(&decided["summary"]))
    });
    Ok(Exit::DONE)
}

fn ask_to_confirm(wanted: &str) -> Result<String, Problem> {
    let shown = model::text::clean(wanted, false);
    terminal::ask(&format!("This runs on servers. Type {shown} to approve: ")).map_err(|problem| {
        Problem::new(Kind::WrongConfirmation, "approving this takes typing what it runs on")
            .hint(format!("give it as --confirm \"{shown}\""))
            .detail("terminal", problem.message)
    })
}

/// What a person has to have seen before deciding, names first; what isn't set is left out.
fn brief(approval: &Value) -> Value {
    const SEEN: [&str; 13] = [
        "state",
        "summary",
        "warnings",
        "targets",
        "arguments",
        "caller",
        "client",
        "reason",
        "held_by",
        "confirm_required",
        "run_at",
        "expires_at",
        "nobody_can_decide",
    ];
    const OF_TARGETS: [&str; 8] =
        ["name", "id", "class", "customer_name", "site_name", "last_checkin", "offline", "server"];
    let mut seen: Map<String, Value> =
        SEEN.iter().map(|member| ((*member).to_owned(), approval[*member].clone())).collect();
    for target in seen["targets"].as_array_mut().into_iter().flatten() {
        *target = OF_TARGETS.iter().map(|member| ((*member).to_owned(), target[*member].clone())).collect();
    }
    let mut seen = Value::Object(seen);
    drop_unset(&mut seen);
    seen
}

/// The same with every request that would be sent and how it was decided.
fn whole(approval: &Value) -> Value {
    let mut whole = brief(approval);
    for member in ["decided_by", "decision_reason", "plan_digest", "id"] {
        whole[member] = approval[member].clone();
    }
    let writes = approval["writes"].as_array().into_iter().flatten();
    let requests = writes.map(|write| {
        let words = |member: &str| write[member].as_str().unwrap_or_default().to_owned();
        let query = Some(&write["query"]).filter(|query| **query != json!({}));
        json!({ "method": words("method"), "path": words("path"), "query": query, "body": write["body"].to_string() })
    });
    whole["requests"] = requests.collect();
    drop_unset(&mut whole);
    whole
}

fn drop_unset(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(drop_unset);
            members.retain(|_, value| !value.is_null() && *value != json!([]) && *value != json!({}));
        }
        Value::Array(items) => items.iter_mut().filter(|item| item.is_array()).for_each(drop_unset),
        _ => {}
    }
}
