//! The binary as child processes: emulator, gateway, and MCP on standard input and output.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{self, Command, Stdio};
use std::time::Instant;

const BINARY: &str = env!("CARGO_BIN_EXE_ncgate");

fn command(state: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command
        .args(arguments)
        .env("NCGATE_STATE", state.join("state"))
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A process that stays up until it is dropped.
pub(crate) struct Child {
    child: process::Child,
    said: Value,
    _out: BufReader<process::ChildStdout>,
}

impl Child {
    /// Starts it and reads the line in which it says where it is.
    pub(crate) fn start(state: &Path, arguments: &[&str]) -> Child {
        let mut child = command(state, arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        Child { child, said: serde_json::from_str(&line).unwrap(), _out: out }
    }

    pub(crate) fn text(&self, member: &str) -> &str {
        self.said[member].as_str().unwrap()
    }

    /// Forgets the emulator's counts.
    pub(crate) async fn clear_requests(&self) {
        let url = format!("{}/_emulator/requests", self.text("url"));
        reqwest::Client::builder().build().unwrap().delete(url).send().await.unwrap();
    }

    /// How often the emulator answered 429 for an operation.
    pub(crate) async fn throttled(&self, operation: &str) -> u64 {
        let url = format!("{}/_emulator/requests", self.text("url"));
        let counts: Value =
            reqwest::Client::builder().build().unwrap().get(url).send().await.unwrap().json().await.unwrap();
        counts["operations"][operation]["by_status"]["429"].as_u64().unwrap_or(0)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Connects a fresh state to the emulator; answers an agent's key.
pub(crate) fn prepare(state: &Path, url: &str, jwt: &str) -> String {
    let connected =
        command(state, &["connect", url, "--name", "main"]).env("NCGATE_NCENTRAL_JWT", jwt).output().unwrap();
    assert!(connected.status.success(), "{connected:?}");
    let made = command(state, &["key", "create", "--name", "bench", "--kind", "agent"]).output().unwrap();
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    made["secret"].as_str().unwrap().to_owned()
}

/// One start of `ncgate mcp`: milliseconds to the answer of the first `tools/list`, and its resident megabytes then.
pub(crate) fn stdio_start(state: &Path, key: &str) -> (f64, f64) {
    let began = Instant::now();
    let mut child = command(state, &["mcp"])
        .env("NCGATE_KEY", key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
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
    let took = began.elapsed().as_secs_f64() * 1000.0;
    assert!(line.contains("n_central-list-devices"), "{line}");
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let resident =
        status.lines().find_map(|l| l.strip_prefix("VmRSS:")).and_then(|l| l.split_whitespace().next());
    let megabytes = resident.and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0;
    drop(input);
    let _ = child.wait();
    (took, megabytes)
}
