//! How far connecting has come while it is under way: the form's answer takes as long as the server does, and meanwhile
//! its page asks here, again and again, for the next step that is done. Only the steps are kept, nothing of what was
//! typed, and they are forgotten with the answer. Another node of several knows nothing of it, and then the page waits.

use super::steps::{self, Step};
use super::{Answer, Page, Web, html};
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::IntoResponse;
use axum::routing::get;
use gate::{ConnectStep, ConnectWatch};
use http::StatusCode;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long an answer is waited for that brings nothing new.
const LONGEST: Duration = Duration::from_secs(10);

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/integrations/connect/progress", get(show))
}

/// What is under way, by the id of the person who waits for it: the later attempt, where somebody has two.
#[derive(Clone)]
pub(crate) struct Attempts(Arc<watch::Sender<BTreeMap<String, Attempt>>>);

impl Default for Attempts {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::default()))
    }
}

/// One attempt.
#[derive(Clone, Debug)]
struct Attempt {
    /// Tells it from another one of the same person.
    mark: Arc<()>,
    url: String,
    done: Option<ConnectStep>,
}

impl Attempt {
    /// How many steps are done.
    fn count(&self) -> u8 {
        self.done.map_or(0, |done| done as u8 + 1)
    }
}

/// An attempt for as long as it is under way.
pub(super) struct UnderWay {
    attempts: Attempts,
    person: String,
    mark: Arc<()>,
}

impl Attempts {
    /// Begins to follow an attempt.
    pub(super) fn begin(&self, page: &Page, url: &str) -> UnderWay {
        let (person, mark) = (person(page), Arc::new(()));
        let attempt = Attempt { mark: Arc::clone(&mark), url: url.to_owned(), done: None };
        self.0.send_modify(|all| {
            all.insert(person.clone(), attempt);
        });
        UnderWay { attempts: self.clone(), person, mark }
    }
}

impl UnderWay {
    /// For the gate, which tells the steps.
    pub(super) fn watch(&self) -> ConnectWatch {
        let (attempts, person, mark) = (self.attempts.clone(), self.person.clone(), Arc::clone(&self.mark));
        Arc::new(move |step| {
            attempts.0.send_if_modified(|all| match all.get_mut(&person) {
                Some(attempt) if Arc::ptr_eq(&attempt.mark, &mark) && attempt.done < Some(step) => {
                    attempt.done = Some(step);
                    true
                }
                _ => false,
            });
        })
    }

    /// What was done so far.
    pub(super) fn done(&self) -> Option<ConnectStep> {
        let all = self.attempts.0.borrow();
        all.get(&self.person).filter(|attempt| Arc::ptr_eq(&attempt.mark, &self.mark))?.done
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.attempts.0.send_modify(|all| {
            all.retain(|_, attempt| !Arc::ptr_eq(&attempt.mark, &self.mark));
        });
    }
}

fn person(page: &Page) -> String {
    page.who.caller.id.to_string()
}

/// How many steps the page shows as done; none where it knows of no attempt yet.
#[derive(Deserialize)]
struct Known {
    seen: Option<u8>,
}

#[derive(Template)]
#[template(path = "integrations/progress.html")]
struct Progress {
    steps: Vec<Step>,
    seen: Option<u8>,
}

async fn show(State(web): State<Web>, page: Page, Query(Known { seen }): Query<Known>) -> Answer {
    let person = person(&page);
    let mut all = web.attempts.0.subscribe();
    let news = all.wait_for(|all| all.get(&person).map(Attempt::count) != seen);
    let news = web.closing.run_until_cancelled(tokio::time::timeout(LONGEST, news)).await;
    drop(news);
    let attempt = web.attempts.0.borrow().get(&person).cloned();
    Ok(match (attempt, seen) {
        (Some(attempt), _) => {
            let steps = steps::under_way(attempt.done, &attempt.url);
            html::show(&Progress { steps, seen: Some(attempt.count()) })
        }
        (None, None) => html::show(&Progress { steps: Vec::new(), seen }),
        // It is over: the answer is on its way, and there is nothing more to ask for.
        (None, Some(_)) => StatusCode::NO_CONTENT.into_response(),
    })
}
