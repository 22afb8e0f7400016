//! Events, as they happen, over server-sent events. An event says what changed and never how; whoever is interested
//! looks it up. A key learns of its own calls and approvals only.

use crate::auth::Proof;
use crate::problem::Failure;
use crate::routes::{Access, Route};
use crate::state::Web;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{self, KeepAlive, Sse};
use gate::{Event, Requester, Topic};
use std::convert::Infallible;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// Sent in place of events that came faster than they were read: whatever is shown has to be looked up again.
const MISSED: &str = "missed";

pub(crate) fn routes() -> Vec<Route> {
    vec![Route::get("/api/v1/events", Access::Caller, "What happens, as server-sent events", follow)]
}

async fn follow(State(web): State<Web>, proof: Proof) -> Result<impl IntoResponse, Failure> {
    proof.requester(&web.gate).await?;
    let events = web.gate.events();
    let stream = futures::stream::unfold(Follower { web, proof, events }, |mut follower| async {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

struct Follower {
    web: Web,
    proof: Proof,
    events: Receiver<Event>,
}

impl Follower {
    /// The next event that the follower may see; none when the server goes down or the proof has ended.
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            let event = match self.web.closing.run_until_cancelled(self.events.recv()).await? {
                Ok(event) => event,
                Err(RecvError::Lagged(_)) => return Some(sse::Event::default().event(MISSED).data("{}")),
                Err(RecvError::Closed) => return None,
            };
            let requester = self.proof.requester(&self.web.gate).await.ok()?;
            if self.may_see(&requester, &event).await {
                let data = serde_json::to_value(&event).expect("an event is JSON");
                let name = data["topic"].as_str().unwrap_or_default();
                return Some(sse::Event::default().event(name).data(data.to_string()));
            }
        }
    }

    async fn may_see(&self, requester: &Requester, event: &Event) -> bool {
        let gate = &self.web.gate;
        match event.topic {
            _ if requester.caller.is_person() => true,
            Topic::Call => gate.call(requester, &event.id).await.is_ok(),
            Topic::Approval => gate.approval(requester, &event.id).await.is_ok(),
            _ => false,
        }
    }
}
