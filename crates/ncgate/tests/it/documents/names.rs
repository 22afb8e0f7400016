//! What pages name in passing exists: commands with their options, variables of the environment, tasks of the workshop,
//! crates, benches, tools, and where links lead.

use super::page::{all, root};
use crate::support::Home;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The spans of code in a page's prose, and its lines of shell, each with the page it is on.
fn code() -> Vec<(String, String)> {
    let code = all().into_iter().flat_map(|page| {
        let prose = page.prose().collect::<Vec<_>>().join(" ");
        let spans = prose.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        let shell = page.blocks.iter().filter(|block| block.language == "sh");
        let lines = shell.flat_map(|block| block.text.lines().map(str::to_owned).collect::<Vec<_>>());
        spans.into_iter().chain(lines).map(|code| (page.path.clone(), code)).collect::<Vec<_>>()
    });
    code.collect()
}

/// The word after `--option` or `-o` in a command.
fn after<'a>(command: &'a str, option: &str) -> Option<&'a str> {
    let mut words = command.split_whitespace();
    words.by_ref().find(|word| *word == option)?;
    words.next()
}

#[test]
fn every_command_that_is_named_exists_with_its_options() {
    let home = Home::new();
    let spans: BTreeSet<_> = code()
        .into_iter()
        .filter(|(_, code)| {
            code.starts_with("ncgate ") && !code.contains(['|', '>', '<', '$', '#', '"', '\\', '&'])
        })
        .collect();
    assert!(spans.len() > 20, "only {} were found", spans.len());
    for (path, span) in spans {
        let words = span.split_whitespace().skip(1).chain(["--help"]).collect::<Vec<_>>();
        let ended = home.run(&words);
        assert_eq!(ended.code, 0, "{path}: `{span}`: {ended:?}");
    }
}

#[test]
fn every_task_crate_and_bench_that_is_named_exists() {
    let tasks = fs::read_to_string(root().join("crates/xtask/src/main.rs")).unwrap();
    for (path, code) in code().iter().filter(|(_, code)| code.contains("cargo ")) {
        for command in code.split("cargo ").skip(1) {
            let mut words = command.split_whitespace();
            if words.next() == Some("xtask")
                && let Some(task) = words.next()
                && task.starts_with(char::is_lowercase)
            {
                let variant: String = task[..1].to_uppercase() + &task[1..];
                assert!(tasks.contains(&format!("Command::{variant}")), "{path}: `{code}`");
            }
            let named = after(command, "-p").or(after(command, "--package"));
            if let Some(name) = named.filter(|name| *name != "CRATE") {
                let krate = root().join("crates").join(name);
                assert!(krate.is_dir(), "{path}: `{code}`");
                if let Some(bench) = after(command, "--bench") {
                    let benches = krate.join("benches");
                    let there = benches.join(bench).is_dir() || benches.join(format!("{bench}.rs")).is_file();
                    assert!(there, "{path}: `{code}`");
                }
            }
        }
    }
}

#[test]
fn every_variable_that_is_named_is_one_that_is_read() {
    let mut known = Home::new().run(&["serve", "--help"]).out;
    let crates = fs::read_dir(root().join("crates")).unwrap();
    crates.for_each(|entry| sources(&entry.unwrap().path(), &mut known));
    let known: BTreeSet<_> = variables(&known).collect();
    for page in all() {
        let path = &page.path;
        for name in variables(&page.text) {
            let plain = name.strip_suffix("_FILE").unwrap_or(name);
            assert!(known.contains(name) || known.contains(plain), "{path}: {name}");
        }
    }
}

/// The text of every Rust file below `directory`.
fn sources(directory: &Path, text: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("documents") {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            *text += &fs::read_to_string(path).unwrap();
        }
    }
}

/// Names of our variables in a text.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("NCGATE_").filter_map(|(start, _)| {
        let name = &text[start..];
        let end = name.find(|letter: char| !(letter.is_ascii_uppercase() || letter == '_'));
        let name = &name[..end.unwrap_or(name.len())];
        (!name.ends_with('_')).then_some(name)
    })
}

#[test]
fn every_tool_that_is_named_exists() {
    let known: BTreeSet<&str> = catalog::TOOLS.iter().map(|tool| tool.record.name).collect();
    for page in all() {
        let (path, text) = (&page.path, &page.text);
        for (start, _) in text.match_indices("n_central-") {
            let name = &text[start..];
            let end = name.find(|letter: char| !(letter.is_ascii_lowercase() || "_-".contains(letter)));
            let name = name[..end.unwrap_or(name.len())].trim_end_matches('-');
            let is_part = ["n_central", "n_central-api"].contains(&name);
            assert!(is_part || known.contains(name), "{path}: {name}");
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for page in all() {
        let path = &page.path;
        let here = root().join(path);
        let prose = page.prose().collect::<Vec<_>>().join("\n");
        for link in prose.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(link, _)| link)) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { here.clone() } else { here.parent().unwrap().join(file) };
            assert!(target.exists(), "{path}: {link}");
            if !heading.is_empty() {
                let text = fs::read_to_string(&target).unwrap();
                let found =
                    text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == heading);
                assert!(found, "{path}: {link}");
            }
        }
    }
}

/// What a heading is called in links.
fn anchor(heading: &str) -> String {
    let title = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = title.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}
