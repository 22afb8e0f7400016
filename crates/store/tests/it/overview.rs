//! The sums of the front page, counted as entries are appended.

use crate::support::{at, call, on_every_backend, write};
use model::CallState;
use serde_json::json;
use store::overview::{self, Activity, Underway};

const HOUR: i64 = 3_600_000;

#[tokio::test]
async fn calls_are_counted_by_the_hour_and_by_how_they_ended() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            for (millis, chain, event, outcome) in [
                (0, "acme", "call.read", Some("done")),
                (1, "acme", "call.read", Some("done")),
                (2, "globex", "call.finished", Some("done")),
                (3, "acme", "call.refused", None),
                (4, "acme", "call.held", None),
                (HOUR, "acme", "call.finished", Some("unknown")),
            ] {
                let body = outcome.map_or_else(|| json!({}), |outcome| json!({ "outcome": outcome }));
                store::audit::append(tx, chain, at(millis), event, body)?;
            }
            Ok(())
        })
        .await;
        let hour = |millis: i64| {
            at(model::time::to_millis(at(millis)) / HOUR * HOUR - model::time::to_millis(at(0)))
        };
        let counted =
            |millis, result: &str, calls| Activity { hour: hour(millis), result: result.into(), calls };
        let (first, second) = (counted(0, "done", 3), counted(0, "refused", 1));
        let third = counted(HOUR, "unknown", 1);
        let all = write(&store, |tx| overview::activity(tx, at(0))).await;
        assert_eq!(all, [first, second, third.clone()]);
        assert_eq!(write(&store, |tx| overview::activity(tx, at(HOUR))).await, [third]);
    })
    .await;
}

#[tokio::test]
async fn what_is_under_way_is_told_by_connection() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            for (id, state) in [
                ("a", CallState::Queued),
                ("b", CallState::Queued),
                ("c", CallState::Executing),
                ("d", CallState::Finished),
            ] {
                store::calls::insert(tx, &call(id, state))?;
            }
            Ok(())
        })
        .await;
        let underway = write(&store, overview::underway).await;
        let acme = Underway { connection: model::ConnectionId::new("acme"), queued: 2, running: 1 };
        assert_eq!(underway, [acme]);
    })
    .await;
}
