//! What each client is told, ready to be copied: the shapes that their documentation gives, with the gateway's own
//! address. The key stands in it where a client has no better place; VS Code asks for it.

use super::Web;
use gate::KeyKind;
use http::{HeaderMap, Uri, header};
use serde_json::{Value, json};

/// What stands where the secret would, once it is not known any more.
pub(super) const PLACEHOLDER: &str = "ncg_YOUR_KEY";

/// One client, and what it is told.
pub(super) struct Way {
    pub(super) title: &'static str,
    /// Where it goes.
    pub(super) place: &'static str,
    pub(super) text: String,
}

/// The address under which the gateway is reached: the one it was told, or the one that this browser uses, whose name
/// was checked at the door.
pub(super) fn address(web: &Web, headers: &HeaderMap, uri: &Uri) -> String {
    let asked = || {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| uri.authority().map(http::uri::Authority::as_str));
        format!("http://{}", host.unwrap_or("localhost"))
    };
    web.public_url.clone().unwrap_or_else(asked)
}

/// Every client, those first that a key of this kind is for.
pub(super) fn ways(kind: KeyKind, gateway: &str, key: &str) -> Vec<Way> {
    let url = format!("{gateway}/mcp");
    let headers = json!({ "Authorization": format!("Bearer {key}") });
    let server = |server: Value| shown(&json!({ "mcpServers": { "ncgate": server } }));
    let agents = [
        Way {
            title: "Claude Code",
            place: "Into ~/.claude.json for yourself, or into .mcp.json of one project (then keep that file out of version control).",
            text: server(json!({ "type": "http", "url": url, "headers": headers })),
        },
        Way {
            title: "Claude Desktop",
            place: "Into claude_desktop_config.json (Settings, Developer, Edit Config). It starts programs only, so ncgate has to be installed beside it and passes everything on.",
            text: server(json!({
                "command": "ncgate",
                "args": ["mcp", "--url", gateway],
                "env": { "NCGATE_KEY": key },
            })),
        },
        Way {
            title: "VS Code",
            place: "Into mcp.json (command “MCP: Open User Configuration”). VS Code asks for the key when it first starts the server, and keeps it out of the file.",
            text: shown(&json!({
                "inputs": [{
                    "type": "promptString",
                    "id": "ncgate-key",
                    "description": "Key of the ncgate gateway (ncg_…)",
                    "password": true,
                }],
                "servers": {
                    "ncgate": {
                        "type": "http",
                        "url": url,
                        "headers": { "Authorization": "Bearer ${input:ncgate-key}" },
                    },
                },
            })),
        },
        Way {
            title: "Cursor",
            place: "Into ~/.cursor/mcp.json for yourself, or into .cursor/mcp.json of one project.",
            text: server(json!({ "url": url, "headers": headers })),
        },
    ];
    let rest = Way {
        title: "REST",
        place: "A shell. The tools that this key may call, and a first call; the document of all routes is at /api/openapi.json.",
        text: format!(
            "export NCGATE_KEY='{key}'\n\
             curl -H \"Authorization: Bearer $NCGATE_KEY\" {gateway}/api/v1/tools\n\
             curl -H \"Authorization: Bearer $NCGATE_KEY\" -H 'Content-Type: application/json' \\\n  \
             -d '{{\"page_size\": 5}}' {gateway}/api/v1/tools/n_central-list-customers"
        ),
    };
    match kind {
        KeyKind::Agent => agents.into_iter().chain([rest]).collect(),
        KeyKind::Workflow => [rest].into_iter().chain(agents).collect(),
    }
}

fn shown(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("a value is JSON")
}
