//! The sums of the front page.

use model::{ConnectionId, Timestamp};
use serde::Serialize;

/// How calls ended in the last 24 hours, and what is under way.
#[derive(Clone, Debug, Serialize)]
pub struct Overview {
    /// When this was so.
    pub now: Timestamp,
    /// By hour and result; hours without calls are left out.
    pub activity: Vec<Activity>,
    /// By connection; those with nothing under way are left out.
    pub underway: Vec<Underway>,
}

/// How many calls ended in one way within one hour.
#[derive(Clone, Debug, Serialize)]
pub struct Activity {
    /// When the hour begins.
    pub hour: Timestamp,
    /// `done`, `failed`, `unknown` or `refused`.
    pub result: String,
    /// How many.
    pub calls: u64,
}

impl From<store::overview::Activity> for Activity {
    fn from(activity: store::overview::Activity) -> Self {
        let store::overview::Activity { hour, result, calls } = activity;
        Self { hour, result, calls }
    }
}

/// What a connection has under way.
#[derive(Clone, Debug, Serialize)]
pub struct Underway {
    /// The connection.
    pub connection: ConnectionId,
    /// Calls that may run and wait for a worker or for their time.
    pub queued: u64,
    /// Calls that are being sent.
    pub running: u64,
}
