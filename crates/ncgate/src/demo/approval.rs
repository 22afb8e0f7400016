//! The held call: what a person sees and does, and how the agent waits for it.

use super::agent::Agent;
use super::show::Show;
use super::stage::{Stage, TECHNICIAN};
use crate::exit::Exit;
use crate::rest::Request;
use model::{Kind, Outcome, Problem};
use serde_json::{Value, json};

/// What came of the held call.
pub(super) struct Ran {
    /// How the demonstration ends by it.
    pub(super) exit: Exit,
    /// The devices that the frozen plan names.
    pub(super) targets: Vec<Value>,
    /// The tasks that N-central made; none where the call was refused.
    pub(super) tasks: Vec<Value>,
}

/// Has it decided, by the demonstration's technician or by whoever sits at another terminal, and waits for its outcome.
pub(super) async fn follow(
    show: &Show,
    agent: &mut Agent,
    stage: &Stage,
    held: &Value,
    approve: bool,
) -> Result<Ran, Problem> {
    let Some(id) = held["approval_id"].as_str().filter(|_| held["status"] == "approval_required") else {
        return Err(Problem::new(
            Kind::Internal,
            "the run was not held, although its policy says approval_needed",
        ));
    };
    let targets =
        held["targets"].as_array().into_iter().flatten().map(|target| target["id"].clone()).collect();
    if approve {
        decide(show, stage, id).await?;
    } else {
        show.hint(
            &format!("Nothing has been sent. A person decides, as {TECHNICIAN} with the password above: in a browser at {}/approvals/{id}, or on another terminal:", stage.url()),
            &format!("ncgate --url {} approvals approve {id}", stage.url()),
        );
    }
    let arguments = json!({ "approval_id": id, "wait_seconds": 45 });
    show.call("n_central-get-approval", &arguments);
    let answer = loop {
        let answer = agent.call("n_central-get-approval", &arguments).await?;
        let decided = !matches!(answer["state"].as_str(), Some("pending" | "approved"));
        if decided || !answer["outcome"].is_null() {
            break answer;
        }
    };
    let result = &answer["result"];
    let shown = json!({
        "state": answer["state"], "outcome": answer["outcome"], "decision_reason": answer["decision_reason"],
        "targets": result["targets"], "error": answer["error"],
    });
    show.answer(&shown, &["state", "outcome", "decision_reason", "targets", "error"]);
    let outcome = answer["outcome"].as_str().and_then(|word| word.parse::<Outcome>().ok());
    let tasks: Vec<Value> = result["targets"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|target| target["task_id"].clone())
        .filter(|task| !task.is_null())
        .collect();
    let said = match outcome {
        Some(Outcome::Done) => format!("N-central took {} tasks, one a device.", tasks.len()),
        Some(Outcome::Failed) => "At least one device did not get its task.".to_owned(),
        Some(Outcome::Unknown) => {
            "For at least one device it is not known; a person settles that.".to_owned()
        }
        None => "It was not approved, so nothing was sent.".to_owned(),
    };
    show.says(outcome == Some(Outcome::Done), &said);
    Ok(Ran { exit: outcome.map_or(Exit::REFUSED, Exit::of_outcome), targets, tasks })
}

/// The technician signs in, looks at the frozen plan and approves exactly that one, over the public routes.
async fn decide(show: &Show, stage: &Stage, id: &str) -> Result<(), Problem> {
    let session = stage.sign_in(TECHNICIAN, &stage.technician_password).await?;
    show.person(TECHNICIAN, &format!("GET /api/v1/approvals/{id}"), &json!({}));
    let approval = stage.send(&Request::get(&["approvals", id]), &session).await?.body;
    show.approval(&approval);
    let decision = json!({ "decision": "approve", "plan_digest": approval["plan_digest"] });
    show.person(TECHNICIAN, &format!("POST /api/v1/approvals/{id}/decision"), &decision);
    let decided = stage.send(&Request::post(&["approvals", id, "decision"], decision), &session).await?.body;
    show.answer(&decided, &["state", "decided_by"]);
    stage.send(&Request::delete(&["sessions"]), &session).await?;
    Ok(())
}
