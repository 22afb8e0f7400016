//! What each client wants to be told, and where it keeps that: the shapes and places that their documentation gives,
//! with the client's own way of leaving a secret out of the file.

use crate::settings::env;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// The gateway as a client reaches it.
pub(super) enum Gateway {
    /// The client starts it.
    Local { program: String, state: Option<String>, connection: Option<String> },
    /// At this address.
    Remote(String),
}

/// Where the key comes from.
pub(super) enum Key {
    /// Out of the client's environment, or from its user.
    Asked,
    /// Out of the file, where it stands for whoever reads it.
    Written(String),
}

/// A program that talks to MCP servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    Claude,
    VsCode,
    Cursor,
}

/// What a client is to be told.
pub(super) struct Entry {
    /// The member of the file that holds the servers.
    pub(super) section: &'static str,
    pub(super) name: String,
    pub(super) server: Value,
    /// Questions that the client asks its user (VS Code's `inputs`), each with an `id`.
    pub(super) inputs: Vec<Value>,
}

impl Entry {
    /// The file, if there were nothing else in it.
    pub(super) fn document(&self) -> Value {
        let mut document = Map::new();
        if !self.inputs.is_empty() {
            document.insert("inputs".to_owned(), self.inputs.clone().into());
        }
        document.insert(self.section.to_owned(), json!({ (self.name.as_str()): self.server }));
        document.into()
    }

    /// The server with its name as one of its members, as links and VS Code's command line have it.
    fn named(&self) -> Value {
        let mut object = Map::new();
        object.insert("name".to_owned(), self.name.clone().into());
        object.extend(self.server.as_object().cloned().unwrap_or_default());
        if !self.inputs.is_empty() {
            object.insert("inputs".to_owned(), self.inputs.clone().into());
        }
        object.into()
    }
}

impl Client {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Client::Claude => "claude",
            Client::VsCode => "vscode",
            Client::Cursor => "cursor",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Client::Claude => "Claude Code",
            Client::VsCode => "VS Code",
            Client::Cursor => "Cursor",
        }
    }

    /// The file that holds this user's servers; none where there is no home.
    pub(super) fn file(self) -> Option<PathBuf> {
        let home = || env("HOME").map(PathBuf::from);
        match self {
            Client::Claude => {
                env("CLAUDE_CONFIG_DIR").map(PathBuf::from).or_else(home).map(|dir| dir.join(".claude.json"))
            }
            Client::VsCode if cfg!(target_os = "macos") => {
                home().map(|home| home.join("Library/Application Support/Code/User/mcp.json"))
            }
            Client::VsCode => env("XDG_CONFIG_HOME")
                .map(PathBuf::from)
                .or_else(|| home().map(|home| home.join(".config")))
                .map(|base| base.join("Code/User/mcp.json")),
            Client::Cursor => home().map(|home| home.join(".cursor/mcp.json")),
        }
    }

    /// What it is to be told.
    pub(super) fn entry(self, name: &str, gateway: &Gateway, key: &Key) -> Entry {
        let input = format!("{name}-key");
        let (reference, mut inputs) = match (self, key) {
            (_, Key::Written(key)) => (key.clone(), vec![]),
            (Client::Claude, Key::Asked) => ("${NCGATE_KEY}".to_owned(), vec![]),
            (Client::Cursor, Key::Asked) => ("${env:NCGATE_KEY}".to_owned(), vec![]),
            (Client::VsCode, Key::Asked) => (
                format!("${{input:{input}}}"),
                vec![json!({
                    "type": "promptString",
                    "id": input,
                    "description": "Key of the ncgate gateway (ncg_…)",
                    "password": true,
                })],
            ),
        };
        let mut server = Map::new();
        match gateway {
            Gateway::Remote(url) => {
                // Cursor goes by the members, the others by the type.
                if self != Client::Cursor {
                    server.insert("type".to_owned(), "http".into());
                }
                server.insert("url".to_owned(), url.as_str().into());
                server
                    .insert("headers".to_owned(), json!({ "Authorization": format!("Bearer {reference}") }));
            }
            Gateway::Local { program, state, connection } => {
                server.insert("type".to_owned(), "stdio".into());
                server.insert("command".to_owned(), program.as_str().into());
                let connection = connection.iter().flat_map(|name| ["--connection", name]);
                let args: Vec<&str> = ["mcp"].into_iter().chain(connection).collect();
                server.insert("args".to_owned(), args.into());
                let state = state.iter().map(|dir| ("NCGATE_STATE".to_owned(), Value::from(dir.as_str())));
                let mut variables: Map<String, Value> = state.collect();
                match key {
                    Key::Written(key) => {
                        variables.insert("NCGATE_KEY".to_owned(), key.as_str().into());
                    }
                    // The built-in agent stands in where the environment brings no key.
                    Key::Asked => inputs.clear(),
                }
                if !variables.is_empty() {
                    server.insert("env".to_owned(), variables.into());
                }
            }
        }
        let section = if self == Client::VsCode { "servers" } else { "mcpServers" };
        Entry { section, name: name.to_owned(), server: server.into(), inputs }
    }

    /// The client's own command that does the same, where it has one.
    pub(super) fn command(self, entry: &Entry) -> Option<String> {
        match self {
            Client::Claude => Some(format!(
                "claude mcp add-json --scope user {} {}",
                entry.name,
                quoted(&entry.server.to_string())
            )),
            Client::VsCode => Some(format!("code --add-mcp {}", quoted(&entry.named().to_string()))),
            Client::Cursor => None,
        }
    }

    /// A link that does the same, where the client takes one.
    pub(super) fn link(self, entry: &Entry) -> Option<String> {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        match self {
            Client::Claude => None,
            Client::VsCode => Some(format!("vscode:mcp/install?{}", encoded(&entry.named().to_string()))),
            Client::Cursor => Some(format!(
                "cursor://anysphere.cursor-deeplink/mcp/install?name={}&config={}",
                encoded(&entry.name),
                encoded(&STANDARD.encode(entry.server.to_string()))
            )),
        }
    }

    /// What is left to do about the key of a remote gateway.
    pub(super) fn about_the_key(self) -> &'static str {
        match self {
            Client::Claude => {
                "ncgate: the key was not written; Claude Code takes it from NCGATE_KEY in its environment."
            }
            Client::VsCode => {
                "ncgate: the key was not written; VS Code asks for it when it first starts the server."
            }
            Client::Cursor => {
                "ncgate: the key was not written; Cursor takes it from NCGATE_KEY in its environment."
            }
        }
    }
}

/// One word for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
