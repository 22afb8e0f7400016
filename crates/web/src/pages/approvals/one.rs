//! One approval: what will happen, to what, who asks and why, what it takes, and the decision. Afterwards the same
//! page tells what became of it, device by device, as it happens.

use super::shown::{Fleet, Target, arguments, fleet, targets};
use super::{Answer, Page, Posted, Web, html};
use crate::pages::cookies::Flash;
use crate::pages::refusal::status;
use crate::pages::tree::Tree;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use gate::{ApprovalFilter, ApprovalView, CallView, Cursor, Decision, Verdict};
use model::{ApprovalState, CallState, Kind, Outcome, Problem};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// How many earlier approvals of the same kind are shown.
const SIMILAR: usize = 5;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/approvals/{id}", get(show))
        .route("/approvals/{id}/decision", post(decide))
        .route("/approvals/{id}/withdraw", post(withdraw))
}

/// What was typed into the form, to be shown again.
#[derive(Default)]
struct Typed {
    reason: String,
    confirm: String,
}

#[derive(Template)]
#[template(path = "approvals/one.html")]
struct One {
    page: Page,
    approval: ApprovalView,
    call: CallView,
    fleet: Fleet,
    targets: Vec<Target>,
    arguments: Vec<(String, Tree)>,
    payload: String,
    similar: Vec<ApprovalView>,
    typed: Typed,
    problem: Option<Problem>,
}

impl One {
    fn is_pending(&self) -> bool {
        self.approval.state == ApprovalState::Pending
    }

    /// Whether this person made the call or owns its key.
    fn is_own(&self) -> bool {
        self.approval.owner.as_deref() == Some(self.page.name()) || self.approval.caller == self.page.name()
    }

    /// How many of several targets came to what.
    fn tally(&self) -> Option<String> {
        let states = &self.call.targets;
        let came_to = |outcome| states.iter().filter(|state| state.outcome == outcome).count();
        let words = [Some(Outcome::Done), Some(Outcome::Failed), Some(Outcome::Unknown), None];
        let counts = words.map(|outcome| (came_to(outcome), outcome.map_or("not yet", Outcome::as_str)));
        let told: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        (states.len() > 1).then(|| told.join(", "))
    }

    /// Whether the form asks for the password.
    fn needs_password(&self) -> bool {
        self.is_own() || self.approval.confirm_required.is_some()
    }
}

async fn show(State(web): State<Web>, page: Page, Path(id): Path<String>) -> Answer {
    let one = look(&web, page, &id).await?;
    Ok(html::show(&one))
}

async fn look(web: &Web, page: Page, id: &str) -> Result<One, Problem> {
    let approval = web.gate.approval(&page.who, id).await?;
    let call = web.gate.call(&page.who, approval.call_id.as_str()).await?;
    let filter = ApprovalFilter {
        tool: Some(approval.tool.clone()),
        connection: Some(approval.connection.clone()),
        page: Cursor { cursor: None, limit: Some(SIMILAR as u32 + 1) },
        ..ApprovalFilter::default()
    };
    let mut similar = web.gate.approvals(&page.who, filter).await?.items;
    similar.retain(|other| other.id != approval.id);
    similar.truncate(SIMILAR);
    Ok(One {
        fleet: fleet(&approval.targets),
        targets: targets(&approval.targets, &call.targets),
        arguments: arguments(&approval.arguments),
        payload: serde_json::to_string_pretty(&approval.writes).expect("writes are JSON"),
        page,
        approval,
        call,
        similar,
        typed: Typed::default(),
        problem: None,
    })
}

#[derive(Deserialize)]
struct Form {
    decision: Verdict,
    plan_digest: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    confirm: String,
    password: Option<SecretString>,
}

async fn decide(
    State(web): State<Web>,
    Path(id): Path<String>,
    Posted { page, form }: Posted<Form>,
) -> Answer {
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let decision = Decision {
        decision: form.decision,
        reason: some(&form.reason),
        confirm: some(&form.confirm),
        password: form.password.filter(|password| !password.expose_secret().is_empty()),
        plan_digest: Some(form.plan_digest),
    };
    match web.gate.decide(&page.who, &id, decision).await {
        Ok(approval) => {
            let said = match form.decision {
                Verdict::Approve if approval.run_at.is_some() => "You approved it. It runs at its time.",
                Verdict::Approve => "You approved it. It runs now; what came of it appears below.",
                Verdict::Deny => "You denied it. The caller is told.",
            };
            Ok(html::go(&web, &place(&id), &Flash::done(said)))
        }
        Err(problem) => {
            again(&web, page, &id, problem, Typed { reason: form.reason, confirm: form.confirm }).await
        }
    }
}

/// The same page with what is wrong, and what was typed.
async fn again(web: &Web, page: Page, id: &str, problem: Problem, typed: Typed) -> Answer {
    if matches!(problem.kind, Kind::NotFound | Kind::Internal | Kind::Unauthenticated) {
        return Err(problem.into());
    }
    let mut one = look(web, page, id).await?;
    one.typed = typed;
    let status = status(problem.kind);
    one.problem = Some(problem);
    Ok(html::show_with(status, &one))
}

async fn withdraw(
    State(web): State<Web>,
    Path(id): Path<String>,
    Posted { page, .. }: Posted<Vec<(String, String)>>,
) -> Result<Response, crate::pages::refusal::Refusal> {
    match web.gate.withdraw(&page.who, &id).await {
        Ok(_) => Ok(html::go(&web, &place(&id), &Flash::done("The call was taken back. It will not run."))),
        Err(problem) => again(&web, page, &id, problem, Typed::default()).await,
    }
}

fn place(id: &str) -> String {
    format!("/approvals/{}", html::encoded(id))
}
