//! The rows that benchmarks write: a call as the gateway stores it.

use model::caller::Source;
use model::{Call, CallId, CallState, CallerId, ConnectionId, Timestamp};
use serde_json::json;
use store::calls::CallRow;

/// The moment at which all of it happens.
pub(crate) const START: Timestamp = Timestamp::UNIX_EPOCH;

/// A call of this name, asked by this caller, in this state.
pub(crate) fn call(name: &str, caller: &str, state: CallState) -> CallRow {
    CallRow {
        call: Call {
            id: CallId::new(name),
            connection_id: ConnectionId::new("acme"),
            caller_id: CallerId::new(caller),
            tool: "n_central-run-direct-task".into(),
            state,
            outcome: None,
            approval_id: None,
            plan_digest: name.into(),
            summary: "Run Disk Cleanup on 1 device".into(),
            created_at: START,
            run_at: None,
            finished_at: None,
        },
        plan: "x".repeat(1500),
        fingerprint: name.into(),
        facts: json!({}),
        reason: None,
        source: Source::default(),
        caller_name: caller.into(),
        held_by: None,
        secrets: None,
        result: None,
        error: None,
        told: false,
        fence: 0,
        lease_until: None,
    }
}
