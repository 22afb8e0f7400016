//! Events, as they happen, over server-sent events. An event says what changed and never how; whoever is interested
//! looks it up. A key learns of its own calls and approvals only.
//!
//! Each event has an id, and a follower that comes back with the last one it saw is told what happened meanwhile. If
//! that is not known any more, or events come faster than they are read, or the id is another node's, a `reset` says
//! that some are missing and that whatever is shown has to be looked up again.

use crate::auth::Proof;
use crate::openapi::{Given, Sheet, Taken};
use crate::problem::Failure;
use crate::routes::{Access, Route};
use crate::state::Web;
use axum::extract::{FromRequestParts, State};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use gate::{Event, Following, Requester, Seat, Told, Topic};
use http::request::Parts;
use http::{HeaderName, StatusCode};
use model::Kind;
use serde_json::json;
use std::convert::Infallible;
use std::time::Duration;

/// Sent in place of events that are missing.
const RESET: &str = "reset";
/// The last event that a follower has seen, when it comes back.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// How often a comment shows that the stream is alive, and the follower's proof is looked at while nothing happens.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// What a follower is asked to wait before it comes back.
const RETRY: Duration = Duration::from_secs(2);

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/events", Access::Caller, "What happens, as server-sent events", follow)
            .refuses(&[Kind::BadRequest]),
    ]
}

/// The mark that a follower comes back with.
struct LastEventId(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let Some(value) = parts.headers.get(LAST_EVENT_ID) else { return Ok(Self(None)) };
        match value.to_str() {
            Ok(mark) => Ok(Self(Some(mark.to_owned()))),
            Err(_) => Err(Failure::new(Kind::BadRequest, "the `Last-Event-ID` header can't be used")
                .hint("send the id of an event, or leave the header out")),
        }
    }
}

impl Taken for LastEventId {
    fn describe(sheet: &mut Sheet<'_>) {
        let about = "The last `id` that was seen. Where this node can't go on from there, because it is another node's, from \
             before a restart, or of too long ago, a `reset` comes first";
        sheet.header("Last-Event-ID", json!({ "type": "string" }), about);
    }
}

/// An answer that goes on.
struct Stream(Response);

impl IntoResponse for Stream {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Given for Stream {
    fn describe(sheet: &mut Sheet<'_>) {
        let event = sheet.schemas.given::<Event>();
        let about = "Each event has an `id`, the topic as its name, and as its `data` this object. The stream begins \
                     with an `id` alone, for those who come back before anything happened. An event named `reset`, \
                     whose data is an empty object, says that events are missing: look up again whatever is shown. \
                     Comments keep it alive.";
        let text = json!({
            "type": "string", "description": about,
            "contentMediaType": "application/json", "contentSchema": event,
        });
        sheet.answers_as(StatusCode::OK, "text/event-stream", text);
    }
}

async fn follow(
    State(web): State<Web>,
    proof: Proof,
    LastEventId(mark): LastEventId,
) -> Result<Stream, Failure> {
    let who = proof.requester(&web.gate).await?;
    let seat = web.gate.stream_seat(&who)?;
    let following = web.gate.follow(mark.as_deref());
    let greeting = sse::Event::default().retry(RETRY);
    let greeting = match following.mark() {
        Some(mark) => greeting.id(mark),
        None => greeting,
    };
    let follower = Follower { web, proof, who, following, _seat: seat };
    let greeting = futures::stream::iter([Ok::<_, Infallible>(greeting)]);
    let events = futures::stream::unfold(follower, |mut follower| async {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    });
    let stream = Sse::new(futures::StreamExt::chain(greeting, events));
    Ok(Stream(stream.keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response()))
}

struct Follower {
    web: Web,
    proof: Proof,
    who: Requester,
    following: Following,
    _seat: Seat,
}

impl Follower {
    /// The next event that the follower may see; none when the server goes down or the proof has ended.
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            let closing = &self.web.closing;
            let told = tokio::time::timeout(HEARTBEAT, self.following.next());
            let told = match closing.run_until_cancelled(told).await? {
                Ok(told) => Some(told?),
                Err(_) => None,
            };
            // Keys are revoked and sessions end with an event; they expire without one.
            let about_callers = |told: &Told| {
                told.event.as_ref().is_none_or(|event| matches!(event.topic, Topic::Key | Topic::Person))
            };
            if told.as_ref().is_none_or(about_callers) {
                self.who = self.proof.recognised(&self.web.gate).await.ok()?;
            }
            match told {
                Some(Told { mark, event: None }) => {
                    return Some(sse::Event::default().id(mark).event(RESET).data("{}"));
                }
                Some(Told { mark, event: Some(event) })
                    if self.web.gate.may_follow(&self.who, &event).await =>
                {
                    let data = serde_json::to_value(&event).expect("an event is JSON");
                    let name = data["topic"].as_str().unwrap_or_default();
                    return Some(sse::Event::default().id(mark).event(name).data(data.to_string()));
                }
                _ => {}
            }
        }
    }
}
