//! The MCP face before programs that others wrote: the official conformance suite judges the fixture server, and the
//! Inspector, the Python SDK and both TypeScript SDKs use the real gateway, over HTTP and stdio, with and without a
//! hand-shake. The bundle's manifest is looked at by its format's own tool. All of them are pinned by hash in `peers/mcp`.

mod gateway;
mod suite;
mod tools;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

pub(crate) use tools::{Tools, npm};

use crate::{dist, service};

/// The scripts in `peers/mcp`, each of which gets a gateway to itself.
const SCRIPTS: [&str; 4] = ["inspector.mjs", "sdk-v1.mjs", "sdk-v2.mjs", "sdk.py"];

/// The slowest script takes a quarter of it.
const DEADLINE: Duration = Duration::from_secs(240);

/// Runs the suite and every client; fails with the first that finds something.
pub(crate) fn run(root: &Path) -> Result<()> {
    let tools = Tools::install(root)?;
    dist::check_bundle(root, &tools)?;
    suite::run(root, &tools)?;
    let ncgate = service::ncgate(root)?;
    for script in SCRIPTS {
        let gateway = gateway::Gateway::start(&ncgate)?;
        let mut command = tools.script(script);
        command.envs(gateway.variables());
        within(DEADLINE, &mut command).with_context(|| format!("peers/mcp/{script}"))?;
    }
    Ok(())
}

/// Runs `command` with its output going to the terminal, and ends it if it is not done by then.
fn within(deadline: Duration, command: &mut Command) -> Result<()> {
    let mut child = command.stdin(Stdio::null()).spawn().context("it could not be started")?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            ensure!(status.success(), "it failed ({status})");
            return Ok(());
        }
        if start.elapsed() > deadline {
            child.kill()?;
            child.wait()?;
            bail!("it was not done after {} s", deadline.as_secs());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_is_ended_and_what_fails_fails() {
        let hangs = within(Duration::from_millis(10), Command::new("sleep").arg("600")).unwrap_err();
        assert_eq!(hangs.to_string(), "it was not done after 0 s");
        let fails = within(DEADLINE, &mut Command::new("false")).unwrap_err();
        assert_eq!(fails.to_string(), "it failed (exit status: 1)");
        within(DEADLINE, &mut Command::new("true")).unwrap();
    }
}
