//! What an administrator does to keep a gateway running: watch it, end it, back it up, change its key.

mod backup;
mod key_file;
mod logs;
mod master_key;
mod metrics;
mod shutdown;

use crate::support::{ADMIN_PASSWORD, Home, Service};
use serde_json::{Value, json};

/// An emulator, a state that is connected to it, and an agent's key.
struct Stage {
    emulator: Service,
    home: Home,
    key: String,
}

impl Stage {
    fn new(emulator: &[&str]) -> Stage {
        let emulator = Home::new().emulator(&[&["--devices", "100"], emulator].concat());
        let home = Home::connected(&emulator);
        let key = home.key(&[]);
        Stage { emulator, home, key }
    }

    fn serve(&self, options: &[&str], variables: &[(&str, &str)]) -> Service {
        serve(&self.home, options, variables)
    }

    /// Asks for a run on one workstation that is held; answers the held call.
    fn hold(&self, serve: &Service, device: &str) -> Value {
        let body = json!({"device": device, "item_id": 2014, "task_type": "Script"});
        let path = "/api/v1/tools/n_central-run-direct-task";
        let (status, held) = serve.http("POST", path, Some(&self.key), Some(body));
        assert_eq!(status, 202, "{held}");
        held
    }
}

fn serve(home: &Home, options: &[&str], variables: &[(&str, &str)]) -> Service {
    let own = [("NCGATE_ADMIN_PASSWORD", ADMIN_PASSWORD), ("NCGATE_UPSTREAM_DEADLINE", "5s")];
    home.start(&[&["serve", "--listen", "127.0.0.1:0"], options].concat(), &[&own, variables].concat())
}

/// Approves a held call; none if the gateway did not live to answer.
fn approve(serve: &Service, session: &str, held: &Value) -> Option<Value> {
    let path = format!("/api/v1/approvals/{}/decision", held["approval_id"].as_str().unwrap());
    serve.try_http("POST", &path, Some(session), Some(json!({"decision": "approve"})))
}

/// The call behind a held answer, as its caller sees it.
fn call(serve: &Service, key: &str, held: &Value) -> Value {
    let path = format!("/api/v1/calls/{}", held["call_id"].as_str().unwrap());
    let (status, call) = serve.http("GET", &path, Some(key), None);
    assert_eq!(status, 200, "{call}");
    call
}
