//! The log of a running gateway: what was written on a call's way is found by the call's id and by the request's, on
//! whatever face it came, and none of it tells a secret.

use super::{Stage, approve, call};
use crate::support::ADMIN_PASSWORD;
use serde_json::{Value, json};
use std::fs::File;
use std::time::{Duration, Instant};

/// The lines of a log, each as the object that it is.
struct Log(Vec<Value>);

impl Log {
    /// The lines on the way of this call.
    fn of_call(&self, id: &str) -> Vec<&Value> {
        self.0.iter().filter(|line| within(line, "call_id") == Some(id)).collect()
    }

    /// The line with which a request was answered.
    fn answered(&self, request: &str) -> &Value {
        let answered = |line: &&Value| {
            line["fields"]["message"] == "answered" && within(line, "request_id") == Some(request)
        };
        self.0.iter().find(answered).unwrap_or_else(|| panic!("{request} is not there"))
    }
}

/// What the spans around a line say under this name.
fn within<'a>(line: &'a Value, name: &str) -> Option<&'a str> {
    line["spans"].as_array()?.iter().find_map(|span| span[name].as_str())
}

/// The one of these lines that says this.
#[track_caller]
fn saying<'a>(lines: &[&'a Value], message: &str) -> &'a Value {
    let found: Vec<_> = lines.iter().filter(|line| line["fields"]["message"] == message).collect();
    assert_eq!(found.len(), 1, "{message}: {lines:?}");
    found[0]
}

#[test]
fn the_lines_of_a_call_carry_its_id_and_the_requests_and_no_secret() {
    const ASKED: &str = "a call was asked for and answered";
    let stage = Stage::new(&[]);
    let file = stage.home.file("log");
    let variables =
        [("NCGATE_ADMIN_PASSWORD", ADMIN_PASSWORD), ("NCGATE_LOG", "debug"), ("NCGATE_LOG_FORMAT", "json")];
    let arguments = ["serve", "--listen", "127.0.0.1:0"];
    let serve = stage.home.start_with(&arguments, &variables, File::create(&file).unwrap());
    let session = serve.sign_in("admin", ADMIN_PASSWORD);
    let ask = |tool: &str, request: &str, arguments: Value| {
        let path = format!("/api/v1/tools/{tool}");
        let reply =
            serve.send("POST", &path, Some(&stage.key), &[("x-request-id", request)], Some(arguments));
        let reply = reply.unwrap();
        (reply.header("ncgate-call-id").to_owned(), reply)
    };
    let (looked, _) = ask("list_devices", "look-1", json!({"search": "confidential"}));
    let wanted = json!({"device": "GLOBEX-WS01", "item_id": 2014, "task_type": "Script"});
    let (run, held) = ask("n_central-run-direct-task", "run-1", wanted.clone());
    let (again, _) = ask("n_central-run-direct-task", "run-2", wanted);
    assert_eq!((held.status, &again), (202, &run), "the same call asked again is the same call");
    approve(&serve, &session, &held.body).unwrap();
    let begun = Instant::now();
    while call(&serve, &stage.key, &held.body)["state"] != "finished" {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(20));
    }
    let message = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "n_central-list-sites", "arguments": {}},
    });
    let headers = [
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2025-06-18"),
        ("x-request-id", "mcp-1"),
    ];
    assert_eq!(serve.send("POST", "/mcp", Some(&stage.key), &headers, Some(message)).unwrap().status, 200);
    assert_eq!(serve.end(), 0);

    let text = std::fs::read_to_string(&file).unwrap();
    let log = Log(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect());
    let look = log.of_call(&looked);
    assert_eq!(saying(&look, ASKED)["fields"]["status"], "done");
    saying(&look, "exchange");
    for line in &look {
        assert_eq!(within(line, "request_id"), Some("look-1"), "{line}");
        assert_eq!(within(line, "tool"), Some("n_central-list-devices"), "{line}");
    }
    assert_eq!(log.answered("look-1")["fields"]["call_id"], looked);

    let way = log.of_call(&run);
    let asked = saying(&way, ASKED);
    assert_eq!(
        (&asked["fields"]["status"], within(asked, "request_id")),
        (&json!("approval_required"), Some("run-1"))
    );
    assert_eq!(saying(&way, "a call is over")["fields"]["outcome"], "done");
    let sent = |line: &&&Value| line["fields"]["operation"] == "createDirectScheduledTask";
    assert_eq!(way.iter().filter(sent).count(), 1, "{way:?}");
    let attached = log
        .0
        .iter()
        .find(|line| within(line, "request_id") == Some("run-2") && line["fields"]["message"] == ASKED);
    assert_eq!(attached.unwrap()["fields"]["attached_to"], run);

    log.answered("mcp-1");
    let of_agent: Vec<_> = log.0.iter().filter(|line| within(line, "request_id") == Some("mcp-1")).collect();
    let asked = saying(&of_agent, ASKED);
    assert_eq!(within(asked, "tool"), Some("n_central-list-sites"));
    assert!(of_agent.iter().any(|line| line["fields"]["message"] == "exchange"), "{of_agent:?}");

    for secret in [&stage.key, &session, stage.emulator.text("jwt"), ADMIN_PASSWORD, "confidential"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn a_warning_carries_the_ids_where_nothing_else_is_logged() {
    let stage = Stage::new(&[]);
    let file = stage.home.file("log");
    let variables = [("NCGATE_LOG", "ncentral=debug,error"), ("NCGATE_LOG_FORMAT", "json")];
    let arguments = ["serve", "--listen", "127.0.0.1:0"];
    let serve = stage.home.start_with(&arguments, &variables, File::create(&file).unwrap());
    let path = "/api/v1/tools/list_devices";
    let reply = serve.send("POST", path, Some(&stage.key), &[("x-request-id", "look-1")], Some(json!({})));
    let looked = reply.unwrap().header("ncgate-call-id").to_owned();
    assert_eq!(serve.end(), 0);
    let text = std::fs::read_to_string(&file).unwrap();
    let log = Log(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect());
    let lines = log.of_call(&looked);
    assert!(!lines.is_empty(), "{text}");
    for line in lines {
        assert_eq!(
            (&line["fields"]["message"], within(line, "request_id")),
            (&json!("exchange"), Some("look-1"))
        );
    }
}
