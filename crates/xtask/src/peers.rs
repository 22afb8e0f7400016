//! The emulator and the gateway before programs that others wrote: schemathesis holds the answers of each against its
//! document, and the client npycentral works with the emulator unchanged. All are Python; they get an environment of
//! their own below `target/`.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde::Deserialize;

use crate::service::Service;
use crate::{python, service, sh};

/// The scripts in `peers/`, each of which gets an emulator to itself; the last one a gateway as well.
const SCRIPTS: [&str; 3] = ["contract.py", "client.py", GATEWAYS];
const GATEWAYS: &str = "rest.py";

/// The password of the gateway's administrator, who lives as long as the run.
const PASSWORD: &str = "correct horse battery staple";

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
        if script == GATEWAYS {
            let gateway = Gateway::start(&ncgate, &scratch.join("state"))?;
            command.env("NCGATE_URL", &gateway.url).env("NCGATE_ADMIN_PASSWORD", PASSWORD);
            sh::run(&mut command)?;
        } else {
            sh::run(&mut command)?;
        }
    }
    Ok(())
}

/// A gateway with an administrator and an empty state, which ends with this value.
struct Gateway {
    url: String,
    _service: Service,
}

/// The line that a gateway prints once it listens.
#[derive(Deserialize)]
struct Listening {
    url: String,
}

impl Gateway {
    fn start(ncgate: &Path, state: &Path) -> Result<Self> {
        if state.exists() {
            std::fs::remove_dir_all(state)?;
        }
        let mut command = Command::new(ncgate);
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("NCGATE_STATE", state)
            .env("NCGATE_ADMIN_PASSWORD", PASSWORD)
            .env("NCGATE_LOG", "error");
        let service = Service::start("the gateway", command)?;
        let Listening { url } = service.said()?;
        Ok(Self { url, _service: service })
    }
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
