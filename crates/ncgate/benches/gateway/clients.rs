//! Two ways to the same devices: straight to N-central, and through the gateway over MCP.

use serde_json::{Value, json};

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().pool_max_idle_per_host(256).build().unwrap()
}

/// A keep-alive client of N-central itself.
pub(crate) struct Direct {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Direct {
    pub(crate) async fn sign_in(url: &str, jwt: &str) -> Direct {
        let http = http();
        let answer = http.post(format!("{url}/api/auth/authenticate")).bearer_auth(jwt).send().await.unwrap();
        let tokens: Value = answer.json().await.unwrap();
        let token = tokens["tokens"]["access"]["token"].as_str().unwrap().to_owned();
        Direct { http, url: url.to_owned(), token }
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

    pub(crate) async fn device(&self, id: i64) -> bool {
        self.get(&format!("/api/devices/{id}")).await.is_some()
    }

    pub(crate) async fn some_device(&self) -> i64 {
        let page = self.get("/api/devices?pageNumber=1&pageSize=50").await.unwrap();
        page["data"][7]["deviceId"].as_i64().unwrap()
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

    /// Calls a tool; whether it answered without an error.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> bool {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}});
        let request = self
            .http
            .post(&self.url)
            .bearer_auth(&self.key)
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2025-06-18")
            .json(&body);
        let Ok(answer) = request.send().await else { return false };
        let (good, text) = (answer.status().is_success(), answer.text().await.unwrap_or_default());
        good && text.contains("structuredContent") && !text.contains("\"isError\":true")
    }
}
