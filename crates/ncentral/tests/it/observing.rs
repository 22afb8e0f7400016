//! Every exchange is told, whatever becomes of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ncentral::{Client, Exchange, Observer, Params, Scope, operations};
use serde_json::json;

use crate::double::{Act, Double, ok};

#[derive(Default)]
struct Log(Mutex<Vec<Exchange>>);

impl Observer for Log {
    fn exchange(&self, exchange: &Exchange) {
        self.0.lock().expect("the log").push(exchange.clone());
    }
}

fn observed(double: &Double) -> (Client, Arc<Log>) {
    let log = Arc::new(Log::default());
    let observer = Some(Arc::clone(&log) as Arc<dyn Observer>);
    (double.client().with(Scope { observer, ..Scope::default() }), log)
}

fn told(log: &Log) -> Vec<(&'static str, u32, Option<u16>, Option<&'static str>)> {
    let log = log.0.lock().expect("the log");
    log.iter().map(|e| (e.operation, e.attempt, e.status, e.error)).collect()
}

#[tokio::test(start_paused = true)]
async fn sign_in_and_each_attempt_are_told() {
    let double = Double::new(|seen| match seen.nth {
        0 => Act::Break,
        1 => Act::Answer(503, json!({})),
        _ => ok(json!({"data": {"deviceId": 5}})),
    });
    let (client, log) = observed(&double);
    client.call(operations::GET_DEVICE, Params::new().set("deviceId", 5), None).await.expect("an answer");
    assert_eq!(
        told(&log),
        [
            ("authenticate", 1, Some(200), None),
            ("getDevice", 1, None, Some("reset")),
            ("getDevice", 2, Some(503), None),
            ("getDevice", 3, Some(200), None),
        ]
    );
    let last = log.0.lock().expect("the log").pop().expect("an exchange");
    assert_eq!((last.method, last.path.as_str(), last.bytes), ("GET", "/api/devices/5", 23));
    assert_eq!(last.started.to_string(), "2026-03-04T14:00:00Z");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_abandoned_is_told_too() {
    let double = Double::new(|_| Act::Hang);
    let (client, log) = observed(&double);
    let call = client.call(operations::DELETE_DEVICE, Params::new().set("deviceId", 5), None);
    let ended = tokio::time::timeout(Duration::from_secs(2), call).await;
    assert!(ended.is_err(), "the caller went away");
    assert_eq!(told(&log)[1], ("deleteDevice", 1, None, Some("cancelled")));
    assert_eq!(log.0.lock().expect("the log")[1].duration, Duration::from_secs(2));
}
