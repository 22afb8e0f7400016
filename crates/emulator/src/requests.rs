//! What came in, counted per operation: how often, with which end, and how many at once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// Counters since the start, or since they were cleared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RequestCounts {
    /// By `operationId`; operations that were never asked for are left out.
    pub operations: BTreeMap<String, OperationCounts>,
}

/// Counters of one operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OperationCounts {
    /// Requests that arrived, refused ones included.
    pub count: u64,
    /// How they ended: the HTTP status, or `reset` or `hang`.
    pub by_status: BTreeMap<String, u64>,
    /// The most that were admitted at the same time.
    pub peak_in_flight: u64,
}

#[derive(Default)]
pub(crate) struct Requests {
    counts: Mutex<RequestCounts>,
}

impl Requests {
    fn with<T>(&self, operation: &str, f: impl FnOnce(&mut OperationCounts) -> T) -> T {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counts) = counts.operations.get_mut(operation) {
            return f(counts);
        }
        f(counts.operations.entry(operation.to_owned()).or_default())
    }

    pub(crate) fn arrived(&self, operation: &str) {
        self.with(operation, |c| c.count += 1);
    }

    pub(crate) fn admitted(&self, operation: &str, in_flight: u64) {
        self.with(operation, |c| c.peak_in_flight = c.peak_in_flight.max(in_flight));
    }

    pub(crate) fn ended(&self, operation: &str, how: &str) {
        self.with(operation, |c| *c.by_status.entry(how.to_owned()).or_default() += 1);
    }

    pub(crate) fn snapshot(&self) -> RequestCounts {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn clear(&self) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).operations.clear();
    }
}
