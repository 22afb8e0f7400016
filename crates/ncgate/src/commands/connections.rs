//! `connect`, `connections`, `disconnect`: the N-central servers behind the gateway.

use crate::app::App;
use crate::exit::{Ended, Exit, defect};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use crate::{settings, terminal, waiting};
use clap::Args;
use model::{Kind, Preset, Problem};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
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
}

impl Connect {
    pub(crate) async fn run(self, app: &App) -> Ended {
        let ca = self.ca.as_ref().map(std::fs::read_to_string).transpose().map_err(|error| {
            let path = self.ca.as_deref().unwrap_or_else(|| "".as_ref());
            defect(&format!("the certificate authority {} can't be read", path.display()), &error)
        })?;
        let gateway = Gateway::enter(app, Actor::Person).await?;
        let connected = self.connect(&gateway, ca).await;
        gateway.leave().await;
        let mut connection = connected?;
        if let Some(notices) = connection.as_object_mut().and_then(|members| members.remove("notices")) {
            for notice in notices.as_array().into_iter().flatten().filter_map(Value::as_str) {
                app.output.say(&format!("note: {notice}"));
            }
        }
        app.output.answer(&connection);
        Ok(Exit::DONE)
    }

    async fn connect(self, gateway: &Gateway, ca: Option<String>) -> Result<Value, Problem> {
        let name = self.name;
        let known = gateway.all(Request::get(&["connections"])).await?;
        let existing = known.iter().find(|one| name.is_some() && one["name"].as_str() == name.as_deref());
        let jwt = jwt()?;
        let mut body = Map::new();
        body.insert("jwt".into(), jwt.expose_secret().into());
        body.extend(ca.map(|pem| ("ca".to_owned(), Value::from(pem))));
        let what = format!("Connecting to {}", self.address);
        let Some(existing) = existing else {
            body.insert("url".into(), self.address.into());
            body.extend(name.map(|name| ("name".to_owned(), Value::from(name))));
            body.extend(self.preset.map(|preset| ("preset".to_owned(), Value::from(preset.as_str()))));
            return waiting::on(what, gateway.ask(&Request::post(&["connections"], body.into()))).await;
        };
        let same = existing["url"].as_str().map(bare) == Some(bare(&self.address));
        if !same {
            return Err(Problem::new(
                Kind::Conflict,
                format!(
                    "there is a connection of that name already, to {}",
                    existing["url"].as_str().unwrap_or("?")
                ),
            )
            .hint("choose another name, or disconnect that one first"));
        }
        let id = existing["id"].as_str().unwrap_or_default();
        waiting::on(what, gateway.ask(&Request::put(&["connections", id], body.into()))).await
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

/// Remove a connection, its sealed JWT and its policies
#[derive(Args, Debug)]
pub(crate) struct Disconnect {
    /// The connection's name
    name: String,
}

impl Disconnect {
    pub(crate) async fn run(self, app: &App) -> Ended {
        Gateway::with(app, Actor::Person, async |gateway| {
            gateway.ask(&Request::delete(&["connections", &self.name])).await
        })
        .await?;
        app.output.answer(&serde_json::json!({ "disconnected": self.name }));
        Ok(Exit::DONE)
    }
}
