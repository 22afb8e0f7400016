//! A gateway as an administrator would set it up, for programs that use it: an emulated N-central, a state that is
//! connected to it, a key for an agent, and `serve` with somebody who may decide.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::peers::{self, Emulator};
use crate::service::Service;
use crate::sh;

/// Of the person `admin`, in a state that lives as long as a script.
const PASSWORD: &str = "correct horse battery staple";

/// A running gateway; its state goes away with it.
pub(super) struct Gateway {
    ncgate: PathBuf,
    upstream: Emulator,
    url: String,
    key: String,
    _serve: Service,
    _emulator: Service,
    /// Last, so that it goes when nobody uses it any more.
    state: State,
}

#[derive(Deserialize)]
struct Served {
    url: String,
}

#[derive(Deserialize)]
struct Key {
    secret: String,
}

impl Gateway {
    pub(super) fn start(ncgate: &Path) -> Result<Self> {
        let emulator = peers::emulator(ncgate)?;
        let upstream: Emulator = emulator.said()?;
        let state = State::new();
        let command = |line: &str| {
            let mut command = Command::new(ncgate);
            command.args(line.split(' ')).env("NCGATE_STATE", &state.0);
            command
        };
        let connect = format!("connect {} --name main", upstream.url);
        sh::output(command(&connect).env("NCGATE_NCENTRAL_JWT", &upstream.jwt))?;
        let made = sh::output(&mut command("key create --name peers --kind agent"))?;
        let Key { secret: key } = serde_json::from_str(&made).context("what `key create` printed")?;
        let mut serve = command("serve --listen 127.0.0.1:0");
        // The script's output is what matters; the gateway's log is for when it warns.
        serve.env("NCGATE_ADMIN_PASSWORD", PASSWORD).env("NCGATE_LOG", "warn");
        let serve = Service::start("the gateway", serve)?;
        let Served { url } = serve.said()?;
        Ok(Self { ncgate: ncgate.to_owned(), upstream, url, key, _serve: serve, _emulator: emulator, state })
    }

    /// What `peers/mcp/gateway.mjs` and `sdk.py` read.
    pub(super) fn variables(&self) -> [(&'static str, &std::ffi::OsStr); 6] {
        [
            ("NCGATE", self.ncgate.as_os_str()),
            ("GATEWAY_STATE", self.state.0.as_os_str()),
            ("GATEWAY_URL", self.url.as_ref()),
            ("GATEWAY_KEY", self.key.as_ref()),
            ("GATEWAY_PASSWORD", PASSWORD.as_ref()),
            ("EMULATOR_URL", self.upstream.url.as_ref()),
        ]
    }
}

/// A directory that goes away with its gateway.
struct State(PathBuf);

impl State {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("ncgate-peers-{}-{number}", std::process::id())))
    }
}

impl Drop for State {
    fn drop(&mut self) {
        // Nothing was made if the gateway did not come up.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
