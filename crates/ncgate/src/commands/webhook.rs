//! `webhook`: what happens, told to other programs and to chats.

use crate::app::App;
use crate::exit::{Ended, Exit};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use crate::{settings, terminal};
use clap::{Args, Subcommand, ValueEnum};
use model::Problem;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Tell other programs and chats what happens
#[derive(Args, Debug)]
pub(crate) struct Webhook {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    Add(Add),
    /// List the webhooks, how they fare, and what waits for them
    List,
    /// Show one webhook
    Show {
        /// Its name or id
        name: String,
    },
    Change(Change),
    /// Send a test message, and tell what came of it
    Test {
        /// Its name or id
        name: String,
    },
    /// Send nothing to a webhook any more, and keep what waits for it
    Disable {
        /// Its name or id
        name: String,
    },
    /// Send to a webhook again, what waits for it first
    Enable {
        /// Its name or id
        name: String,
    },
    /// Make another signing secret; the one before signs as well for 24 hours
    Rotate {
        /// Its name or id
        name: String,
    },
    /// Remove a webhook with all that waits for it
    Remove {
        /// Its name or id
        name: String,
    },
    /// List what was delivered to a webhook, and what was not, newest first
    Deliveries {
        /// Its name or id
        name: String,
        /// Only those in this state
        #[arg(long)]
        state: Option<State>,
        /// How many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
    /// Deliver a message again, under the id it had
    Redeliver {
        /// The webhook's name or id
        name: String,
        /// The delivery's id, as `webhook deliveries` shows it
        delivery: String,
    },
}

/// Make a webhook, and show its signing secret once
///
/// Its URL is asked for without being shown, or read from standard input or NCGATE_WEBHOOK_URL; it is never an
/// argument, because the URL of a chat is as good as a password. `--connection` narrows it to one connection.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate webhook add --name jobs --events approval.decided,call.finished --caller nightly < url.txt
  ncgate webhook add --name on-call --format slack --events approval.requested < url.txt")]
struct Add {
    /// What people will call it
    #[arg(long, value_name = "NAME")]
    name: String,
    /// The form of its messages
    #[arg(long, default_value = "standard")]
    format: Format,
    #[command(flatten)]
    filter: Filter,
    /// Let it lead into a private network or to this machine
    #[arg(long)]
    allow_private: bool,
}

/// Change what a webhook is told of, its name or its URL
#[derive(Args, Debug)]
struct Change {
    /// Its name or id
    name: String,
    /// Another name
    #[arg(long, value_name = "NAME")]
    rename: Option<String>,
    /// Ask for another URL, as `webhook add` does
    #[arg(long)]
    new_url: bool,
    #[command(flatten)]
    filter: Filter,
    /// Whether it may lead into a private network or to this machine
    #[arg(long, value_name = "BOOL")]
    allow_private: Option<bool>,
}

#[derive(Args, Debug)]
struct Filter {
    /// What it is told of, separated by commas; everything where it is left out
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    events: Option<Vec<String>>,
    /// The one key or person whose calls it is told of, by name or id
    #[arg(long, value_name = "CALLER")]
    caller: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Standard,
    Slack,
    Teams,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum State {
    Pending,
    Delivered,
    Failed,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Delivered => "delivered",
            State::Failed => "failed",
        }
    }
}

impl Webhook {
    pub(crate) async fn run(self, app: &App) -> Ended {
        match self.action {
            Action::Add(add) => add.run(app).await,
            Action::List => list(app).await,
            Action::Show { name } => say(app, Request::get(&["webhooks", &name])).await,
            Action::Change(change) => change.run(app).await,
            Action::Test { name } => test(app, &name).await,
            Action::Disable { name } => enable(app, &name, false).await,
            Action::Enable { name } => enable(app, &name, true).await,
            Action::Rotate { name } => {
                let rotated = ask(app, Request::post(&["webhooks", &name, "rotate"], json!({}))).await?;
                tell_secret(app, &rotated);
                Ok(Exit::DONE)
            }
            Action::Remove { name } => {
                ask(app, Request::delete(&["webhooks", &name])).await?;
                app.output.answer(&json!({ "removed": name }));
                Ok(Exit::DONE)
            }
            Action::Deliveries { name, state, limit } => {
                let wanted =
                    Request::get(&["webhooks", &name, "deliveries"]).query("state", state.map(State::as_str));
                deliveries(app, wanted, limit).await
            }
            Action::Redeliver { name, delivery } => {
                let path = ["webhooks", &name, "deliveries", &delivery, "redeliver"];
                say(app, Request::post(&path, json!({}))).await
            }
        }
    }
}

impl Add {
    async fn run(self, app: &App) -> Ended {
        let body = json!({
            "name": self.name,
            "url": url()?.expose_secret(),
            "format": self.format,
            "events": self.filter.events,
            "caller": self.filter.caller,
            "connection": app.global.connection,
            "allow_private": self.allow_private,
        });
        let made = ask(app, Request::post(&["webhooks"], body)).await?;
        tell_secret(app, &made);
        Ok(Exit::DONE)
    }
}

impl Change {
    async fn run(self, app: &App) -> Ended {
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                body.insert(name.to_owned(), value);
            }
        };
        put("name", json!(self.rename));
        put("events", json!(self.filter.events));
        put("caller", json!(self.filter.caller));
        put("connection", json!(app.global.connection));
        put("allow_private", json!(self.allow_private));
        if self.new_url {
            put("url", json!(url()?.expose_secret()));
        }
        say(app, Request::put(&["webhooks", &self.name], Value::Object(body))).await
    }
}

async fn ask(app: &App, request: Request) -> Result<Value, Problem> {
    Gateway::with(app, Actor::Person, async |gateway| gateway.ask(&request).await).await
}

async fn say(app: &App, request: Request) -> Ended {
    let answer = ask(app, request).await?;
    app.output.answer(&answer);
    Ok(Exit::DONE)
}

async fn enable(app: &App, name: &str, enabled: bool) -> Ended {
    say(app, Request::put(&["webhooks", name], json!({ "enabled": enabled }))).await
}

async fn test(app: &App, name: &str) -> Ended {
    let tested = ask(app, Request::post(&["webhooks", name, "test"], json!({}))).await?;
    app.output.answer(&tested);
    Ok(if tested["delivered"] == true { Exit::DONE } else { Exit::FAILED })
}

async fn list(app: &App) -> Ended {
    let list =
        Gateway::with(app, Actor::Person, async |gateway| gateway.all(Request::get(&["webhooks"])).await);
    let columns = [
        ("Name", "name"),
        ("Format", "format"),
        ("URL", "url"),
        ("State", "state"),
        ("Waiting", "waiting"),
        ("Last delivered", "last_delivered_at"),
        ("Last error", "last_error"),
    ];
    app.output.list(list.await?, &columns);
    Ok(Exit::DONE)
}

async fn deliveries(app: &App, request: Request, limit: usize) -> Ended {
    let list = Gateway::with(app, Actor::Person, async |gateway| gateway.some(request.clone(), limit).await);
    let columns = [
        ("Event", "event"),
        ("State", "state"),
        ("Attempts", "attempts"),
        ("Happened", "created_at"),
        ("Next attempt", "next_attempt_at"),
        ("Error", "error"),
        ("Id", "id"),
    ];
    app.output.list(list.await?, &columns);
    Ok(Exit::DONE)
}

fn tell_secret(app: &App, made: &Value) {
    app.output.answer(made);
    if !app.output.is_json() && made["secret"].is_string() {
        app.output
            .say("This is the only time that the secret is shown. The receiver checks signatures with it.");
    }
}

fn url() -> Result<SecretString, Problem> {
    match settings::env("NCGATE_WEBHOOK_URL") {
        Some(url) => Ok(url.into()),
        None => terminal::hand_over("URL of the webhook: ", "URL"),
    }
}
