//! `completions`: what shells need to complete the command line.

use crate::cli::Cli;
use crate::exit::{Ended, Exit};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::io::Write;

/// Print the completions for a shell
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate completions bash > ~/.local/share/bash-completion/completions/ncgate
  ncgate completions zsh > ~/.zfunc/_ncgate
  ncgate completions fish > ~/.config/fish/completions/ncgate.fish")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Ended {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "ncgate", &mut script);
        // Whoever closed standard output does not want the rest.
        let _ = std::io::stdout().lock().write_all(&script);
        Ok(Exit::DONE)
    }
}
