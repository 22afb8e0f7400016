//! Asking for a tool from the command line: flags made of the tool's schema, waiting for a decision, the exit code
//! that the answer stands for, and lists written to files page by page.

mod file;
mod flags;
mod wait;

pub(crate) use file::each_page;
pub(crate) use flags::{arguments, command};
pub(crate) use wait::{Wait, request};
pub(crate) use web::rows::cell;

use crate::app::App;
use crate::exit::{Ended, Exit, defect, usage};
use crate::gateway::Gateway;
use crate::proof::Actor;
use clap::Args;
use model::{Kind, Problem};
use serde_json::{Map, Value};
use std::path::PathBuf;
use wait::ask;

/// What `call` takes besides the tool's own arguments.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Choices {
    /// The arguments as a JSON object, or - to read it from standard input; single flags come on top
    #[arg(long, value_name = "JSON", help_heading = "How to call")]
    pub(crate) input: Option<String>,
    /// Wait for a held call until it is over, or that many seconds
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "for-ever",
        help_heading = "How to call"
    )]
    pub(crate) wait: Option<Wait>,
    /// Write every page of a list to a file: .csv or .jsonl
    #[arg(long, value_name = "FILE", help_heading = "How to call")]
    pub(crate) output: Option<PathBuf>,
}

impl Choices {
    /// These choices, each taken from `before` where it is not given here.
    pub(crate) fn or(self, before: Choices) -> Choices {
        Choices {
            input: self.input.or(before.input),
            wait: self.wait.or(before.wait),
            output: self.output.or(before.output),
        }
    }

    /// The arguments given whole, to which single flags are added.
    ///
    /// # Errors
    /// What is no JSON object.
    pub(crate) fn whole(&self) -> Result<Map<String, Value>, Problem> {
        match json_of(self.input.as_deref())? {
            None => Ok(Map::new()),
            Some(Value::Object(members)) => Ok(members),
            Some(_) => {
                Err(usage("--input is JSON, but no object").hint("write it like '{\"customer\": \"Acme\"}'"))
            }
        }
    }
}

/// The JSON in `--input`, which is `-` where it comes on standard input.
///
/// # Errors
/// What is no JSON.
pub(crate) fn json_of(input: Option<&str>) -> Result<Option<Value>, Problem> {
    let text = match input {
        None => return Ok(None),
        Some("-") => std::io::read_to_string(std::io::stdin())
            .map_err(|error| defect("standard input can't be read", &error))?,
        Some(text) => text.to_owned(),
    };
    serde_json::from_str(&text).map(Some).map_err(|error| usage(format!("--input is not JSON: {error}")))
}

/// The tool of this name.
///
/// # Errors
/// [`Kind::UnknownTool`], with the nearest name there is.
pub(crate) fn find(name: &str) -> Result<&'static catalog::Entry, Problem> {
    catalog::find(name).ok_or_else(|| {
        let names =
            catalog::TOOLS.iter().flat_map(|tool| std::iter::once(tool.record.name).chain(tool.record.alias));
        let near = |known: &&str| strsim::jaro_winkler(known.trim_start_matches("n_central-"), name);
        let nearest = names.max_by(|a, b| near(a).total_cmp(&near(b)));
        Problem::new(Kind::UnknownTool, format!("there is no tool `{}`", model::text::clean(name, false)))
            .hint(match nearest {
                Some(nearest) => format!("`ncgate tools` lists them all; the nearest is {nearest}"),
                None => "`ncgate tools` lists them all".to_owned(),
            })
    })
}

/// Asks for the tool, shows what came of it, and ends with the exit code that stands for it.
pub(crate) async fn run(
    app: &App,
    tool: &'static catalog::Entry,
    arguments: Map<String, Value>,
    choices: &Choices,
) -> Ended {
    let format = choices.output.as_deref().map(file::format_of).transpose()?;
    if choices.output.is_some() && tool.record.effect.writes() {
        return Err(usage(format!("{} answers no list", tool.record.name)).hint("leave --output out"));
    }
    let gateway = Gateway::enter(app, Actor::Caller).await?;
    let ended = async {
        if let (Some(path), Some(format)) = (&choices.output, format) {
            let written = file::write(&gateway, tool, arguments, path, format).await?;
            app.output.answer(&written);
            return Ok(Exit::DONE);
        }
        let reply = ask(app, &gateway, tool, arguments, choices.wait).await?;
        app.output.answer(&reply.body);
        Ok(exit_of(tool, &reply.body, reply.is_waiting()))
    }
    .await;
    gateway.leave().await;
    ended
}

/// The exit code that an answer stands for. What a look-up found is no outcome, whatever its members are called.
fn exit_of(tool: &catalog::Entry, answer: &Value, waiting: bool) -> Exit {
    if waiting {
        return Exit::WAITING;
    }
    let outcome =
        |member: &str| answer[member].as_str().and_then(|word| word.parse().ok()).map(Exit::of_outcome);
    if tool.record.effect.writes() {
        return outcome("status").unwrap_or(Exit::DONE);
    }
    if tool.record.name != "n_central-get-approval" {
        return Exit::DONE;
    }
    match answer["state"].as_str() {
        Some("pending") => Exit::WAITING,
        Some("denied" | "expired" | "withdrawn") => Exit::REFUSED,
        _ => outcome("outcome").unwrap_or(Exit::WAITING),
    }
}
