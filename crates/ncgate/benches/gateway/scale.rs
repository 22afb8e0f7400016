//! The dashboard, the start and the record's verification over a state with 1,000,000 audit entries and 10,000 approvals.

use crate::house::{House, memory};
use crate::report::{Report, millis};
use crate::seed::{APPROVALS, ENTRIES, seed};
use crate::support::{ADMIN_PASSWORD, Home};
use crate::{pages, paint};
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

pub(crate) fn measure(runtime: &Runtime, report: &mut Report) {
    report.part("1,000,000 audit entries and 10,000 approvals");
    let house = House::new(&[]);
    let began = Instant::now();
    let seeded = seed(runtime, &house);
    let what = format!("{ENTRIES} entries and {APPROVALS} approvals written in");
    report.tell(&what, began.elapsed().as_secs_f64(), "s");
    let size = std::fs::metadata(house.home.state().join("ncgate.db")).unwrap().len();
    report.tell("the database", size as f64 / 1e6, "MB");

    let began = Instant::now();
    let serve = house.home.serve();
    report.tell("start of serve that has to catch up with all of them", millis(began), "ms");
    // Whatever is written next moves the checkpoints on.
    let session = serve.sign_in("admin", ADMIN_PASSWORD);
    let body = Some(json!({"page_size": 1}));
    assert_eq!(serve.http("POST", "/api/v1/tools/n_central-list-devices", Some(&house.key), body).0, 200);
    assert_eq!(serve.end(), 0);
    let began = Instant::now();
    let serve = house.home.serve();
    report.at_most("start of serve", millis(began), "ms", 1000.0);

    pages::measure(runtime, report, serve.url(), &session, &seeded);
    let one = format!("/approvals/{}", seeded.pending);
    paint::measure(runtime, report, serve.url(), &session, &["/", "/approvals", &one, "/activity"]);
    assert_eq!(serve.end(), 0);

    let (verdict, seconds, most) = verify(&house.home);
    assert_eq!(verdict["ok"], true, "{verdict}");
    report.tell("audit verify", seconds, "s");
    report.at_least("entries verified a second", ENTRIES as f64 / seconds, "", 20_000.0);
    report.at_most("resident memory of audit verify at most", most, "MB", 100.0);
}

/// Verifies the record offline: what it says, how long it takes, how many megabytes it has at most.
fn verify(home: &Home) -> (Value, f64, f64) {
    let began = Instant::now();
    let mut command = home.command(&["audit", "verify", "--json"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut most = 0.0_f64;
    while child.try_wait().unwrap().is_none() {
        most = most.max(memory(child.id(), "VmHWM").unwrap_or(0.0));
        std::thread::sleep(Duration::from_millis(5));
    }
    let seconds = began.elapsed().as_secs_f64();
    let output = child.wait_with_output().unwrap();
    (serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), seconds, most)
}
