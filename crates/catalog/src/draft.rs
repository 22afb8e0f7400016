//! What planning a change yields, and what its writes answered. The gate makes the frozen plan of a draft; it alone
//! sends the writes.

use model::{Target, Timestamp, Write};
use serde_json::Value;

/// A change worked out, before the gate freezes it.
#[derive(Debug)]
pub struct Draft {
    /// The arguments with names resolved to ids and secrets hidden. Goes into the plan, so it must be the same
    /// for the same request.
    pub arguments: Value,
    /// What it acts on.
    pub targets: Vec<Target>,
    /// Beside each target, what the approver should see and the plan does not hold: customer name, last check-in,
    /// whether it looks offline. Same length as `targets`.
    pub facts: Vec<Value>,
    /// What will be sent, in order, each with the index of the target it belongs to.
    pub writes: Vec<(Write, Option<usize>)>,
    /// One sentence: what will happen. Names first.
    pub summary: String,
    /// What the approver has to be told beyond that: an item that is not on the script list, a device offline.
    pub warnings: Vec<String>,
    /// When it shall run; none for as soon as it may.
    pub run_at: Option<Timestamp>,
}

/// What a write's accepted answer means.
#[derive(Debug, Default)]
pub struct Receipt {
    /// The task that N-central made, where it made one.
    pub task_id: Option<Value>,
    /// What to tell the caller about this write.
    pub result: Option<Value>,
    /// Set where N-central accepted the request and reading back showed that it did not take.
    pub not_taken: Option<String>,
}

/// What reading back says about a write whose outcome was unknown.
#[derive(Debug)]
pub enum ReadBack {
    /// It happened.
    Applied(Receipt),
    /// It provably did not happen and can't happen any more.
    NotApplied,
    /// It can't be told; a person settles it.
    CannotTell,
}
