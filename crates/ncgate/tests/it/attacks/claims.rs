//! `docs/security.md` names a test for each defence that it claims, `docs/ARCHITECTURE.md` one for each invariant. Here
//! they are held to them: every test that they name exists, where they say, and every attack here is told of there.

use super::routes::{files, read};
use std::collections::BTreeSet;
use std::path::Path;

/// The tests of a file, by the names of their functions.
fn tests_of(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut marked = false;
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        } else if let Some(rest) = line.strip_prefix("async fn ").or(line.strip_prefix("fn "))
            && std::mem::take(&mut marked)
        {
            found.insert(rest.split(['(', '<']).next().unwrap_or_default().to_owned());
        }
    }
    found
}

/// The tests that the tables of a page name, each with its file; fails for one that is not there.
fn named_by(page: &str) -> BTreeSet<(String, String)> {
    let mut named = BTreeSet::new();
    // A row of a table ends with its tests: `crates/…/file.rs` `name` `name`, `crates/…/other.rs` `name`.
    for row in read(page).lines().filter(|line| line.starts_with('|') && line.contains("crates/")) {
        let (mut tests, mut path) = (None, "");
        for code in row.split('`').skip(1).step_by(2) {
            if code.starts_with("crates/") && code.ends_with(".rs") {
                path = code;
                tests = Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join("../..")
                    .join(code)
                    .exists()
                    .then(|| tests_of(&read(code)));
                assert!(tests.is_some(), "{code} is not there: {row}");
            } else if let Some(tests) = &tests {
                assert!(tests.contains(code), "{path} has no test `{code}`: {row}");
                named.insert((path.to_owned(), code.to_owned()));
            }
        }
    }
    named
}

#[test]
fn every_invariant_has_its_test() {
    let page = "docs/ARCHITECTURE.md";
    named_by(page);
    let text = read(page);
    let table = text.split("## Invariants").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<&str> =
        table.lines().filter(|line| line.starts_with("| ") && line.contains(" | `crates/")).collect();
    let numbered = rows.iter().zip(1..).all(|(row, number)| row.starts_with(&format!("| {number} |")));
    assert!(rows.len() == 12 && numbered, "{table}");
}

#[test]
fn every_defence_that_is_claimed_has_its_test() {
    let named = named_by("docs/security.md");
    assert!(named.len() > 60, "the tables name {} tests", named.len());
    let folder = "crates/ncgate/tests/it/attacks";
    for file in files(Path::new(folder), ".rs") {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let path = format!("{folder}/{name}");
        for test in tests_of(&std::fs::read_to_string(&file).unwrap()) {
            let told = named.contains(&(path.clone(), test.clone())) || name == "claims.rs";
            assert!(told, "docs/security.md does not name {test} of {path}");
        }
    }
}
