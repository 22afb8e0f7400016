//! A Python with the packages that a requirements file pins, each by its hash, in an environment of its own below
//! `target/`. pip's own configuration says where packages come from.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::sh;

/// The least Python that the requirements are resolved for.
const PYTHON: (u32, u32) = (3, 11);

/// The Python of the environment `venv`, with the packages of `requirements` in it; its path.
pub(crate) fn environment(venv: &Path, requirements: &Path) -> Result<PathBuf> {
    let python = venv.join("bin/python");
    if sh::output(Command::new(&python).args(["-m", "pip", "--version"])).is_err() {
        create(venv)?;
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
            .arg(requirements),
    )?;
    Ok(python)
}

/// Makes an empty environment at `venv`, in place of whatever half of one may lie there.
fn create(venv: &Path) -> Result<()> {
    let missing = missing();
    if !missing.is_empty() {
        sh::install(&missing)?;
    }
    sh::output(Command::new("python3").args(["-m", "venv", "--clear"]).arg(venv)).map(drop)
}

/// The package that is not there yet: Debian keeps the modules apart from Python itself, and Python comes with them.
pub(crate) fn missing() -> Vec<&'static str> {
    match sh::output(Command::new("python3").args(["-c", "import venv, ensurepip"])).is_ok() {
        true => Vec::new(),
        false => vec!["python3-venv"],
    }
}

/// Major and minor out of `Python 3.11.7`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix("Python ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(parse_version("Python 3.11.7\n"), Some((3, 11)));
        assert!(parse_version("Python 3.9.2\n") < Some(PYTHON));
        assert_eq!(parse_version("Python 3.13\n"), Some((3, 13)));
        assert_eq!(parse_version("pypy"), None);
    }
}
