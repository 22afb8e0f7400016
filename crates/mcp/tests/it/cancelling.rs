//! A client that goes away ends the waiting.

use crate::wire::{Face, message, post};
use serde_json::json;
use std::time::Duration;
use tower::ServiceExt;

async fn dropped_within_a_second(face: &Face) -> usize {
    tokio::time::sleep(Duration::from_secs(1)).await;
    face.fake.met.lock().unwrap().dropped
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_dropped_before_its_answer_stops_waiting() {
    let face = Face::new();
    let call = message("tools/call", json!({"name": "n_central-get-approval"}));
    let request = face.router.clone().oneshot(post("/mcp", Some("2025-06-18"), &call));
    assert!(tokio::time::timeout(Duration::from_secs(2), request).await.is_err());
    assert_eq!(dropped_within_a_second(&face).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_dropped_stops_waiting() {
    let face = Face::new();
    let params = json!({"name": "n_central-get-approval", "_meta": {"progressToken": 1}});
    let call = message("tools/call", params);
    let response = face.router.clone().oneshot(post("/mcp", Some("2025-06-18"), &call)).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(face.fake.met.lock().unwrap().dropped, 0);
    drop(response);
    assert_eq!(dropped_within_a_second(&face).await, 1);
}
