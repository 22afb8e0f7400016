//! What is measured: the real binary as processes of its own, over a state that is connected to an emulated N-central.

use crate::support::{ADMIN_PASSWORD, Home, Service};
use serde_json::{Value, json};

/// A state that is connected to an emulator.
pub(crate) struct House {
    pub(crate) home: Home,
    pub(crate) emulator: Service,
    /// An agent's key.
    pub(crate) key: String,
    _outside: Home,
}

impl House {
    pub(crate) fn new(emulator: &[&str]) -> House {
        let outside = Home::new();
        let emulator = outside.emulator(emulator);
        let home = Home::connected(&emulator);
        let key = home.key(&[]);
        House { home, emulator, key, _outside: outside }
    }

    /// The gateway, and a session of its administrator.
    pub(crate) fn serve(&self) -> (Service, String) {
        let serve = self.home.serve();
        let admin = serve.sign_in("admin", ADMIN_PASSWORD);
        (serve, admin)
    }
}

/// One more agent's key, made by an administrator.
pub(crate) fn key(serve: &Service, admin: &str, name: &str) -> String {
    let body = json!({"name": name, "kind": "agent", "requests_per_minute": 100_000});
    let (status, made) = serve.http("POST", "/api/v1/keys", Some(admin), Some(body));
    assert_eq!(status, 201, "{made}");
    made["secret"].as_str().unwrap().to_owned()
}

/// What the emulator has counted, by operation.
pub(crate) fn counted(emulator: &Service) -> Value {
    emulator.http("GET", "/_emulator/requests", None, None).1["operations"].take()
}

/// How often the emulator answered 429 for an operation.
pub(crate) fn throttled(emulator: &Service, operation: &str) -> f64 {
    refused(&counted(emulator)[operation])
}

/// How many of the counted requests were answered 429.
pub(crate) fn refused(counts: &Value) -> f64 {
    counts["by_status"]["429"].as_f64().unwrap_or(0.0)
}

/// Forgets the emulator's counts.
pub(crate) fn forget_counts(emulator: &Service) {
    emulator.http("DELETE", "/_emulator/requests", None, None);
}

/// The process that owns a state.
pub(crate) fn owner(home: &Home) -> u32 {
    let file = std::fs::read(home.state().join("owner.json")).unwrap();
    serde_json::from_slice::<Value>(&file).unwrap()["pid"].as_u64().unwrap() as u32
}

/// A member of what the system says of a process's memory, in MB: `VmRSS` now, `VmHWM` at most.
pub(crate) fn memory(process: u32, member: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(member)?.strip_prefix(':'))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
}
