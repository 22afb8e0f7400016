//! An agent's side of MCP: one POST a message over Streamable HTTP, with nothing in hand but the address and a key.
//! It speaks the current, stateless revision, in which every request says for itself who sends it.

use model::{Kind, Problem};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// The revision that it speaks.
const REVISION: &str = "2026-07-28";
/// What it calls itself.
const NAME: &str = "ncgate-demo-agent";

/// An agent.
pub(super) struct Agent {
    http: reqwest::Client,
    url: String,
    key: SecretString,
    next_id: u64,
}

impl Agent {
    /// An agent that knows the endpoint and its own key.
    pub(super) fn new(url: String, key: SecretString) -> Result<Self, Problem> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only([])
            .no_proxy()
            .build()
            .map_err(|error| crate::exit::defect("no HTTP client can be made", &error))?;
        Ok(Self { http, url, key, next_id: 1 })
    }

    /// The names of the tools it is offered.
    pub(super) async fn tools(&mut self) -> Result<Vec<String>, Problem> {
        let result = self.request("tools/list", None, json!({})).await?;
        let tools = result["tools"].as_array().into_iter().flatten();
        Ok(tools.filter_map(|tool| tool["name"].as_str().map(str::to_owned)).collect())
    }

    /// Calls a tool. What the tool answers as an error is a problem here.
    pub(super) async fn call(&mut self, tool: &str, arguments: &Value) -> Result<Value, Problem> {
        let result =
            self.request("tools/call", Some(tool), json!({ "name": tool, "arguments": arguments })).await?;
        if result["isError"] == true {
            let text = result["content"][0]["text"].as_str().unwrap_or_default();
            return Err(serde_json::from_str(text).unwrap_or_else(|_| strange(text)));
        }
        match &result["structuredContent"] {
            Value::Null => Err(strange("a result without structured content")),
            content => Ok(content.clone()),
        }
    }

    async fn request(
        &mut self,
        method: &str,
        name: Option<&str>,
        mut params: Value,
    ) -> Result<Value, Problem> {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": REVISION,
            "io.modelcontextprotocol/clientInfo": { "name": NAME, "version": env!("CARGO_PKG_VERSION") },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let id = self.next_id;
        self.next_id += 1;
        let mut request = self
            .http
            .post(&self.url)
            .bearer_auth(self.key.expose_secret())
            .header(ACCEPT, "application/json, text/event-stream")
            .header("MCP-Protocol-Version", REVISION)
            .header("Mcp-Method", method)
            .json(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        if let Some(name) = name {
            request = request.header("Mcp-Name", name);
        }
        let broken = |error: reqwest::Error| {
            Problem::new(Kind::Unreachable, format!("the gateway's /mcp broke off: {error}"))
        };
        let response = request.send().await.map_err(broken)?;
        let streamed = response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let body = response.text().await.map_err(broken)?;
        let mut messages =
            if streamed { events(&body) } else { serde_json::from_str(&body).into_iter().collect() };
        messages.retain(|message: &Value| message["id"] == id);
        let Some(message) = messages.pop() else { return Err(strange(&body)) };
        if let Some(error) = message["error"].as_object() {
            let data = error.get("data").cloned().unwrap_or_default();
            return Err(serde_json::from_value(data).unwrap_or_else(|_| strange(&message.to_string())));
        }
        Ok(message["result"].clone())
    }
}

/// The messages in a stream of events.
fn events(body: &str) -> Vec<Value> {
    body.lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .filter_map(|data| serde_json::from_str(data.trim()).ok())
        .collect()
}

fn strange(what: &str) -> Problem {
    Problem::new(
        Kind::BadAnswer,
        format!("/mcp answered what is no MCP: {}", model::text::shorten(what, 200)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_in_a_stream() {
        let body = "event: message\ndata: {\"id\": 1}\n\n: ping\n\ndata:{\"id\": 2}\n\n";
        assert_eq!(events(body), [json!({ "id": 1 }), json!({ "id": 2 })]);
    }
}
