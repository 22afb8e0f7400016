//! What makes pages live: one stream of what changed, for the browser that holds the session. The page's script
//! listens and has the parts of the page that are about it fetched again; the stream itself carries names and ids only.
//! It ends, saying so, when the session does.

use super::Web;
use super::cookies;
use super::page::source;
use super::refusal::Refusal;
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{self, KeepAlive, Sse};
use axum::routing::get;
use gate::{Event, Seat, Topic};
use http::request::Parts;
use model::Source;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

/// How often a session is looked at while nothing happens.
const LOOK: Duration = Duration::from_secs(10);
/// What happens within this time is told together.
const GATHER: Duration = Duration::from_millis(150);
/// The most changes that are told one by one; beyond it whatever is shown is fetched again.
const MOST: usize = 50;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/events/pages", get(follow))
}

async fn follow(State(web): State<Web>, parts: Parts) -> Result<impl IntoResponse, Refusal> {
    let token = cookies::session(&parts.headers).ok_or(Refusal::SignIn)?;
    let source = source(&parts);
    let who = web.gate.identify(token.expose_secret(), source.clone()).await?;
    let seat = web.gate.stream_seat(&who)?;
    let events = web.gate.events();
    let follower = Follower { web, token, source, events, is_over: false, _seat: seat };
    let stream = futures::stream::unfold(follower, |mut follower| async {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

struct Follower {
    web: Web,
    token: SecretString,
    source: Source,
    events: Receiver<Event>,
    is_over: bool,
    _seat: Seat,
}

/// One change, as the script takes it.
#[derive(Debug, PartialEq, Serialize)]
struct Change {
    topic: Topic,
    id: String,
}

impl Follower {
    /// What is told next; nothing more once the server goes down or the session is over.
    async fn next(&mut self) -> Option<sse::Event> {
        if self.is_over {
            return None;
        }
        let closing = self.web.closing.clone();
        loop {
            let first = closing.run_until_cancelled(tokio::time::timeout(LOOK, self.events.recv())).await?;
            let changes = match first {
                Err(_) => Some(Vec::new()),
                Ok(Err(RecvError::Closed)) => return None,
                Ok(Err(RecvError::Lagged(_))) => None,
                Ok(Ok(event)) => {
                    closing.run_until_cancelled(tokio::time::sleep(GATHER)).await?;
                    self.gather(event)
                }
            };
            let known = self.web.gate.identify(self.token.expose_secret(), self.source.clone()).await;
            if known.is_err() {
                self.is_over = true;
                return Some(sse::Event::default().event("ended").data("{}"));
            }
            match changes {
                None => return Some(sse::Event::default().event("missed").data("{}")),
                Some(changes) if changes.is_empty() => {}
                Some(changes) => {
                    let data = serde_json::to_string(&changes).expect("changes are JSON");
                    return Some(sse::Event::default().event("changed").data(data));
                }
            }
        }
    }

    /// What happened together; none where it is too much to tell one by one.
    fn gather(&mut self, first: Event) -> Option<Vec<Change>> {
        let mut changes = Vec::new();
        let mut next = Ok(first);
        loop {
            match next {
                // What other nodes changed was missed here, and nobody knows what.
                Ok(Event { topic: Topic::Anything, .. }) => return None,
                Ok(event) => {
                    let change = Change { topic: event.topic, id: event.id };
                    if !changes.contains(&change) {
                        changes.push(change);
                    }
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(changes),
                Err(TryRecvError::Lagged(_)) => return None,
            }
            if changes.len() > MOST {
                return None;
            }
            next = self.events.try_recv();
        }
    }
}
