//! The backends, and rows to begin with.

use crate::schema::Schema;
use model::caller::Source;
use model::{
    Approval, ApprovalId, ApprovalState, Call, CallId, CallState, CallerId, Connection, ConnectionId,
    ConnectionState, Policies, Preset, Timestamp,
};
use serde_json::json;
use store::calls::CallRow;
use store::connections::ConnectionRow;
use store::{Error, Location, Options, Sealed, Store, Tx};

/// Tells a story on an empty store of every backend.
pub(crate) async fn on_every_backend(story: impl AsyncFn(Store)) {
    let folder = tempfile::tempdir().unwrap();
    let schema = Schema::new();
    let files = [Location::Memory, Location::Sqlite(folder.path().join("state.db"))];
    for location in files.into_iter().chain(schema.as_ref().map(Schema::location)) {
        let store = Store::open(location, Options::default()).unwrap();
        story(store.clone()).await;
        store.close().await;
    }
}

/// A transaction that must succeed.
pub(crate) async fn write<T: Send + 'static>(
    store: &Store,
    work: impl FnMut(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
) -> T {
    store.write(work).await.unwrap()
}

/// So many milliseconds after the beginning of the story.
pub(crate) fn at(millis: i64) -> Timestamp {
    model::time::from_millis(1_790_000_000_000 + millis)
}

pub(crate) fn sealed(byte: u8) -> Sealed {
    Sealed { key_version: 1, bytes: vec![byte; 3] }
}

pub(crate) fn call(id: &str, state: CallState) -> CallRow {
    CallRow {
        call: Call {
            id: CallId::new(id),
            connection_id: ConnectionId::new("acme"),
            caller_id: CallerId::new("triage"),
            tool: "n_central-run-direct-task".into(),
            state,
            outcome: None,
            approval_id: None,
            plan_digest: "d1".into(),
            summary: "Run Disk Cleanup on 2 devices".into(),
            created_at: at(0),
            run_at: None,
            finished_at: None,
        },
        plan: r#"{"v":1}"#.into(),
        fingerprint: format!("print of {id}"),
        facts: json!({"devices": [{"id": 1, "last_check_in": null}]}),
        reason: Some("disk is full".into()),
        source: Source { face: "mcp".into(), address: None, client: Some("inspector 1.0".into()) },
        caller_name: "triage".into(),
        held_by: Some("approval_needed".into()),
        secrets: Some(sealed(7)),
        result: None,
        error: None,
        told: false,
        fence: 0,
        lease_until: None,
    }
}

pub(crate) fn approval(id: &str, call: &str) -> Approval {
    Approval {
        id: ApprovalId::new(id),
        call_id: CallId::new(call),
        connection_id: ConnectionId::new("acme"),
        caller_id: CallerId::new("triage"),
        state: ApprovalState::Pending,
        plan_digest: "d1".into(),
        reason: Some("disk is full".into()),
        held_by: "approval_needed".into(),
        confirm_required: Some("FS01".into()),
        created_at: at(0),
        expires_at: at(3_600_000),
        decided_by: None,
        decided_at: None,
        decision_reason: None,
    }
}

pub(crate) fn connection(id: &str, name: &str) -> ConnectionRow {
    ConnectionRow {
        connection: Connection {
            id: ConnectionId::new(id),
            name: name.into(),
            url: "https://ncentral.example.com".into(),
            state: ConnectionState::Connected,
            reason: None,
            server_version: Some("2026.3".into()),
            user: None,
            ca: Some("-----BEGIN CERTIFICATE-----".into()),
            self_approval: false,
            max_targets: model::connection::DEFAULT_MAX_TARGETS,
        },
        policies: Policies::from_preset(Preset::Standard),
        jwt: sealed(1),
        tokens: Some(sealed(2)),
        created_at: at(0),
        removed_at: None,
    }
}
