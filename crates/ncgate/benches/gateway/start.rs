//! What a person's machine pays for `ncgate mcp`: from its start to the first `tools/list`, and the memory after it;
//! how large the binary is; how soon `serve` is there.

use crate::house::{House, memory};
use crate::report::{Report, median, millis, percentile};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::Instant;
use tokio::runtime::Runtime;

const STARTS: usize = 15;

pub(crate) fn measure(_: &Runtime, report: &mut Report) {
    report.part("Start, memory, size");
    let house = House::new(&[]);
    let (mut starts, mut resident) = (Vec::new(), 0.0_f64);
    for _ in 0..STARTS {
        let (took, megabytes) = stdio_start(&house);
        starts.push(took);
        resident = resident.max(megabytes);
    }
    report.at_most("spawn to the first tools/list (best of 15)", percentile(&starts, 0.0), "ms", 25.0);
    report.at_most("spawn to the first tools/list (median of 15)", median(&starts), "ms", 40.0);
    report.at_most("resident memory after it", resident, "MB", 30.0);
    let mut serves = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let serve = house.home.serve_with(&[]);
        serves.push(millis(began));
        drop(serve);
    }
    report.tell("spawn of serve to its address (median of 15)", median(&serves), "ms");
    let bytes = std::fs::metadata(env!("CARGO_BIN_EXE_ncgate")).unwrap().len();
    report.tell("the measured binary (release profile, without LTO)", bytes as f64 / 1e6, "MB");
}

/// One start of `ncgate mcp`: milliseconds to the answer of the first `tools/list`, and its resident megabytes then.
fn stdio_start(house: &House) -> (f64, f64) {
    let began = Instant::now();
    let mut child = house
        .home
        .command(&["mcp"])
        .env("NCGATE_KEY", &house.key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut say = |message: Value| writeln!(input, "{message}").unwrap();
    let client = json!({"name": "bench", "version": "0"});
    let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
    say(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}));
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    say(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    say(json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}}));
    line.clear();
    output.read_line(&mut line).unwrap();
    let took = millis(began);
    assert!(line.contains("n_central-list-devices"), "{line}");
    let resident = memory(child.id(), "VmRSS").unwrap_or(f64::NAN);
    drop(input);
    let _ = child.wait();
    (took, resident)
}
