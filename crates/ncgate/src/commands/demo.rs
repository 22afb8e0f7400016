//! `demo`: the first run, from the command line.

use crate::app::App;
use crate::exit::{Ended, usage};
use clap::Args;
use std::net::SocketAddr;

/// See it work: an emulated N-central, a gateway, and an agent that handles three requests
///
/// Everything is temporary and on loopback. The second request runs a script, so it is held until a person decides on
/// another terminal; --approve has the demonstration's technician do it over REST. Afterwards everything stays up for
/// another client to be pointed at, until Ctrl-C.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate demo
  ncgate demo --approve --once")]
pub(crate) struct Demo {
    /// Decide the held call as the demonstration's technician
    #[arg(long)]
    approve: bool,
    /// End after the three requests
    #[arg(long)]
    once: bool,
    /// Loopback address for the gateway
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

impl Demo {
    pub(crate) async fn run(self, app: &App) -> Ended {
        if app.global.state.is_some() || app.global.url.is_some() {
            return Err(usage(
                "`demo` brings its own state and gateway, so it takes neither --state nor --url",
            ));
        }
        if !self.listen.ip().is_loopback() {
            return Err(usage(format!("`demo` does not listen on {}", self.listen.ip()))
                .hint("it prints its passwords, so use a loopback address"));
        }
        crate::demo::play(app, self.listen, self.approve, self.once).await
    }
}
