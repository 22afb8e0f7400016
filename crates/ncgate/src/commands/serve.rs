//! `serve`: the gateway, for as long as it is let run.

use crate::app::App;
use crate::exit::{Ended, Exit, defect, usage};
use crate::host::{Host, listen, until_told};
use crate::settings::{Choices, Settings, env};
use crate::supervisor;
use clap::Args;
use gate::{Found, Gate, NewPerson};
use model::{Kind, Problem, Role, Source};
use secrecy::SecretString;
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// Run the gateway: dashboard at /, REST under /api/v1, MCP at /mcp
///
/// Every option can also be given in the environment, or in a TOML file by its name in snake case; options win over
/// the environment, the environment over the file. NCGATE_ADMIN_PASSWORD, or the file that
/// NCGATE_ADMIN_PASSWORD_FILE names, makes the user `admin` while there is no administrator; it has 8 characters or more.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate serve
  ncgate serve --listen 0.0.0.0:8080 --public-url https://ncgate.example.com --approval-ttl 4h")]
pub(crate) struct Serve {
    #[command(flatten)]
    choices: Choices,
    /// The file [env: NCGATE_CONFIG] [default: ncgate.toml in the state directory, where there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Serve {
    pub(crate) async fn run(self, app: &App) -> Ended {
        if app.global.url.is_some() {
            return Err(usage("`serve` runs a gateway here and takes no --url").hint("leave --url out"));
        }
        let state = app.global.state_dir()?;
        let settings = Settings::load(self.choices, self.config, &state)?;
        let owner = match settings.find(&state)? {
            Found::Free(owner) => owner,
            Found::Running(address) => {
                return Err(Problem::new(
                    Kind::Conflict,
                    format!("process {} serves this state already, at {}", address.pid, address.url),
                )
                .hint("use that one, end it first, or choose another state with --state"));
            }
        };
        let listener = listen(&settings.listen).await?;
        let watchers = match &settings.metrics_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let mut host = Host::open(owner, listener, &settings).await?;
        if let Some(watchers) = watchers {
            host.serve_watchers(watchers)?;
        }
        let ready = first_administrator(host.gate()).await;
        if let Ok(setup) = &ready {
            // Before anybody knows of it, so that whoever ends it at once ends it well.
            let told = until_told();
            show(app, &host, setup.as_deref());
            supervisor::told(supervisor::State::Ready);
            told.await;
            tracing::info!("going down; a second signal ends it at once");
            supervisor::told(supervisor::State::Stopping);
        }
        let drain = if ready.is_ok() { settings.drain() } else { Duration::ZERO };
        let ending = async {
            host.drain(drain).await;
            host.close().await;
        };
        tokio::select! {
            () = ending => ready.map(|_| Exit::DONE),
            () = until_told() => {
                tracing::warn!("told to end twice: what was under way is cut off, and taken up by the next start");
                Ok(Exit::FAILED)
            }
        }
    }
}

/// Says where it is: one line of JSON for a program, an address a line for a person.
fn show(app: &App, host: &Host, setup: Option<&str>) {
    let setup = setup.map(|token| format!("{}/setup/{token}", host.public_url()));
    let mut line = json!({ "url": host.url(), "mcp_url": format!("{}/mcp", host.url()) });
    if let Some(address) = &setup {
        line["setup_url"] = json!(address);
    }
    if let Some(address) = host.watchers_url() {
        line["metrics_url"] = json!(format!("{address}/metrics"));
    }
    app.output.show(&line, |_| {
        let first = setup.as_ref().map(|address| format!("Set up:    {address}\n")).unwrap_or_default();
        format!("{first}Dashboard: {}\nMCP:       {}/mcp\n\nCtrl-C ends it.", host.public_url(), host.url())
    });
}

/// Makes the first administrator where the environment has a password for one; else gives the token with which the
/// first administrator is made in a browser.
async fn first_administrator(gate: &Gate) -> Result<Option<String>, Problem> {
    if gate.has_administrator().await? {
        return Ok(None);
    }
    let Some(password) = password()? else {
        tracing::warn!(
            "there is no administrator yet, so every local command of this user administers; make one at the set-up \
             address, or with `ncgate user add NAME --role admin`"
        );
        return gate.offer_setup().await;
    };
    let admin = NewPerson { name: "admin".to_owned(), role: Role::Admin, password };
    let source = Source { face: "cli".to_owned(), ..Source::default() };
    gate.first_administrator(admin, source).await?;
    tracing::info!("made the user `admin`, with the password from the environment");
    Ok(None)
}

fn password() -> Result<Option<SecretString>, Problem> {
    if let Some(password) = env("NCGATE_ADMIN_PASSWORD") {
        return Ok(Some(password.into()));
    }
    let Some(path) = env("NCGATE_ADMIN_PASSWORD_FILE") else { return Ok(None) };
    let text =
        std::fs::read_to_string(&path).map_err(|error| defect(&format!("{path} can't be read"), &error))?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned().into()))
}
