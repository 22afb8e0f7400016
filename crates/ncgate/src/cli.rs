//! The command line as a whole: the options that hold everywhere, and the one command.

use crate::app::Global;
use crate::commands::Command;
use clap::Parser;
use clap::error::{ContextKind, ContextValue};

/// The governed gateway between N-able N-central and everything that wants to act on it.
///
/// Nothing that changes a device or a customer happens unless a policy says so or an entitled person approved
/// exactly that call, and everything is on a record that can be verified.
#[derive(Parser, Debug)]
#[command(
    name = "ncgate",
    version,
    max_term_width = 110,
    disable_help_subcommand = true,
    after_help = "\
See it work:      ncgate demo
Start a gateway:  ncgate connect https://ncentral.example.com && ncgate serve
Ask something:    ncgate call list_devices --customer Acme --search FS

Exit codes: 0 done, 1 failed, 2 bad usage, 3 waiting for approval, 4 refused, 5 outcome unknown."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Reads the command line. Whoever names a tool where a command stands is told how it is called.
    pub(crate) fn read() -> Cli {
        Cli::try_parse().unwrap_or_else(|mut error| {
            let tool = match error.get(ContextKind::InvalidSubcommand) {
                Some(ContextValue::String(name)) => catalog::find(name).map(|_| name.clone()),
                _ => None,
            };
            if let Some(name) = tool {
                let tip = format!("it is a tool: ncgate call {name}").into();
                error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
                error.remove(ContextKind::SuggestedSubcommand);
            }
            error.exit()
        })
    }
}
