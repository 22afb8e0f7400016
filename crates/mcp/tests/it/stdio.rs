//! One caller on a pair of streams, line by line.

use crate::fake::{Fake, customers, held};
use crate::wire::{STATELESS, message, with_meta};
use mcp::{StdioError, View, serve_stream};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Lines};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

struct Client {
    fake: Fake,
    input: DuplexStream,
    output: Lines<BufReader<DuplexStream>>,
    server: JoinSet<Result<(), StdioError>>,
    shutdown: CancellationToken,
    next_id: u64,
}

impl Client {
    fn start() -> Self {
        let fake = Fake::default();
        let shutdown = CancellationToken::new();
        let (input, server_input) = tokio::io::duplex(64 * 1024);
        let (server_output, output) = tokio::io::duplex(64 * 1024);
        let mut server = JoinSet::new();
        let doorway = Arc::new(fake.clone());
        server.spawn(serve_stream(doorway, View::default(), server_input, server_output, shutdown.clone()));
        Self { fake, input, output: BufReader::new(output).lines(), server, shutdown, next_id: 0 }
    }

    async fn write(&mut self, message: &Value) {
        self.input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    /// Every line of the output is one JSON-RPC message.
    async fn read(&mut self) -> Value {
        let line = self.output.next_line().await.unwrap().expect("the server still speaks");
        let message: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(message["jsonrpc"], "2.0");
        message
    }

    async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next_id += 1;
        let mut request = message(method, params);
        request["id"] = json!(self.next_id);
        self.write(&request).await;
        let answer = self.read().await;
        assert_eq!(answer["id"], self.next_id);
        answer
    }

    async fn initialize(&mut self) -> Value {
        let params = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "desk\u{202e}top", "version": "1.2"},
        });
        let answer = self.ask("initialize", params).await;
        self.write(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
        answer
    }

    /// Closes the input; the server then ends by itself.
    async fn finish(mut self) -> Result<(), StdioError> {
        drop(self.input);
        while let Some(line) = self.output.next_line().await.unwrap() {
            serde_json::from_str::<Value>(&line).unwrap();
        }
        self.server.join_next().await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_session_of_the_hand_shake_era() {
    let mut client = Client::start();
    assert_eq!(client.initialize().await["result"]["protocolVersion"], "2025-11-25");
    let tools = client.ask("tools/list", json!({})).await;
    assert_eq!(tools["result"]["tools"][0]["name"], "n_central-list-customers");
    let called = client.ask("tools/call", json!({"name": "n_central-list-customers"})).await;
    assert_eq!(called["result"]["structuredContent"], customers());
    let seen = client.fake.last_call();
    assert_eq!((seen.client.as_deref(), seen.hold), (Some("desktop 1.2"), Duration::ZERO));
    let held_call = client.ask("tools/call", json!({"name": "n_central-create-site"})).await;
    assert_eq!(held_call["result"]["structuredContent"], held());
    assert_eq!(client.ask("prompts/list", json!({})).await["error"]["code"], -32601);
    assert_eq!(client.ask("tools/call", json!({"name": "no"})).await["error"]["code"], -32602);
    client.finish().await.unwrap();
}

#[tokio::test]
async fn the_stateless_era_and_a_change_of_mind_after_discovery() {
    let mut client = Client::start();
    let params = with_meta(STATELESS, json!({"name": "n_central-list-customers"}));
    let called = client.ask("tools/call", params).await;
    assert_eq!(called["result"]["structuredContent"], customers());
    assert_eq!(called["result"]["resultType"], "complete");
    assert_eq!(client.fake.last_call().client.as_deref(), Some("probe 3"));
    let unknown = client.ask("tools/list", with_meta("2031-01-01", json!({}))).await;
    assert_eq!(unknown["error"]["code"], -32022);
    client.finish().await.unwrap();

    let mut client = Client::start();
    let discovered = client.ask("server/discover", with_meta(STATELESS, json!({}))).await;
    assert_eq!(discovered["result"]["capabilities"], json!({"tools": {}}));
    assert_eq!(client.initialize().await["result"]["protocolVersion"], "2025-11-25");
    client.finish().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn cancelling_ends_the_waiting_and_nothing_else() {
    let mut client = Client::start();
    client.initialize().await;
    let mut request = message("tools/call", json!({"name": "n_central-get-approval"}));
    request["id"] = json!("slow");
    client.write(&request).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let cancel =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "slow"}});
    client.write(&cancel).await;
    let called = client.ask("tools/call", json!({"name": "n_central-list-customers"})).await;
    assert_eq!(called["result"]["structuredContent"], customers());
    assert_eq!(client.fake.met.lock().unwrap().dropped, 1);
    client.finish().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_before_the_input_ends_is_still_answered() {
    let mut client = Client::start();
    client.initialize().await;
    let params = json!({"name": "n_central-list-active-issues", "_meta": {"progressToken": 1}});
    client.write(&message("tools/call", params)).await;
    drop(std::mem::replace(&mut client.input, tokio::io::duplex(1).0));
    let mut last = Value::Null;
    while let Some(line) = client.output.next_line().await.unwrap() {
        last = serde_json::from_str(&line).unwrap();
    }
    assert_eq!(last["result"]["structuredContent"]["returned"], 0);
    client.server.join_next().await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn no_word_at_all_is_no_error() {
    Client::start().finish().await.unwrap();
}

#[tokio::test]
async fn a_clumsy_opening_does_not_end_the_server() {
    let mut client = Client::start();
    client.input.write_all(b"hello?\n\n").await.unwrap();
    let early = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}});
    client.write(&early).await;
    assert_eq!(client.ask("tools/list", json!({})).await["error"]["code"], -32602);
    client.write(&early).await;
    let unknown = client.ask("tools/list", with_meta("2031-01-01", json!({}))).await;
    assert_eq!(unknown["error"]["code"], -32022);
    client.write(&early).await;
    assert_eq!(client.ask("ping", json!({})).await["result"], json!({}));
    assert_eq!(client.initialize().await["result"]["serverInfo"]["name"], "ncgate");
    client.finish().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn shutting_down_ends_it_though_the_input_is_open() {
    let mut client = Client::start();
    client.initialize().await;
    client.shutdown.cancel();
    client.server.join_next().await.unwrap().unwrap().unwrap();
}
