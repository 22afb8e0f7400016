//! `connect`, `connections`, `disconnect`: the N-central servers behind the gateway.

use crate::app::App;
use crate::exit::{Ended, Exit, defect, usage};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use crate::{settings, shape, terminal, waiting};
use clap::Args;
use model::{Kind, Preset, Problem};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Connect an N-central server, or give a connection a new JWT
///
/// The JWT is asked for without being shown, or read from standard input or NCGATE_NCENTRAL_JWT; it is never an
/// argument. A connection of that name with the same URL gets the new JWT and keeps its policies.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate connect https://ncentral.example.com
  ncgate connect https://ncentral.example.com --name main --preset cautious < jwt.txt")]
pub(crate) struct Connect {
    /// Address of the server: https://, without a path
    #[arg(value_name = "URL")]
    address: String,
    /// What people will call it; made from the address where it is left out
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A private certificate authority, PEM
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The policies to start with: standard, cautious or read-only
    #[arg(long, value_name = "PRESET")]
    preset: Option<Preset>,
    /// Nothing takes a JWT from here; it is only told so.
    #[arg(long, hide = true, num_args = 0..=1)]
    jwt: Option<Option<SecretString>>,
}

impl Connect {
    pub(crate) async fn run(self, app: &App) -> Ended {
        if self.jwt.is_some() {
            return Err(usage("a JWT is not taken from the command line, where others can read it").hint(
                "leave --jwt out: it is asked for, or read from standard input or NCGATE_NCENTRAL_JWT; a real one \
                 that was typed here may be in the shell's history, so generate a new one",
            ));
        }
        let ca = self.ca.as_ref().map(std::fs::read_to_string).transpose().map_err(|error| {
            let path = self.ca.as_deref().unwrap_or_else(|| "".as_ref());
            defect(&format!("the certificate authority {} can't be read", path.display()), &error)
        })?;
        let gateway = Gateway::enter(app, Actor::Person).await?;
        let connected = self.connect(app, &gateway, ca).await;
        gateway.leave().await;
        app.output.show(&connected?, |connection| {
            let mut shown = connection.clone();
            let notices = shown.as_object_mut().and_then(|members| members.remove("notices"));
            for notice in notices.iter().flat_map(|notices| notices.as_array()).flatten() {
                app.output.say(&format!("Note: {}", shape::text(notice)));
            }
            shape::of(&shown)
        });
        Ok(Exit::DONE)
    }

    async fn connect(self, app: &App, gateway: &Gateway, ca: Option<String>) -> Result<Value, Problem> {
        let known = gateway.all(Request::get(&["connections"])).await?;
        let same_server = |one: &Value| one["url"].as_str().map(bare) == Some(bare(&self.address));
        let existing = known.iter().find(|one| match &self.name {
            Some(name) => one["name"] == name.as_str(),
            None => same_server(one),
        });
        if let Some(other) = existing.filter(|one| !same_server(one)) {
            let url = shape::text(&other["url"]);
            return Err(Problem::new(
                Kind::Conflict,
                format!("there is a connection of that name already, to {url}"),
            )
            .hint("choose another name, or remove that one first (`ncgate disconnect NAME --remove`)"));
        }
        if existing.is_some() && self.preset.is_some() {
            app.output.say(
                "Note: the connection keeps the policies it has; `ncgate policy preset` starts them over.",
            );
        }
        let mut body = Map::new();
        body.insert("jwt".into(), jwt()?.expose_secret().into());
        body.extend(ca.map(|pem| ("ca".to_owned(), Value::from(pem))));
        let what = format!("Connecting to {}", self.address);
        let request = match existing {
            Some(existing) => {
                let id = existing["id"].as_str().unwrap_or_default();
                Request::put(&["connections", id], body.into())
            }
            None => {
                body.insert("url".into(), self.address.into());
                body.extend(self.name.map(|name| ("name".to_owned(), Value::from(name))));
                body.extend(self.preset.map(|preset| ("preset".to_owned(), Value::from(preset.as_str()))));
                Request::post(&["connections"], body.into())
            }
        };
        waiting::on(what, gateway.ask(&request)).await
    }
}

/// An address as two people write the same one.
fn bare(url: &str) -> String {
    url.trim_end_matches('/').to_ascii_lowercase()
}

fn jwt() -> Result<SecretString, Problem> {
    match settings::env("NCGATE_NCENTRAL_JWT") {
        Some(jwt) => Ok(jwt.into()),
        None => terminal::hand_over("JWT (User-API token; it is not shown): ", "JWT"),
    }
}

/// List the connections and their health
#[derive(Args, Debug)]
pub(crate) struct Connections {}

impl Connections {
    pub(crate) async fn run(self, app: &App) -> Ended {
        let list = Gateway::with(app, Actor::Person, async |gateway| {
            gateway.all(Request::get(&["connections"])).await
        });
        let columns = [
            ("Name", "name"),
            ("State", "state"),
            ("Address", "url"),
            ("Version", "server_version"),
            ("User", "user"),
            ("Reason", "reason"),
        ];
        app.output.list(list.await?, &columns);
        Ok(Exit::DONE)
    }
}

/// Disconnect an N-central server, or remove the connection for good
///
/// Disconnecting forgets the JWT and every token: no call reaches the server until `ncgate connect` gives a new JWT.
/// Policies, scripts and keys are kept. With --remove they are gone for good, the connection's keys stop working, and
/// what waits for it is refused; its record is kept.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate disconnect main
  ncgate disconnect main --remove --confirm main")]
pub(crate) struct Disconnect {
    /// The connection's name
    name: String,
    /// Remove the connection with its policies and scripts
    #[arg(long)]
    remove: bool,
    /// What has to be typed to remove it: its name; asked for on a terminal
    #[arg(long, value_name = "NAME", requires = "remove")]
    confirm: Option<String>,
}

impl Disconnect {
    pub(crate) async fn run(self, app: &App) -> Ended {
        let answer = Gateway::with(app, Actor::Person, async |gateway| {
            if !self.remove {
                return gateway
                    .ask(&Request::post(&["connections", &self.name, "disconnect"], json!({})))
                    .await;
            }
            let connection = gateway.ask(&Request::get(&["connections", &self.name])).await?;
            confirmed(&connection["name"], self.confirm.as_deref())?;
            gateway
                .ask(&Request::delete(&["connections", connection["id"].as_str().unwrap_or_default()]))
                .await?;
            Ok(json!({ "removed": connection["name"] }))
        })
        .await?;
        app.output.answer(&answer);
        Ok(Exit::DONE)
    }
}

/// Refuses to go on unless the person has named the connection that will be gone.
fn confirmed(name: &Value, given: Option<&str>) -> Result<(), Problem> {
    let shown = model::text::clean(name.as_str().unwrap_or_default(), false);
    let hint = format!("give its name as --confirm \"{shown}\"");
    let refused = |message: &str| Problem::new(Kind::WrongConfirmation, message).hint(&hint);
    let typed = match given {
        Some(given) => given.to_owned(),
        None => terminal::ask(&format!(
            "This removes the connection, its policies and its scripts for good. Type {shown} to remove it: "
        ))
        .map_err(|_| refused("nothing was removed: it is for good, so the connection's name is asked for"))?,
    };
    if name.as_str() == Some(typed.trim()) {
        return Ok(());
    }
    Err(refused("nothing was removed: the name is not that of this connection"))
}
