//! The emulator before programs that others wrote: schemathesis holds its answers against the contract, and the client
//! npycentral works with it unchanged. Both are Python; they get an environment of their own below `target/`.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::sh;

/// The scripts in `peers/`, each of which gets an emulator to itself.
const SCRIPTS: [&str; 2] = ["contract.py", "client.py"];

/// The least Python that `peers/requirements.txt` is resolved for.
const PYTHON: (u32, u32) = (3, 11);

/// Runs every script; fails with the first that finds something.
pub(crate) fn run(root: &Path) -> Result<()> {
    let scratch = root.join("target/peers");
    let python = environment(root, &scratch)?;
    sh::run(&mut sh::cargo(root, &["build", "--locked", "--quiet", "--package", "ncgate"]))?;
    for script in SCRIPTS {
        let emulator = Emulator::start(root)?;
        let mut command = Command::new(&python);
        command
            .arg(root.join("peers").join(script))
            .arg(&scratch)
            .env("NCENTRAL_URL", &emulator.ready.url)
            .env("NCENTRAL_JWT", &emulator.ready.jwt)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        sh::run(&mut command)?;
    }
    Ok(())
}

/// The Python with the packages that `peers/requirements.txt` pins; its path.
fn environment(root: &Path, scratch: &Path) -> Result<PathBuf> {
    let venv = scratch.join("venv");
    let python = venv.join("bin/python");
    if sh::output(Command::new(&python).args(["-m", "pip", "--version"])).is_err() {
        create(&venv)?;
    }
    let version = sh::output(Command::new(&python).arg("--version"))?;
    ensure!(
        parse_version(&version).is_some_and(|found| found >= PYTHON),
        "Python {}.{} or newer is needed, and python3 is {}",
        PYTHON.0,
        PYTHON.1,
        version.trim()
    );
    sh::run(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--require-hashes", "--only-binary", ":all:", "--requirement"])
            .arg(root.join("peers/requirements.txt")),
    )?;
    Ok(python)
}

/// Makes an empty environment at `venv`, in place of whatever half of one may lie there.
fn create(venv: &Path) -> Result<()> {
    let make = || sh::output(Command::new("python3").args(["-m", "venv", "--clear"]).arg(venv));
    if make().is_err() {
        // Debian keeps the module in a package of its own. Where that can't be had, the second failure tells why.
        let apt = |args: &[&str]| {
            sh::run(Command::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive"))
        };
        if apt(&["update", "-qq"]).and_then(|()| apt(&["install", "-qq", "-y", "python3-venv"])).is_err() {
            println!("python3-venv could not be installed by apt-get");
        }
        make()
            .context("a Python with venv and pip is needed (on Debian: apt-get install -y python3-venv)")?;
    }
    Ok(())
}

/// Major and minor out of `Python 3.11.7`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix("Python ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.trim().parse().ok()?))
}

/// An emulator in a process of its own, which ends with this value.
struct Emulator {
    process: Child,
    ready: Ready,
}

/// The line it prints once it listens.
#[derive(Deserialize)]
struct Ready {
    url: String,
    jwt: String,
}

impl Emulator {
    fn start(root: &Path) -> Result<Self> {
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        let binary = target.join("debug").join(format!("ncgate{}", std::env::consts::EXE_SUFFIX));
        let mut command = Command::new(binary);
        command.args(["emulator", "--listen", "127.0.0.1:0"]).current_dir(root);
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Result<Self> {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the emulator")?;
        let stdout = process.stdout.take().expect("stdout is piped");
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line).map_err(anyhow::Error::from);
        match read.and_then(|_| Ok(serde_json::from_str(&line)?)) {
            Ok(ready) => Ok(Self { process, ready }),
            Err(error) => {
                end(&mut process);
                Err(error).context("the emulator did not say where it listens")
            }
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// Ends the process; one that is gone already is no error.
fn end(process: &mut Child) {
    drop(process.kill());
    drop(process.wait());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn the_emulator_tells_where_it_is_and_ends_with_its_owner() {
        let says = r#"echo '{"url":"http://127.0.0.1:9","jwt":"a.b.c"}'; exec sleep 600"#;
        let mut emulator = Emulator::spawn(shell(says)).unwrap();
        assert_eq!((&*emulator.ready.url, &*emulator.ready.jwt), ("http://127.0.0.1:9", "a.b.c"));
        assert!(emulator.process.try_wait().unwrap().is_none());
        end(&mut emulator.process);
        assert!(emulator.process.try_wait().unwrap().is_some());
    }

    #[test]
    fn an_emulator_that_does_not_come_up_is_an_error() {
        let error = Emulator::spawn(shell("exit 3")).err().unwrap();
        assert!(format!("{error:#}").starts_with("the emulator did not say where it listens"), "{error:#}");
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(parse_version("Python 3.11.7\n"), Some((3, 11)));
        assert!(parse_version("Python 3.9.2\n") < Some(PYTHON));
        assert_eq!(parse_version("Python 3.13\n"), Some((3, 13)));
        assert_eq!(parse_version("pypy"), None);
    }
}
