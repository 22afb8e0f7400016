//! Two ways to the same devices: straight to N-central, and through the gateway over MCP.

use crate::support::Service;
use serde_json::{Value, json};

/// A client without TLS, which keeps its connections.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().tls_certs_only([]).no_proxy().pool_max_idle_per_host(256).build().unwrap()
}

/// A keep-alive client of N-central itself.
pub(crate) struct Direct {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Direct {
    pub(crate) async fn sign_in(emulator: &Service) -> Direct {
        let (http, url) = (http(), emulator.url().to_owned());
        let request = http.post(format!("{url}/api/auth/authenticate")).bearer_auth(emulator.text("jwt"));
        let tokens: Value = request.send().await.unwrap().json().await.unwrap();
        let token = tokens["tokens"]["access"]["token"].as_str().unwrap().to_owned();
        Direct { http, url, token }
    }

    async fn get(&self, path: &str) -> Option<Value> {
        let answer =
            self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token).send().await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        answer.json().await.ok()
    }

    pub(crate) async fn devices(&self, page: usize) -> bool {
        self.get(&format!("/api/devices?pageNumber={page}&pageSize=50")).await.is_some()
    }

    pub(crate) async fn device(&self, id: &Value) -> bool {
        self.get(&format!("/api/devices/{id}")).await.is_some()
    }

    pub(crate) async fn some_device(&self) -> Value {
        let page = self.get("/api/devices?pageNumber=1&pageSize=50").await.unwrap();
        page["data"][7]["deviceId"].clone()
    }
}

/// A client of the gateway, over Streamable HTTP without a session.
pub(crate) struct Mcp {
    http: reqwest::Client,
    url: String,
    key: String,
}

impl Mcp {
    pub(crate) fn new(url: &str, key: &str) -> Mcp {
        Mcp { http: http(), url: url.to_owned(), key: key.to_owned() }
    }

    /// Sends a request of the protocol; the answer's body.
    pub(crate) async fn ask(&self, method: &str, params: Value) -> Option<String> {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = self
            .http
            .post(&self.url)
            .bearer_auth(&self.key)
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2025-06-18")
            .json(&body);
        let answer = request.send().await.ok()?;
        let good = answer.status().is_success();
        answer.text().await.ok().filter(|_| good)
    }

    /// Calls a tool; whether it answered without an error.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> bool {
        let answer = self.ask("tools/call", json!({"name": tool, "arguments": arguments})).await;
        answer.is_some_and(|text| text.contains("structuredContent") && !text.contains("\"isError\":true"))
    }

    /// Calls a tool; its result.
    pub(crate) async fn result(&self, tool: &str, arguments: Value) -> Option<Value> {
        let answer = self.ask("tools/call", json!({"name": tool, "arguments": arguments})).await?;
        let mut answer: Value = serde_json::from_str(&answer).ok()?;
        Some(answer["result"]["structuredContent"].take()).filter(|result| !result.is_null())
    }
}
