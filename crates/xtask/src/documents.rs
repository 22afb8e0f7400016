//! The documentation's commands are typed into a terminal, and use a few programs of others; brings what is missing.

use std::process::{Command, Stdio};

use anyhow::Result;

use crate::sh;

/// Each program with the package of Debian that it is in.
const PROGRAMS: [(&str, &str); 5] =
    [("bash", "bash"), ("script", "bsdutils"), ("setsid", "util-linux"), ("curl", "curl"), ("jq", "jq")];

/// Has a run of tests fail, not leave out, the pages that need one of them.
pub(crate) fn require(tests: &mut Command) -> Result<&mut Command> {
    let is_there = |program: &str| {
        let mut command = Command::new(program);
        command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok()
    };
    let missing: Vec<_> =
        PROGRAMS.iter().filter(|(program, _)| !is_there(program)).map(|(_, package)| *package).collect();
    if !missing.is_empty() {
        sh::install(&missing)?;
    }
    Ok(tests.env("NCGATE_TEST_DOCUMENTS", "required"))
}
