//! `install`: telling an MCP client about this gateway. What it prints can be put in place by hand; what it writes goes
//! into the client's own file, beside everything that is there, after a copy of it was put aside.

mod clients;
mod file;

use crate::app::App;
use crate::exit::{Ended, Exit, defect, usage};
use crate::settings::env;
use clap::{Args, ValueEnum};
use clients::{Client, Gateway, Key};
use model::{Kind, Problem};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Tell an MCP client how to reach the gateway
///
/// Without a gateway's address the client starts `ncgate mcp` itself; with --url (or NCGATE_URL) it is told that address.
/// The key is not written: the client asks for it, or takes it from NCGATE_KEY in its own environment. What the file
/// said before is kept beside it, with `.before-ncgate` behind its name.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate install claude
  ncgate install vscode --url https://ncgate.example.com --print
  ncgate install cursor --url https://ncgate.example.com --file .cursor/mcp.json")]
pub(crate) struct Install {
    /// The client
    #[arg(value_enum)]
    client: ClientName,
    /// Show the entry and write nothing
    #[arg(long)]
    print: bool,
    /// The name that the client knows the gateway by
    #[arg(long, value_name = "NAME", default_value = "ncgate", value_parser = name)]
    name: String,
    /// The file, where it is not the user's own (a project's, for instance)
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Write the key in NCGATE_KEY into the file, for whoever can read that to use
    #[arg(long)]
    with_key: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ClientName {
    /// Claude Code
    Claude,
    /// Visual Studio Code
    Vscode,
    /// Cursor
    Cursor,
}

impl Install {
    pub(crate) fn run(self, app: &App) -> Ended {
        let client = match self.client {
            ClientName::Claude => Client::Claude,
            ClientName::Vscode => Client::VsCode,
            ClientName::Cursor => Client::Cursor,
        };
        let gateway = gateway(app)?;
        let key = match (self.with_key, env("NCGATE_KEY")) {
            (true, None) => return Err(usage("--with-key writes the key in NCGATE_KEY, which is not set")),
            (true, Some(key)) => Key::Written(key),
            // The client hands its environment on to what it starts; a local agent needs no key at all.
            (false, _) => Key::Asked,
        };
        let entry = client.entry(&self.name, &gateway, &key);
        let path = match &self.file {
            Some(path) => path.clone(),
            None => client.file().ok_or_else(|| {
                usage(format!("it is not known where {} keeps its servers: HOME is not set", client.title()))
                    .hint("name the file with --file")
            })?,
        };
        if self.print {
            let answer = json!({
                "client": client.as_str(),
                "file": path,
                "config": entry.document(),
                "command": client.command(&entry),
                "link": client.link(&entry),
            });
            app.output.show(&answer, |answer| shown(client, answer));
            return Ok(Exit::DONE);
        }
        if self.file.is_none() && !path.parent().is_some_and(std::path::Path::is_dir) {
            return Err(Problem::new(
                Kind::NotFound,
                format!("{} is not set up for this user: {} is not there", client.title(), path.display()),
            )
            .hint("start it once, name its file with --file, or see what to put where with --print"));
        }
        let written = file::merge(&path, &entry)?;
        let answer = json!({
            "client": client.as_str(),
            "file": path,
            "status": written.status,
            "before": written.before,
        });
        app.output.answer(&answer);
        if matches!(key, Key::Asked) && matches!(gateway, Gateway::Remote(_)) {
            app.output.say(client.about_the_key());
        }
        Ok(Exit::DONE)
    }
}

/// The gateway as a client on this machine reaches it.
fn gateway(app: &App) -> Result<Gateway, Problem> {
    if let Some(url) = app.global.remote() {
        // Refuses what could not be used anyhow, with the message that every other command gives.
        crate::rest::Rest::remote(&url)?;
        return Ok(Gateway::Remote(format!("{}/mcp", url.trim_end_matches('/'))));
    }
    let program =
        std::env::current_exe().map_err(|error| defect("this program's own file is not known", &error))?;
    let state = app.global.state.clone().or_else(|| env("NCGATE_STATE").map(PathBuf::from));
    let state = state.map(std::path::absolute).transpose();
    Ok(Gateway::Local {
        program: program.display().to_string(),
        state: state
            .map_err(|error| defect("the state directory", &error))?
            .map(|path| path.display().to_string()),
        connection: app.global.connection.clone(),
    })
}

/// What a person does with it.
fn shown(client: Client, answer: &Value) -> String {
    let mut text = format!(
        "{} reads {}; put this there:\n\n{:#}",
        client.title(),
        answer["file"].as_str().unwrap_or_default(),
        answer["config"]
    );
    for (way, member) in [("Or run", "command"), ("Or open", "link")] {
        if let Some(said) = answer[member].as_str() {
            text.push_str(&format!("\n\n{way}:\n  {said}"));
        }
    }
    text
}

/// Clients build tools' names of it, and some cut or drop long ones.
fn name(text: &str) -> Result<String, String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    if text.is_empty() || text.len() > 20 || !text.chars().all(fits) {
        return Err("a name has 1 to 20 letters, digits, `-` or `_`".to_owned());
    }
    Ok(text.to_owned())
}
