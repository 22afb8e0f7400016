//! What every command is given: the options that hold for all of them, and where to show what.

use crate::output::Output;
use crate::settings;
use clap::Args;
use model::{Kind, Problem};
use std::path::PathBuf;

/// The options that every command takes.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Global {
    /// State directory [env: NCGATE_STATE] [default: $XDG_STATE_HOME/ncgate]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub(crate) state: Option<PathBuf>,
    /// A remote gateway; no state directory is needed then [env: NCGATE_URL]
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    pub(crate) url: Option<String>,
    /// The connection meant, where there are several
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    pub(crate) connection: Option<String>,
    /// JSON, even on a terminal
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
}

impl Global {
    /// These options, each taken from `before` where it is not given here.
    pub(crate) fn or(self, before: &Global) -> Global {
        Global {
            state: self.state.or_else(|| before.state.clone()),
            url: self.url.or_else(|| before.url.clone()),
            connection: self.connection.or_else(|| before.connection.clone()),
            json: self.json || before.json,
        }
    }

    /// The remote gateway that was named, if one was.
    pub(crate) fn remote(&self) -> Option<String> {
        self.url.clone().or_else(|| settings::env("NCGATE_URL"))
    }

    /// The state directory.
    ///
    /// # Errors
    /// When none is named and there is no home to put one in.
    pub(crate) fn state_dir(&self) -> Result<PathBuf, Problem> {
        let named = self.state.clone().or_else(|| settings::env("NCGATE_STATE").map(PathBuf::from));
        let in_xdg = || settings::env("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let in_home = || settings::env("HOME").map(|home| PathBuf::from(home).join(".local/state"));
        named.or_else(|| in_xdg().or_else(in_home).map(|base| base.join("ncgate"))).ok_or_else(|| {
            Problem::new(
                Kind::BadRequest,
                "there is no place for the state: neither HOME nor XDG_STATE_HOME is set",
            )
            .hint("name a directory with --state or NCGATE_STATE")
        })
    }
}

/// What every command is given.
pub(crate) struct App {
    /// The options that hold for all commands.
    pub(crate) global: Global,
    /// Where to show what.
    pub(crate) output: Output,
}
