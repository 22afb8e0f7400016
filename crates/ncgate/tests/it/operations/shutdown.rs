//! Going down: what has begun is answered, what waits is told, and a second signal ends it at once.

use super::Stage;
use crate::support::{ADMIN_PASSWORD, Service};
use rustix::process::Signal;
use serde_json::json;
use std::time::{Duration, Instant};

/// Waits until the gateway says that it is not ready.
fn until_draining(serve: &Service) {
    let begun = Instant::now();
    while serve.http("GET", "/readyz", None, None).0 != 503 {
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Waits until the emulator has a request in flight or answered.
fn until_asked(emulator: &Service, operation: &str, before: u64) {
    let begun = Instant::now();
    while asked(emulator, operation) <= before {
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn asked(emulator: &Service, operation: &str) -> u64 {
    let (_, requests) = emulator.http("GET", "/_emulator/requests", None, None);
    let counts = &requests["operations"][operation];
    counts["peak_in_flight"].as_u64().unwrap_or(0).max(counts["count"].as_u64().unwrap_or(0))
}

#[test]
fn what_has_begun_is_answered_and_what_waits_is_told() {
    let stage = Stage::new(&["--latency-ms", "700"]);
    let serve = stage.serve(&[], &[]);
    let held = stage.hold(&serve, "GLOBEX-WS01");
    let before = asked(&stage.emulator, "listDevices");
    let (read, waited) = std::thread::scope(|threads| {
        let read = threads.spawn(|| {
            serve.http("POST", "/api/v1/tools/list_devices", Some(&stage.key), Some(json!({"search": "FS"})))
        });
        let wait = json!({"approval_id": held["approval_id"], "wait_seconds": 45});
        let waited = threads.spawn(|| {
            serve.http("POST", "/api/v1/tools/n_central-get-approval", Some(&stage.key), Some(wait))
        });
        until_asked(&stage.emulator, "listDevices", before);
        serve.tell(Signal::TERM);
        (read.join().unwrap(), waited.join().unwrap())
    });
    assert_eq!(read.0, 200, "{read:?}");
    assert_eq!((waited.0, &waited.1["state"]), (200, &json!("pending")), "{waited:?}");
    assert_eq!(serve.ended(), 0);
    assert_eq!(stage.home.run(&["audit", "verify"]).done()["ok"], true);
}

#[test]
fn it_says_that_it_is_going_while_it_drains_and_a_second_signal_ends_it() {
    let stage = Stage::new(&[]);
    let serve = stage.serve(&["--drain", "10m"], &[]);
    serve.tell(Signal::TERM);
    until_draining(&serve);
    assert_eq!(serve.http("GET", "/healthz", None, None).0, 200, "it is still alive");
    let told = Instant::now();
    serve.tell(Signal::INT);
    assert_eq!(serve.ended(), 1, "what was under way was cut off");
    assert!(told.elapsed() < Duration::from_secs(5));
    // And the state is as good as before.
    let again = stage.serve(&[], &[]);
    again.sign_in("admin", ADMIN_PASSWORD);
    assert_eq!(again.end(), 0);
}
