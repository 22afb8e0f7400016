//! `man`: the manual pages, made from the same text as `--help`.

use crate::app::App;
use crate::cli::Cli;
use crate::exit::{Ended, Exit, defect};
use clap::{Args, CommandFactory};
use serde_json::json;
use std::path::PathBuf;

/// Write the manual pages into a directory
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  ncgate man ~/.local/share/man/man1 && man ncgate-serve")]
pub(crate) struct Man {
    /// The directory; made where it is not there
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Man {
    pub(crate) fn run(self, app: &App) -> Ended {
        let failed = |error| defect(&self.directory.display().to_string(), &error);
        std::fs::create_dir_all(&self.directory).map_err(failed)?;
        clap_mangen::generate_to(Cli::command(), &self.directory).map_err(failed)?;
        app.output.answer(&json!({ "directory": self.directory }));
        Ok(Exit::DONE)
    }
}
