//! The protocol's official conformance suite against the fixture server, once for each revision that is served. The
//! scenarios that a revision requires are those of the suite's own list; what the product leaves out on purpose, and
//! why, is in `crates/mcp/conformance-expected-failures.yml`, where an entry that passes is an error too.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use super::Tools;
use crate::service::{Service, built};
use crate::sh;

const REVISIONS: [&str; 2] = ["2026-07-28", "2025-11-25"];

/// What a revision requires, as the suite has it.
#[derive(Deserialize)]
struct Requirements {
    server: Vec<String>,
}

/// Runs it for every revision.
pub(super) fn run(root: &Path, tools: &Tools) -> Result<()> {
    sh::run(&mut sh::cargo(
        root,
        &[
            "build",
            "--locked",
            "--quiet",
            "--package",
            "mcp",
            "--example",
            "conformance",
            "--features",
            "conformance",
        ],
    ))?;
    let fixture = Service::start("the fixture server", Command::new(built(root, "examples/conformance")))?;
    for revision in REVISIONS {
        let list = tools.file(&format!("@modelcontextprotocol/conformance/requirements/{revision}.yaml"));
        let text = std::fs::read_to_string(&list).with_context(|| list.display().to_string())?;
        let required: Requirements = serde_saphyr::from_str(&text)?;
        let mut suite = tools.program("conformance");
        suite.args(["server", "--url", fixture.line(), "--requirements", revision, "--expected-failures"]);
        suite.arg(root.join("crates/mcp/conformance-expected-failures.yml"));
        let said = sh::output(&mut suite).with_context(|| format!("the official suite for {revision}"))?;
        let passed = count(&said, &required.server)?;
        println!("suite: {passed} of {} scenarios that {revision} requires", required.server.len());
    }
    Ok(())
}

/// How many of the required scenarios passed, by the summary. The suite's exit status says whether the others were
/// expected to fail; a scenario that wasn't run at all is an error.
fn count(said: &str, required: &[String]) -> Result<usize> {
    let summary = said.split("=== SUMMARY ===").nth(1).context("the suite gave no summary")?;
    let ended = |scenario: &str| {
        summary.lines().find_map(|line| {
            let (mark, rest) = line.trim().split_once(' ')?;
            rest.strip_prefix(scenario)?.starts_with(':').then_some(mark == "✓")
        })
    };
    let missing: Vec<_> = required.iter().filter(|scenario| ended(scenario).is_none()).collect();
    ensure!(missing.is_empty(), "the suite did not run {missing:?}");
    Ok(required.iter().filter(|scenario| ended(scenario) == Some(true)).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "=== SUMMARY ===\n✓ ping: 2 passed, 0 failed\n✗ tools: 1 passed, 1 failed\n\
                        ✓ tools-list: 3 passed, 0 failed\n";

    #[test]
    fn required_scenarios_are_counted_by_their_whole_name() {
        let required = ["ping", "tools", "tools-list"].map(str::to_owned);
        assert_eq!(count(SAID, &required).unwrap(), 2);
    }

    #[test]
    fn a_scenario_that_was_not_run_is_an_error() {
        let error = count(SAID, &["pin".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), r#"the suite did not run ["pin"]"#);
        assert!(count("", &[]).is_err());
    }
}
