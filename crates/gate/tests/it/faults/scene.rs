//! A house before a front, and what one cell of the matrix says.

use super::front::Front;
use crate::house::{House, emulator};
use gate::{Home, Options};
use model::{Changed, Problem};
use std::time::{Duration, Instant};

/// What a busy machine may add to a deadline.
const SLACK: Duration = Duration::from_secs(40);

pub(super) struct Scene {
    pub(super) house: House,
    pub(super) front: Front,
}

impl Scene {
    /// With this deadline for one exchange.
    pub(super) async fn new(deadline: Duration) -> Scene {
        let mut running = emulator().await;
        let front = Front::of(&running.url);
        running.url = front.url();
        let options = Options { upstream_deadline: deadline, ..Options::default() };
        let house = House::before(Home::Memory, options, running).await;
        // A slot whose request was given up may be taken for a moment yet; no cell is to be about that.
        house.emulator.set_limits([("*".to_owned(), 50)]);
        Scene { house, front }
    }

    /// Forgets what was sent until now.
    pub(super) fn clear(&self) {
        self.house.emulator.clear_journal();
        self.house.emulator.clear_requests();
        self.front.forget();
    }

    /// How each request of an operation ended.
    pub(super) fn sent(&self, operation: &str) -> Sent {
        let requests = self.house.emulator.requests();
        let ended = requests.operations.get(operation).map(|counts| counts.by_status.clone());
        Sent(ended.unwrap_or_default().into_iter().collect())
    }
}

/// Ends of requests, and how often each came.
pub(super) struct Sent(pub(super) Vec<(String, u64)>);

impl Sent {
    /// How many were not certainly refused: 401 and 429 are.
    pub(super) fn that_may_count(&self) -> u64 {
        let counting = self.0.iter().filter(|(end, _)| !["401", "429"].contains(&end.as_str()));
        counting.map(|(_, times)| times).sum()
    }

    /// For the page. How often something is offered until the deadline is left to chance.
    pub(super) fn said(&self) -> String {
        let said = self.0.iter().map(|(end, times)| match times {
            1 => end.clone(),
            times if *times > 6 || end == "429" => format!("{end}, again and again"),
            times => format!("{end} × {times}"),
        });
        let said: Vec<String> = said.collect();
        if said.is_empty() { "not at all".into() } else { said.join("; ") }
    }

    /// The ends alone.
    pub(super) fn however_often(&self) -> String {
        self.0.iter().map(|(end, _)| end.as_str()).collect::<Vec<_>>().join("; ")
    }
}

/// One cell, in the page's words.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) told: String,
    pub(super) changed: String,
    pub(super) retryable: String,
    pub(super) sent: String,
    pub(super) in_time: bool,
    pub(super) came_of_it: String,
}

impl Cell {
    pub(super) fn good(told: &str, sent: String, came_of_it: String) -> Cell {
        Cell {
            told: told.into(),
            changed: String::new(),
            retryable: String::new(),
            sent,
            in_time: false,
            came_of_it,
        }
    }

    pub(super) fn bad(problem: &Problem, sent: String, came_of_it: String) -> Cell {
        let changed = match problem.changed {
            Changed::No => "no",
            Changed::Yes => "yes",
            Changed::Unknown => "unknown",
        };
        let retryable = if problem.retryable { "yes" } else { "no" };
        Cell {
            told: format!("`{}`", problem.kind),
            changed: changed.into(),
            retryable: retryable.into(),
            sent,
            in_time: false,
            came_of_it,
        }
    }

    /// Whether it ended within so many deadlines; on a busy machine it takes the time for that as well.
    pub(super) fn ended(mut self, took: Duration, deadlines: Duration, case: &str) -> Cell {
        self.in_time = took < deadlines + SLACK;
        assert!(self.in_time, "{case}: it took {took:?}");
        self
    }
}

/// Times what must end by itself.
pub(super) async fn timed<T>(what: impl Future<Output = T>) -> (T, Duration) {
    let began = Instant::now();
    (what.await, began.elapsed())
}
