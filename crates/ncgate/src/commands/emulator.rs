//! `emulator`: an N-central that is none, by itself.

use crate::app::App;
use crate::exit::{Ended, Exit, defect, usage};
use crate::host::{listen, until_told};
use clap::Args;
use emulator::{Config, Emulator as Server};
use model::Problem;
use serde_json::json;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Run the built-in N-central emulator by itself
///
/// A faithful fake of the REST API over a fleet that is computed from a seed, with a clock, faults and a journal under
/// /_emulator. It has no users and no secrets worth keeping, so it listens on loopback only.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate emulator
  ncgate emulator --devices 100000 --latency-ms 50 --limit listDevices=5")]
pub(crate) struct Emulator {
    /// Loopback address to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9180")]
    listen: SocketAddr,
    /// Size of the fleet
    #[arg(long, value_name = "N", default_value_t = 600)]
    devices: u32,
    /// The same seed gives the same fleet
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How long every call takes
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency_ms: u64,
    /// The JWT that is accepted; made from the seed where it is left out
    #[arg(long, value_name = "TOKEN")]
    jwt: Option<String>,
    /// Calls in flight for an operation, or for all under *; once for each
    #[arg(long = "limit", value_name = "OPERATION=N", value_parser = limit)]
    limits: Vec<(String, u16)>,
    /// Certificate chain for HTTPS, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

fn limit(text: &str) -> Result<(String, u16), String> {
    let (operation, most) = text.split_once('=').ok_or("write it as OPERATION=N")?;
    match most.parse() {
        Ok(most) if most > 0 && !operation.is_empty() => Ok((operation.to_owned(), most)),
        _ => Err("write it as OPERATION=N, with N from 1 on".to_owned()),
    }
}

impl Emulator {
    pub(crate) async fn run(self, app: &App) -> Ended {
        if !self.listen.ip().is_loopback() {
            return Err(usage(format!("the emulator does not listen on {}", self.listen.ip()))
                .hint("anyone who reaches it can control it, so use a loopback address"));
        }
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => Some((read(cert)?, read(key)?)),
            _ => None,
        };
        let listener = listen(self.listen).await?;
        let address = listener.local_addr().map_err(|error| defect("the listener has no address", &error))?;
        let server = Server::new(Config {
            devices: self.devices,
            seed: self.seed,
            latency: Duration::from_millis(self.latency_ms),
            jwt: self.jwt,
            limits: self.limits,
            ..Config::default()
        });
        let url = format!("{}://{address}", if tls.is_some() { "https" } else { "http" });
        let line = json!({ "url": url, "jwt": server.jwt() });
        app.output.show(&line, |line| {
            let jwt = line["jwt"].as_str().unwrap_or_default();
            format!("N-central, emulated:  {url}\nJWT:                  {jwt}\n\nConnect it with: ncgate connect {url}\nCtrl-C ends it.")
        });
        let served = match tls {
            Some((cert, key)) => server.serve_tls(listener, &cert, &key, until_told()).await,
            None => server.serve(listener, until_told()).await,
        };
        served.map_err(|error| defect("the emulator can't serve", &error))?;
        Ok(Exit::DONE)
    }
}

fn read(path: &std::path::Path) -> Result<Vec<u8>, Problem> {
    std::fs::read(path).map_err(|error| defect(&format!("{} can't be read", path.display()), &error))
}
