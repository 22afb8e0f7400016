//! Two documents that nobody writes: the tools as a reader looks them up, and how far the contract is covered. They
//! are committed, and a test holds each against what the code says now.

mod coverage;
mod tools;

use std::path::{Path, PathBuf};

const AGAIN: &str = "UPDATE_DOCS=1 cargo test -p catalog --test it docs";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Compares a committed document with what it should say, or writes it where that is asked for.
#[track_caller]
fn check(name: &str, body: &str) {
    let text = format!("<!-- Generated: {AGAIN} -->\n\n{body}");
    let path = root().join("docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return std::fs::write(path, text).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let line = committed.lines().zip(text.lines()).position(|(committed, now)| committed != now);
    let line = line.unwrap_or_else(|| committed.lines().count().min(text.lines().count())) + 1;
    assert!(
        committed == text,
        "docs/{name} is out of date from line {line} on; write it again with\n  {AGAIN}"
    );
}

/// A table in Markdown.
fn table(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&headings.iter().map(|heading| (*heading).to_owned()).collect::<Vec<_>>());
    text.push_str(&format!("|{}\n", " --- |".repeat(headings.len())));
    for row in rows {
        assert_eq!(row.len(), headings.len(), "{row:?}");
        // A bar in a cell would end it.
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
        text.push_str(&line(&cells));
    }
    text
}

fn code(word: &str) -> String {
    format!("`{word}`")
}
