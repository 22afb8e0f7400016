//! The workshop: what builds, checks and tests the house, each as one subcommand of `cargo xtask`.
//!
//! It knows the contract and the workspace's manifests and uses none of the house's crates, so that it runs
//! (and can say what is wrong) even when they don't compile.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

mod browser;
mod codegen;
mod conformance;
mod contract;
mod dist;
mod documents;
mod effects;
mod figures;
mod peers;
mod postgres;
mod python;
mod service;
mod setup;
mod sh;
mod test;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "The workshop of ncgate", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the operation tables that come from `contract/`
    Codegen {
        /// Compare with what is committed instead, and fail on a difference
        #[arg(long)]
        check: bool,
    },
    /// Check the house rules: arrows between crates, file sizes, headers, words, lints
    Tidy,
    /// Run what others wrote against the emulator: schemathesis with the contract, the client npycentral
    Peers,
    /// Run a command with a throw-away PostgreSQL server, whose address is in NCGATE_TEST_POSTGRES
    Postgres {
        /// Keep what is committed through a power cut, as a measurement needs it
        #[arg(long)]
        durable: bool,
        /// The command and its arguments
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Run the official MCP suite against the fixture server, and other people's MCP clients against the gateway
    Conformance,
    /// Run the stories of the dashboard in Chromium, which is installed if it is missing
    Browser,
    /// Make what is handed to people who install ncgate: archive, bundle, list of materials, checksums
    Dist {
        /// Package this binary instead of building one
        #[arg(long, value_name = "FILE")]
        binary: Option<PathBuf>,
    },
    /// Measure what `docs/performance.md` states, and put what was measured there
    Figures {
        /// Only commands of which this is a part, such as `calls`
        part: Vec<String>,
    },
    /// Install what the tests need beside Rust, or name what is missing
    Setup,
    /// Run every check and every test
    Test {
        /// Leave out what needs more than the Rust toolchain, and what takes minutes: browser, random kills
        #[arg(long)]
        fast: bool,
    },
}

fn main() -> ExitCode {
    let root = sh::workspace_root();
    let result = match Cli::parse().command {
        Command::Codegen { check } => {
            codegen::run(&root, if check { codegen::Mode::Check } else { codegen::Mode::Write })
        }
        Command::Tidy => tidy::run(&root),
        Command::Peers => peers::run(&root),
        Command::Conformance => conformance::run(&root),
        Command::Dist { binary } => dist::run(&root, binary),
        Command::Postgres { durable, command } => postgres::run(&root, durable, &command),
        Command::Browser => browser::run(&root),
        Command::Figures { part } => figures::run(&root, &part),
        Command::Setup => setup::run(),
        Command::Test { fast } => test::run(&root, fast),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
