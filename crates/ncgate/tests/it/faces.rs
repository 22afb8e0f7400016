//! The three faces as the holder of a key uses them: REST, MCP over HTTP, the command line beside the running owner.

use crate::support::{Home, Service};
use serde_json::{Value, json};

/// One of the ways in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    Rest,
    Mcp,
    Cli,
}

impl Face {
    pub(crate) const ALL: [Face; 3] = [Face::Rest, Face::Mcp, Face::Cli];
}

/// What a face told: the result object, and every byte that came with it.
#[derive(Debug)]
pub(crate) struct Told {
    /// The result; null where there is none, as in an error of the protocol.
    pub(crate) result: Value,
    /// Whether the call waits for a person. The face has told it in its own way too.
    pub(crate) held: bool,
    pub(crate) text: String,
}

impl Told {
    fn new(result: Value, text: String) -> Told {
        Told { held: result["status"] == "approval_required", result, text }
    }
}

/// A key and the three ways in.
pub(crate) struct Faces {
    url: String,
    key: String,
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl Faces {
    pub(crate) fn new(serve: &Service, key: &str) -> Faces {
        Faces {
            url: serve.url().to_owned(),
            key: key.to_owned(),
            client: reqwest::Client::builder().tls_certs_only([]).no_proxy().build().unwrap(),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    pub(crate) fn ask(&self, home: &Home, face: Face, tool: &str, arguments: &Value) -> Told {
        match face {
            Face::Rest => self.rest(tool, arguments),
            Face::Mcp => self.mcp(tool, arguments),
            Face::Cli => self.cli(home, tool, arguments),
        }
    }

    fn rest(&self, tool: &str, arguments: &Value) -> Told {
        let (status, text) = self.post(&format!("/api/v1/tools/{tool}"), arguments, &[]);
        let told = Told::new(serde_json::from_str(&text).unwrap_or(Value::Null), text);
        assert_eq!(status == 202, told.held, "{status}: {}", told.text);
        told
    }

    fn mcp(&self, tool: &str, arguments: &Value) -> Told {
        let params = json!({ "name": tool, "arguments": arguments });
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        let headers =
            [("accept", "application/json, text/event-stream"), ("mcp-protocol-version", "2025-06-18")];
        let (_, text) = self.post("/mcp", &message, &headers);
        // One JSON object, or a stream of events of which the last one answers.
        let mut data = text.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
        let answer = data.rfind(|data| !data.is_empty()).unwrap_or(&text);
        let answer: Value = serde_json::from_str(answer).unwrap_or_else(|error| panic!("{error}: {text}"));
        let said = answer["result"]["content"][0]["text"].as_str();
        let said: Value = said.map_or(Value::Null, |said| serde_json::from_str(said).unwrap());
        let result = &answer["result"];
        assert!(result["isError"] == true || result["structuredContent"] == said, "the text is the result");
        let result = said;
        Told::new(result, text)
    }

    fn cli(&self, home: &Home, tool: &str, arguments: &Value) -> Told {
        let input = arguments.to_string();
        let ended = home.run_with(&["call", tool, "--input", &input], &[("NCGATE_KEY", &self.key)], "");
        let text = format!("{}\n{}", ended.out, ended.err);
        let told = Told::new(serde_json::from_str(&ended.out).unwrap_or(Value::Null), text);
        assert!(ended.code == 3 || !told.held, "{ended:?}");
        told
    }

    fn post(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> (u16, String) {
        let mut request = self.client.post(format!("{}{path}", self.url)).bearer_auth(&self.key).json(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.runtime.block_on(async {
            let response = request.send().await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        })
    }
}
