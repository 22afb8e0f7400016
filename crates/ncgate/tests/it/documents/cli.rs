//! `docs/cli.md` is what the commands say about themselves, each found in the help of the one above it.

use super::page::root;
use crate::support::Home;
use std::fmt::Write as _;
use std::fs;

const AGAIN: &str = "UPDATE_DOCS=1 cargo test -p ncgate --test it documents::cli";
const GLOBAL: &str = "Global options:\n";

#[test]
fn the_page_of_commands_is_what_they_say() {
    let home = Home::new();
    let top = home.run(&["--help"]).out;
    let mut text = format!(
        "# Commands\n\n<!-- Written by `{AGAIN}`. -->\n\nEvery command also takes the global options that `ncgate --help` \
         lists. On a terminal a command prints tables, else JSON.\n"
    );
    let mut open = vec![Vec::new()];
    while let Some(path) = open.pop() {
        let words: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let help = if path.is_empty() { top.clone() } else { home.run(&words).out };
        let below: Vec<Vec<String>> =
            subcommands(&help).map(|name| [&path[..], &[name.to_owned()]].concat()).collect();
        open.extend(below.into_iter().rev());
        let name = [&["ncgate".to_owned()][..], &path].concat().join(" ");
        let own = if path.is_empty() { help } else { without_global(&help) };
        write!(text, "\n## {name}\n\n```text\n{}\n```\n", own.trim_end()).unwrap();
    }
    let file = root().join("docs/cli.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, &text).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert!(written == text, "docs/cli.md is not what the commands say; write it again:\n  {AGAIN}");
    assert!(text.matches("\n## ").count() > 60, "commands are missing");
}

/// The names under `Commands:`.
fn subcommands(help: &str) -> impl Iterator<Item = &str> {
    let list = help.split("\nCommands:\n").nth(1).unwrap_or_default();
    let list = list.split("\n\n").next().unwrap_or_default();
    let entries = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    entries.filter_map(|line| line.split_whitespace().next())
}

/// A help without the options that every command has.
fn without_global(help: &str) -> String {
    let Some((before, after)) = help.split_once(GLOBAL) else { return help.to_owned() };
    // The section ends where a line begins at the margin.
    let rest = after.split("\n\n").find(|part| part.starts_with(|letter: char| !letter.is_whitespace()));
    let rest = rest.map_or("", |part| &after[after.find(part).unwrap_or_default()..]);
    format!("{before}{rest}")
}
