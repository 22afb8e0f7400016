//! Progress notifications for a request that asked for them. They also keep a patient client patient: something is
//! said every few seconds even where nothing is known, and never anything that is not in the result as well,
//! because clients drop notifications that arrive together with it.

use gate::{Progress, Silent};
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RoleServer};
use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// After how long a silence something is said.
const SILENCE: Duration = Duration::from_secs(4);
/// At most one notification in this time; of several steps the last one is told.
const SPACING: Duration = Duration::from_millis(200);

/// A receiver for the tool's steps, and the work that passes them on, which never ends by itself: it is dropped
/// when the answer is there. Without a token both do nothing.
pub(crate) fn follow(
    peer: Peer<RoleServer>,
    token: Option<ProgressToken>,
) -> (Arc<dyn Progress>, impl Future<Output = std::convert::Infallible> + Send) {
    let (steps, followed): (Option<watch::Receiver<Step>>, Arc<dyn Progress>) = match token {
        Some(_) => {
            let (sender, receiver) = watch::channel(Step::default());
            (Some(receiver), Arc::new(Steps(sender)))
        }
        None => (None, Arc::new(Silent)),
    };
    let relay = async move {
        if let (Some(token), Some(steps)) = (token, steps) {
            relay(peer, token, steps).await;
        }
        pending().await
    };
    (followed, relay)
}

#[derive(Clone, Debug, Default)]
struct Step {
    done: u64,
    total: Option<u64>,
    what: String,
}

struct Steps(watch::Sender<Step>);

impl Progress for Steps {
    fn advance(&self, done: u64, total: Option<u64>, what: &str) {
        self.0.send_replace(Step { done, total, what: what.to_owned() });
    }
}

/// Passes steps on until the client is gone.
async fn relay(peer: Peer<RoleServer>, token: ProgressToken, mut steps: watch::Receiver<Step>) {
    let mut meter = Meter::default();
    loop {
        let step = match tokio::time::timeout(SILENCE, next(&mut steps)).await {
            Ok(step) => step,
            Err(_) => Step { what: "still waiting".to_owned(), ..Step::default() },
        };
        let progress = meter.read(step.done);
        let mut said = ProgressNotificationParam::new(token.clone(), progress).with_message(step.what);
        if let Some(total) = step.total.map(as_float).filter(|total| *total >= progress) {
            said = said.with_total(total);
        }
        if peer.notify_progress(said).await.is_err() {
            return;
        }
        tokio::time::sleep(SPACING).await;
    }
}

/// The tool's next step. Where nobody tells any (a gateway in another process does not), none ever comes; the client
/// waits all the same.
async fn next(steps: &mut watch::Receiver<Step>) -> Step {
    match steps.changed().await {
        Ok(()) => steps.borrow_and_update().clone(),
        Err(_) => pending().await,
    }
}

/// Makes the numbers grow, as the protocol demands: a step that is not ahead of the last creeps half the way to the
/// next whole number, which it never reaches.
#[derive(Debug, Default)]
struct Meter {
    last: f64,
}

impl Meter {
    fn read(&mut self, done: u64) -> f64 {
        let done = as_float(done);
        self.last = if done > self.last { done } else { (self.last + self.last.floor() + 1.0) / 2.0 };
        self.last
    }
}

/// Counts of steps are far from where a float loses whole numbers.
#[expect(clippy::cast_precision_loss, reason = "counts of steps, not of atoms")]
fn as_float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_always_grows() {
        let mut meter = Meter::default();
        let said: Vec<f64> = [0, 0, 1, 3, 2, 3, 4].into_iter().map(|done| meter.read(done)).collect();
        assert_eq!(said, [0.5, 0.75, 1.0, 3.0, 3.5, 3.75, 4.0]);
    }
}
