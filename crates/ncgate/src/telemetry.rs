//! Logs, always on standard error: for people on a terminal, as JSON lines otherwise. `NCGATE_LOG` chooses what is
//! logged (`info`, `gate=debug,warn`), `NCGATE_LOG_FORMAT` the form (`human`, `json`).

use crate::commands::Command;
use crate::settings::env;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts logging. What runs for long says more by default than what ends at once.
pub(crate) fn start(command: &Command) {
    let default = match command {
        Command::Serve(_) => "info",
        Command::Emulator(_) | Command::Mcp(_) => "warn",
        _ => "error",
    };
    let filter = env("NCGATE_LOG").and_then(|text| EnvFilter::try_new(text).ok());
    // Last, so that it holds whatever was asked for: beneath it, the protocol's library prints requests whole.
    let filter = filter
        .unwrap_or_else(|| EnvFilter::new(default))
        .add_directive(mcp::LOG_LIMIT.parse().expect("a directive"));
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter);
    let terminal = std::io::stderr().is_terminal();
    match env("NCGATE_LOG_FORMAT").as_deref() {
        Some("json") => builder.json().init(),
        Some("human") => builder.with_ansi(terminal).init(),
        _ if terminal || !matches!(command, Command::Serve(_) | Command::Mcp(_) | Command::Emulator(_)) => {
            builder.with_ansi(terminal).init();
        }
        _ => builder.json().init(),
    }
}
