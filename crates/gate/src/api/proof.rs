//! The record as chains: where each ends, one entry at its place, and the proof that all of it is whole.

use super::AuditView;
use model::audit::Broken;
use model::{Problem, Timestamp};

/// One chain of the record.
#[derive(Clone, Debug)]
pub struct ChainView {
    /// Its name: the id of a connection, or `system`.
    pub chain: String,
    /// The connection's name; none for the system's chain and for connections that were removed.
    pub connection: Option<String>,
    /// The place of its last entry.
    pub last: u64,
    /// The hash of its last entry.
    pub hash: String,
    /// The last entry that a signed checkpoint outside the database vouches for, where there is one.
    pub checkpoint: Option<u64>,
    /// Whether it did not fit its checkpoint when the state was opened.
    pub is_torn: bool,
}

/// One entry, with its neighbours.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// The entry.
    pub entry: AuditView,
    /// The hash of the entry before, as this one names it.
    pub prev: String,
    /// The place of the chain's last entry.
    pub last: u64,
    /// The connection's name; none for the system's chain and for connections that were removed.
    pub connection: Option<String>,
}

/// A verification of the whole record, under way or over.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Who began it, by name.
    pub by: String,
    /// When.
    pub begun_at: Timestamp,
    /// How many entries were found whole so far.
    pub whole: u64,
    /// How many entries there were when it began.
    pub total: u64,
    /// What came of it, and when; none while it is under way.
    pub end: Option<(Timestamp, ProofEnd)>,
}

/// What came of a verification.
#[derive(Clone, Debug)]
pub enum ProofEnd {
    /// Every entry is whole.
    Whole,
    /// The first break.
    Broken(Broken),
    /// It could not be carried out.
    Failed(Problem),
}
