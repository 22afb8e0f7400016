//! `docs/faults.md`: the matrix as a reader looks it up. What comes to the same is said once.

use super::Column;
use super::scene::Cell;
use std::path::Path;

const AGAIN: &str = "UPDATE_DOCS=1 cargo test -p gate --test it faults";

const INTRODUCTION: &str = "\
# What happens when something goes wrong

Every line was written by a run: the gate before an emulated N-central, with the fault named on the left. *Told* is what the
caller gets: data, or a problem of that kind. *Changed* is what the problem says about whether anything was changed, and
*again* whether trying again helps. *Sent* is how N-central saw each request of the operation end; a request answered 401 or 429
was refused and is offered again. The run also checks that no write is sent twice, that no error passes as data, that every deadline is
kept, and that nobody is told that nothing changed where something did.

Where a deadline is the only end of something (refused connections, silence, retries without end), the load of the machine decides
which problem is told; the line then shows one run.
";

/// The faults of a page, in its order. How far a call gets before its deadline is up to the machine's load, so two runs may
/// tell different (and equally right) problems: every promise is checked in every cell, and the page is held to having
/// every fault there is, and none that there is not.
fn faults(text: &str) -> Vec<&str> {
    let mut faults: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()).collect();
    faults.dedup();
    faults
}

/// Compares the committed page with what the run had, or writes it where that is asked for.
pub(super) fn check(writes: &[Column], reads: &[Column]) {
    let text = page(writes, reads);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/faults.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return std::fs::write(path, text).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        faults(&committed),
        faults(&text),
        "docs/faults.md has other faults than the run; write it again with\n  {AGAIN}"
    );
}

fn page(writes: &[Column], reads: &[Column]) -> String {
    let mut text = format!("<!-- Generated: {AGAIN} -->\n\n{INTRODUCTION}\n## Writes\n\n");
    text.push_str("The outcome is that before anything is read back.\n\n");
    text.push_str("| fault | write | told | changed | again | sent | outcome |\n| --- | --- | --- | --- | --- | --- | --- |\n");
    for (trouble, cells) in writes {
        for (names, cell) in alike(cells) {
            let Cell { told, changed, retryable, sent, came_of_it } = cell;
            text.push_str(&format!(
                "| {trouble} | {names} | {told} | {changed} | {retryable} | {sent} | {came_of_it} |\n"
            ));
        }
    }
    text.push_str("\n## Look-ups and sign-in\n\n| fault | look-up | told | again | sent |\n| --- | --- | --- | --- | --- |\n");
    for (trouble, cells) in reads {
        for (names, cell) in alike(cells) {
            let Cell { told, retryable, sent, .. } = cell;
            text.push_str(&format!("| {trouble} | {names} | {told} | {retryable} | {sent} |\n"));
        }
    }
    text
}

/// Rows that came to the same, under the names of all.
fn alike<'a>(cells: &'a [(&'static str, Cell)]) -> Vec<(String, &'a Cell)> {
    let mut groups: Vec<(Vec<&str>, &Cell)> = Vec::new();
    for (name, cell) in cells {
        match groups.iter_mut().find(|(_, other)| *other == cell) {
            Some((names, _)) => names.push(name),
            None => groups.push((vec![name], cell)),
        }
    }
    let all = groups.len() == 1;
    let named = |names: Vec<&str>| if all { "all".to_owned() } else { names.join(", ") };
    groups.into_iter().map(|(names, cell)| (named(names), cell)).collect()
}
