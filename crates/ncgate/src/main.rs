//! `ncgate`: the one binary. It reads the command line, does what it says and turns the answer into an exit code;
//! the commands themselves are in [`commands`], each speaking REST to a gateway that was found or is hosted here.

mod app;
mod call;
mod cli;
mod commands;
mod demo;
mod doorway;
mod exit;
mod gateway;
mod host;
mod listening;
mod output;
mod proof;
mod rest;
mod settings;
mod shape;
mod supervisor;
mod telemetry;
mod terminal;
mod waiting;

use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::read();
    let output = match cli.command {
        commands::Command::Mcp(_) => output::Output::new(cli.global.json).beside_a_protocol(),
        _ => output::Output::new(cli.global.json),
    };
    telemetry::start(&cli.command);
    // Two workers: a command needs one, and a gateway is bound by N-central, not by this machine.
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::Exit::of(&exit::defect("no threads could be started", &error)).into(),
    };
    let app = app::App { global: cli.global, output };
    let exit = match runtime.block_on(commands::run(&app, cli.command)) {
        Ok(exit) => exit,
        Err(problem) => {
            app.output.problem(&problem);
            exit::Exit::of(&problem)
        }
    };
    // A blocked read of standard input must not keep a finished command alive.
    runtime.shutdown_background();
    exit.into()
}
