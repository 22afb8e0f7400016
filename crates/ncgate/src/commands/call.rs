//! `call`: any tool of the catalogue, its flags made of its schema.

use crate::app::{App, Global};
use crate::call::{self, Choices};
use crate::exit::Ended;
use clap::error::ErrorKind;
use clap::{Args, FromArgMatches, Subcommand};

/// Call a tool
///
/// `ncgate call TOOL --help` shows the flags of that tool. A call that needs a person exits 3 and says how to decide
/// it; --wait waits for that. Lists of any length go to a file with --output.
#[derive(Args, Debug)]
#[command(
    override_usage = "ncgate call [OPTIONS] TOOL [--ARG VALUE]...",
    subcommand_value_name = "TOOL",
    subcommand_help_heading = "Tools",
    after_help = "\
Examples:
  ncgate call list_devices --customer Acme --search FS
  ncgate call list_active_issues --customer Acme --output issues.csv
  ncgate call n_central-run-direct-task --device-ids 1001,1002 --script \"Clean up disk\" --wait
  ncgate call n_central-get-device --input '{\"device\": \"ACME-FS01\"}'"
)]
pub(crate) struct Call {
    #[command(flatten)]
    choices: Choices,
    #[command(subcommand)]
    tool: Tool,
}

#[derive(Subcommand, Debug)]
enum Tool {
    #[command(external_subcommand)]
    Named(Vec<String>),
}

impl Call {
    pub(crate) async fn run(self, app: &App) -> Ended {
        let Tool::Named(words) = self.tool;
        let Some((name, rest)) = words.split_first() else {
            return Err(crate::exit::usage("no tool was named"));
        };
        let tool = call::find(name)?;
        let given = call::command(tool, name).try_get_matches_from(rest).unwrap_or_else(|error| error.exit());
        let parsed =
            Choices::from_arg_matches(&given).and_then(|c| Ok((c, Global::from_arg_matches(&given)?)));
        let (choices, global) = parsed.map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp => error.exit(),
            _ => crate::exit::usage(error.to_string()),
        })?;
        let choices = choices.or(self.choices);
        let app = App { output: app.output.or_json(global.json), global: global.or(&app.global) };
        let arguments = call::arguments(tool, &given, choices.whole()?)?;
        call::run(&app, tool, arguments, &choices).await
    }
}
