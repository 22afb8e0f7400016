//! MCP on standard input and output, as a client starts it.

use crate::support::Home;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

struct Client {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    next: u64,
}

impl Client {
    fn start(home: &Home, variables: &[(&str, &str)]) -> Client {
        let mut child = home
            .command(&["mcp"])
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut client = Client { child, input, output, next: 0 };
        let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" } });
        assert_eq!(client.request("initialize", hello)["result"]["protocolVersion"], "2025-11-25");
        client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        client
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.input.as_mut().unwrap(), "{message}").unwrap();
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params }));
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it ended");
            let message: Value = serde_json::from_str(&line).unwrap();
            if message["id"] == self.next {
                return message;
            }
        }
    }

    fn tools(&mut self) -> Vec<String> {
        let answer = self.request("tools/list", json!({}));
        let tools = answer["result"]["tools"].as_array().unwrap_or_else(|| panic!("{answer}"));
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }

    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.request("tools/call", json!({ "name": tool, "arguments": arguments }))["result"].clone()
    }

    /// Closes its input, and gives its exit code and what it said on standard error.
    fn end(mut self) -> (i32, String) {
        drop(self.input.take());
        let said = std::io::read_to_string(self.child.stderr.take().unwrap()).unwrap();
        (self.child.wait().unwrap().code().unwrap_or(-1), said)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_opens_the_state_itself_and_says_what_that_means() {
    let outside = Home::new();
    let emulator = outside.emulator(&[]);
    let home = Home::connected(&emulator);
    let mut client = Client::start(&home, &[]);
    assert!(client.tools().contains(&"n_central-list-devices".to_owned()));
    let answer = client.call("n_central-list-devices", json!({ "customer": "Acme", "search": "FS" }));
    assert_eq!(answer["structuredContent"]["returned"], 1, "{answer}");
    // Whoever comes meanwhile finds it.
    assert_eq!(home.run(&["connections"]).done()["items"][0]["name"], "main");
    let (code, said) = client.end();
    assert_eq!(code, 0);
    assert!(said.contains("not a hostile program"), "{said}");
}

#[test]
fn it_uses_the_owner_that_runs_and_says_nothing() {
    let home = Home::new();
    let emulator = home.emulator(&[]);
    home.connect(&emulator);
    let key = home.key(&["--tools", "list_devices"]);
    let _serve = home.serve();
    let mut agent = Client::start(&home, &[]);
    assert!(agent.tools().len() > 10);
    let held = agent.call(
        "n_central-run-direct-task",
        json!({ "device": "GLOBEX-WS01", "item_id": 2014, "task_type": "Script" }),
    );
    assert_eq!(held["structuredContent"]["status"], "approval_required", "{held}");
    assert_eq!(agent.end(), (0, String::new()));
    let mut narrowed = Client::start(&home, &[("NCGATE_KEY", &key)]);
    assert_eq!(narrowed.tools(), ["n_central-list-devices"]);
    let refused = narrowed.request("tools/call", json!({ "name": "n_central-list-sites", "arguments": {} }));
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
    assert!(emulator.journal().is_empty());
}

#[test]
fn a_connection_can_be_held_in_memory_only() {
    let home = Home::new();
    let emulator = home.emulator(&[]);
    let variables = [("NCGATE_NCENTRAL_URL", emulator.url()), ("NCGATE_NCENTRAL_JWT", emulator.text("jwt"))];
    let mut client = Client::start(&home, &variables);
    let answer = client.call("n_central-list-devices", json!({ "search": "ACME-FS" }));
    assert_eq!(answer["structuredContent"]["returned"], 1, "{answer}");
    assert_eq!(client.end().0, 0);
    assert_eq!(home.run(&["connections"]).done()["items"], json!([]));
}

#[test]
fn what_keeps_it_from_starting_does_not_go_where_the_protocol_goes() {
    let home = Home::new();
    let ended = home.run_with(&["mcp"], &[("NCGATE_NCENTRAL_URL", "https://ncentral.example.com")], "");
    assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{ended:?}");
    assert!(ended.err.contains("NCGATE_NCENTRAL_JWT"), "{ended:?}");
}
