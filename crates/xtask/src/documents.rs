//! The documentation's commands are typed into a terminal, and use a few programs of others; brings what is missing.

use std::process::Command;

use anyhow::Result;

use crate::sh;

/// Each program with the package of Debian that it is in.
const PROGRAMS: [(&str, &str); 5] =
    [("bash", "bash"), ("script", "bsdutils"), ("setsid", "util-linux"), ("curl", "curl"), ("jq", "jq")];

/// The packages that are not there yet.
pub(crate) fn missing() -> Vec<&'static str> {
    PROGRAMS.iter().filter(|(program, _)| !sh::is_there(program)).map(|(_, package)| *package).collect()
}

/// Has a run of tests fail, not leave out, the pages that need one of them.
pub(crate) fn require(tests: &mut Command) -> Result<&mut Command> {
    let missing = missing();
    if !missing.is_empty() {
        sh::install(&missing)?;
    }
    Ok(tests.env("NCGATE_TEST_DOCUMENTS", "required"))
}
