//! The emulator before programs that others wrote: schemathesis holds its answers against the contract, and the client
//! npycentral works with it unchanged. Both are Python; they get an environment of their own below `target/`.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde::Deserialize;

use crate::service::Service;
use crate::{python, service, sh};

/// The scripts in `peers/`, each of which gets an emulator to itself.
const SCRIPTS: [&str; 2] = ["contract.py", "client.py"];

/// Runs every script; fails with the first that finds something.
pub(crate) fn run(root: &Path) -> Result<()> {
    let scratch = root.join("target/peers");
    let python = python::environment(&scratch.join("venv"), &root.join("peers/requirements.txt"))?;
    let ncgate = service::ncgate(root)?;
    for script in SCRIPTS {
        let emulator = emulator(&ncgate)?;
        let ready: Emulator = emulator.said()?;
        let mut command = Command::new(&python);
        command
            .arg(root.join("peers").join(script))
            .arg(&scratch)
            .env("NCENTRAL_URL", &ready.url)
            .env("NCENTRAL_JWT", &ready.jwt)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        sh::run(&mut command)?;
    }
    Ok(())
}

/// The line that the emulator prints once it listens.
#[derive(Deserialize)]
pub(crate) struct Emulator {
    pub(crate) url: String,
    pub(crate) jwt: String,
}

/// An emulator on a free port.
pub(crate) fn emulator(ncgate: &Path) -> Result<Service> {
    let mut command = Command::new(ncgate);
    command.args(["emulator", "--listen", "127.0.0.1:0"]);
    Service::start("the emulator", command)
}
