//! The dashboard in a real browser: brings Chromium with its driver and the judge of accessibility, then runs the
//! stories, which fail where one of them is missing. Pictures of every page are left in `target/screenshots`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{conformance, sh};

/// The stories, with the lock file that pins the judge by its hash.
const STORIES: &str = "crates/ncgate/tests/it/browser";

/// Runs the stories.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut tests = sh::cargo(root, &["test", "--locked", "-p", "ncgate", "--test", "it", "--", "browser::"]);
    sh::run(require(root, &mut tests)?)
}

/// Has a run of tests fail, not leave out, what needs a browser; brings what is missing for it.
pub(crate) fn require<'a>(root: &Path, tests: &'a mut Command) -> Result<&'a mut Command> {
    let missing = missing();
    if !missing.is_empty() {
        sh::install(&missing)?;
    }
    let axe = axe(root)?;
    Ok(tests.env("NCGATE_TEST_BROWSER", "required").env("NCGATE_TEST_AXE", axe))
}

/// The packages that are not there yet: Chromium and its driver, of one version.
pub(crate) fn missing() -> Vec<&'static str> {
    match sh::is_there("chromium") && sh::is_there("chromedriver") {
        true => Vec::new(),
        false => vec!["chromium", "chromium-driver"],
    }
}

/// axe-core, as the lock file pins it; where packages come from is npm's own matter.
fn axe(root: &Path) -> Result<PathBuf> {
    let folder = root.join("target/browser");
    let axe = folder.join("node_modules/axe-core/axe.min.js");
    let lock = std::fs::read(root.join(STORIES).join("axe/package-lock.json"))?;
    // npm's own copy of the lock says what is installed; ours beside it, whether that is still what is wanted.
    let is_current = std::fs::read(folder.join("package-lock.json")).is_ok_and(|installed| installed == lock);
    if is_current && axe.is_file() {
        return Ok(axe);
    }
    std::fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(root.join(STORIES).join("axe").join(file), folder.join(file))?;
    }
    let mut npm = conformance::npm(root)?;
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    sh::run(npm.current_dir(&folder)).context("axe-core, which judges the pages, comes by npm")?;
    Ok(axe)
}
