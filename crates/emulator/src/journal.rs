//! The record of every change that was applied, in order: what a test asks when it wants to know what really arrived.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One applied change. Authentication, reports and deletions of nothing are not changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// Counts from 1 and goes on after the journal has been cleared.
    pub seq: u64,
    /// When it was applied, on the emulator's clock, in ISO-8601.
    pub time: String,
    /// The contract's `operationId`.
    pub operation: String,
    /// The HTTP method.
    pub method: String,
    /// The path as it was sent, without the query.
    pub path: String,
    /// The JSON body as it was sent; null when there was none.
    pub body: Value,
}

#[derive(Default)]
pub(crate) struct Journal {
    entries: Vec<JournalEntry>,
    last: u64,
}

impl Journal {
    pub(crate) fn append(&mut self, time: String, operation: &str, method: &str, path: &str, body: Value) {
        self.last += 1;
        let (operation, method, path) = (operation.to_owned(), method.to_owned(), path.to_owned());
        self.entries.push(JournalEntry { seq: self.last, time, operation, method, path, body });
    }

    pub(crate) fn entries(&self) -> &[JournalEntry] {
        &self.entries
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}
