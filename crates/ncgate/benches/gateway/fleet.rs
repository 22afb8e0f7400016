//! Look-ups over a whole fleet of 10,000 devices, against the least time that N-central's limit allows: the calls that
//! they take ÷ how many of them it lets in at once × how long one takes, operation by operation.

use crate::clients::Mcp;
use crate::house::{House, counted, forget_counts, refused};
use crate::report::{Report, millis};
use serde_json::{Value, json};
use std::time::Instant;
use tokio::runtime::Runtime;

const LATENCY_MS: u64 = 50;
const LIMIT: usize = 5;

pub(crate) fn measure(runtime: &Runtime, report: &mut Report) {
    report.part("Fleet-wide look-ups over 10,000 devices");
    let (latency, limit) = (LATENCY_MS.to_string(), format!("*={LIMIT}"));
    let house = House::new(&["--devices", "10000", "--latency-ms", &latency, "--limit", &limit]);
    let serve = house.home.serve();
    let mcp = Mcp::new(serve.text("mcp_url"), &house.key);
    for (tool, arguments) in [
        ("list-active-issues", json!({})),
        ("list-job-statuses", json!({})),
        ("list-scheduled-tasks", json!({"customer": "Acme"})),
    ] {
        let run = || look_up(runtime, &house, &mcp, tool, &arguments);
        // The limits are unknown at first. Where there are few calls it takes another look-up until a refusal shows one.
        for how in ["first", "second", "third"] {
            let ran = run();
            report.tell(&ran.words(tool, how), ran.ratio, "×");
            if ran.refused > 0.0 {
                break;
            }
        }
        let ran = run();
        report.at_most(&ran.words(tool, "then"), ran.ratio, "×", 1.5);
    }
}

/// What one look-up took.
struct Ran {
    calls: f64,
    millis: f64,
    refused: f64,
    /// Of the time that it took to the least that was possible.
    ratio: f64,
}

impl Ran {
    fn words(&self, tool: &str, how: &str) -> String {
        let Ran { calls, millis, refused, .. } = self;
        format!("{tool} {how}: {calls} calls in {millis:.0} ms, {refused} times 429; × floor")
    }
}

fn look_up(runtime: &Runtime, house: &House, mcp: &Mcp, tool: &str, arguments: &Value) -> Ran {
    forget_counts(&house.emulator);
    let began = Instant::now();
    let answer = runtime.block_on(mcp.result(&format!("n_central-{tool}"), arguments.clone()));
    let took = millis(began);
    assert!(answer.is_some(), "{tool}");
    let counts = counted(&house.emulator);
    let (mut calls, mut floor, mut throttled) = (0.0, 0.0, 0.0);
    for counts in counts.as_object().unwrap().values() {
        let good = counts["count"].as_f64().unwrap_or(0.0) - refused(counts);
        calls += good;
        floor += (good / LIMIT as f64).ceil() * LATENCY_MS as f64;
        throttled += refused(counts);
    }
    Ran { calls, millis: took, refused: throttled, ratio: took / floor }
}
