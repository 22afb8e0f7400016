//! A program that says one line once it is ready and then stays up, such as the emulator or a gateway. It ends with
//! the value that stands for it, however the run ends.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result};
use serde::de::DeserializeOwned;

use crate::sh;

/// A process of its own, which ends with this value.
pub(crate) struct Service {
    process: Child,
    line: String,
    /// Kept open, so that the program may say more.
    _stdout: BufReader<ChildStdout>,
}

impl Service {
    /// Starts it and waits for its line; `what` names it in errors.
    pub(crate) fn start(what: &str, mut command: Command) -> Result<Self> {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {what}"))?;
        let mut stdout = BufReader::new(process.stdout.take().expect("stdout is piped"));
        let mut line = String::new();
        match stdout.read_line(&mut line) {
            Ok(1..) => Ok(Self { process, line, _stdout: stdout }),
            read => {
                end(&mut process);
                read.map(drop)
                    .and(Err(std::io::ErrorKind::UnexpectedEof.into()))
                    .with_context(|| format!("{what} did not say where it listens"))
            }
        }
    }

    /// Its line.
    pub(crate) fn line(&self) -> &str {
        self.line.trim()
    }

    /// Its line, where that is a JSON object.
    pub(crate) fn said<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.line)
            .with_context(|| format!("`{}` is not what was expected", self.line()))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// Ends the process; one that is gone already is no error.
fn end(process: &mut Child) {
    drop(process.kill());
    drop(process.wait());
}

/// Where cargo puts what it builds.
pub(crate) fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir))
}

/// What it built for development.
pub(crate) fn built(root: &Path, name: &str) -> PathBuf {
    target(root).join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The one binary, built for development.
pub(crate) fn ncgate(root: &Path) -> Result<PathBuf> {
    sh::run(&mut sh::cargo(root, &["build", "--locked", "--quiet", "--package", "ncgate"]))?;
    Ok(built(root, "ncgate"))
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
    fn it_tells_its_line_and_ends_with_its_owner() {
        let mut service = Service::start("it", shell(r#"echo '{"url":"here"}'; exec sleep 600"#)).unwrap();
        assert_eq!(service.line(), r#"{"url":"here"}"#);
        assert_eq!(service.said::<serde_json::Value>().unwrap()["url"], "here");
        assert!(service.process.try_wait().unwrap().is_none());
        end(&mut service.process);
        assert!(service.process.try_wait().unwrap().is_some());
    }

    #[test]
    fn one_that_does_not_come_up_is_an_error() {
        let error = Service::start("the emulator", shell("exit 3")).err().unwrap();
        assert!(format!("{error:#}").starts_with("the emulator did not say where it listens"), "{error:#}");
    }
}
