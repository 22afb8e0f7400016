//! Logs, always on standard error: for people on a terminal, as JSON lines otherwise. `NCGATE_LOG` chooses what is
//! logged (`info`, `gate=debug,warn`), `NCGATE_LOG_FORMAT` the form (`human`, `json`). Beneath errors only the house
//! itself is heard, whatever is chosen: libraries print requests, headers and bodies whole, and with them whatever
//! secret they carry.

use crate::commands::Command;
use crate::settings::env;
use std::io::IsTerminal;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// Where the MCP library calls it an error that an answer reaches nobody any more. A client that hangs up, or that
/// waits while the gateway goes down, is none of ours; what became of its request, the house says itself.
const GONE_CLIENTS: &str = "rmcp::service";

/// The crates of the house, whose lines are written with secrets in mind.
const HOUSE: &[&str] = &["catalog", "emulator", "gate", "mcp", "model", "ncentral", "ncgate", "store", "web"];

/// Starts logging. What runs for long says more by default than what ends at once.
pub(crate) fn start(command: &Command) {
    let default = match command {
        Command::Serve(_) => "info",
        Command::Emulator(_) | Command::Mcp(_) => "warn",
        _ => "error",
    };
    let filter = env("NCGATE_LOG").and_then(|text| EnvFilter::try_new(text).ok());
    let chosen = chosen(filter.unwrap_or_else(|| EnvFilter::new(default)));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let terminal = std::io::stderr().is_terminal();
    match env("NCGATE_LOG_FORMAT").as_deref() {
        Some("json") => chosen.with(lines.json()).init(),
        Some("human") => chosen.with(lines.with_ansi(terminal)).init(),
        _ if terminal || !matches!(command, Command::Serve(_) | Command::Mcp(_) | Command::Emulator(_)) => {
            chosen.with(lines.with_ansi(terminal)).init();
        }
        _ => chosen.with(lines.json()).init(),
    }
}

/// What the filter lets through, and never more than may be said.
fn chosen(filter: EnvFilter) -> impl Subscriber + for<'span> LookupSpan<'span> + Send + Sync {
    tracing_subscriber::registry().with(filter).with(filter_fn(may_be_said))
}

/// A layer of its own and no directive of the filter, where a more specific one would win. Spans are judged like
/// lines, because their fields are printed with every line inside of them.
fn may_be_said(line: &Metadata<'_>) -> bool {
    let name = line.target().split("::").next().unwrap_or_default();
    HOUSE.contains(&name) || (*line.level() == Level::ERROR && line.target() != GONE_CLIENTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is logged under this setting when libraries and the house say something at every level.
    fn logged(setting: &str) -> String {
        let page = Page::default();
        let written = page.clone();
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || written.clone());
        let subscriber = chosen(EnvFilter::new(setting)).with(lines);
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!(target: "rmcp::service", "serve", body = "secret");
            let _inside = span.enter();
            tracing::trace!(target: "hyper::proto", body = "secret");
            tracing::debug!(target: "rmcp::service", request = "secret");
            tracing::debug!(target: "log", header = "secret");
            tracing::info!(target: "reqwest::connect", header = "secret");
            tracing::warn!(target: "h2", header = "secret");
            tracing::warn!(target: "gateways_of_others", header = "secret");
            tracing::error!(target: "rmcp::transport", "the transport broke");
            tracing::error!(target: "rmcp::service", "nobody takes the answer");
            tracing::debug!(target: "gate::run", "the gate runs");
        });
        let bytes = page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn no_setting_lets_a_library_print_what_it_carries() {
        for setting in [
            "trace",
            "debug,rmcp=trace",
            "gate=debug,rmcp::service=debug,hyper::proto=trace,h2=trace,reqwest::connect=trace,log=trace",
            "gate=debug,rmcp=error,[serve{body}]=trace",
        ] {
            let logged = logged(setting);
            assert!(!logged.contains("secret"), "{setting}: {logged}");
            assert!(logged.contains("the gate runs"), "{setting}: {logged}");
        }
        assert!(logged("trace").contains("the transport broke"));
        assert!(!logged("trace").contains("nobody takes the answer"), "a client that hung up is no error");
        assert_eq!(logged("off"), "");
    }

    #[test]
    fn the_house_is_the_folder_of_crates() {
        let crates = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let mut names: Vec<_> = std::fs::read_dir(crates)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "xtask")
            .collect();
        names.sort();
        assert_eq!(names, HOUSE);
    }
}
