//! The commands, one file a group. Each says what it takes and does it; none knows how a gateway is found.

mod api;
mod approvals;
mod audit;
mod backup;
mod call;
mod calls;
mod completions;
mod connections;
mod customers;
mod demo;
mod doctor;
mod emulator;
mod healthcheck;
mod install;
mod key;
mod login;
mod man;
mod master_key;
mod mcp;
mod policy;
mod script;
mod serve;
mod sessions;
mod stop;
mod tools;
mod user;
mod webhook;

use crate::app::App;
use crate::exit::Ended;
use clap::Subcommand;

/// What is to be done.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Demo(demo::Demo),
    Emulator(emulator::Emulator),
    Serve(serve::Serve),
    Mcp(mcp::Mcp),
    Connect(connections::Connect),
    Connections(connections::Connections),
    Disconnect(connections::Disconnect),
    Doctor(doctor::Doctor),
    Healthcheck(healthcheck::Healthcheck),
    Install(install::Install),
    Key(key::Key),
    User(user::User),
    Sessions(sessions::Sessions),
    Login(login::Login),
    Tools(tools::Tools),
    Call(call::Call),
    Api(api::Api),
    Script(script::Script),
    Policy(policy::Policy),
    Approvals(approvals::Approvals),
    Calls(calls::Calls),
    Stop(stop::Stop),
    Resume(stop::Resume),
    Webhook(webhook::Webhook),
    Audit(audit::Audit),
    Backup(backup::Backup),
    Restore(backup::Restore),
    MasterKey(master_key::MasterKey),
    Completions(completions::Completions),
    Man(man::Man),
}

/// Does it.
pub(crate) async fn run(app: &App, command: Command) -> Ended {
    match command {
        Command::Demo(command) => command.run(app).await,
        Command::Emulator(command) => command.run(app).await,
        Command::Serve(command) => command.run(app).await,
        Command::Mcp(command) => command.run(app).await,
        Command::Connect(command) => command.run(app).await,
        Command::Connections(command) => command.run(app).await,
        Command::Disconnect(command) => command.run(app).await,
        Command::Doctor(command) => command.run(app).await,
        Command::Healthcheck(command) => command.run(app).await,
        Command::Install(command) => command.run(app),
        Command::Key(command) => command.run(app).await,
        Command::User(command) => command.run(app).await,
        Command::Sessions(command) => command.run(app).await,
        Command::Login(command) => command.run(app).await,
        Command::Tools(command) => command.run(app).await,
        Command::Call(command) => command.run(app).await,
        Command::Api(command) => command.run(app).await,
        Command::Script(command) => command.run(app).await,
        Command::Policy(command) => command.run(app).await,
        Command::Approvals(command) => command.run(app).await,
        Command::Calls(command) => command.run(app).await,
        Command::Stop(command) => command.run(app).await,
        Command::Resume(command) => command.run(app).await,
        Command::Webhook(command) => command.run(app).await,
        Command::Audit(command) => command.run(app).await,
        Command::Backup(command) => command.run(app).await,
        Command::Restore(command) => command.run(app).await,
        Command::MasterKey(command) => command.run(app).await,
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(app),
    }
}
