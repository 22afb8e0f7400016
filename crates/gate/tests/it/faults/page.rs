//! `docs/faults.md`: the matrix as a reader looks it up. What comes to the same is said once.

use super::scene::Cell;
use super::{Column, moving, read_back};
use std::path::Path;

const AGAIN: &str = "UPDATE_DOCS=1 cargo test -p gate --test it faults";

const INTRODUCTION: &str = "\
# What happens when something goes wrong

Every line was written by a run, and every run compares all of them: the gate before an emulated N-central, with the fault named on the
left. *Told* is what the caller gets: data, or a problem of that kind. *Changed* is what the problem says about whether anything was
changed, and *again* whether trying again helps. *Sent* is how N-central saw each request of the operation end; a request answered 401 or 429
was refused and is offered again. *In time*: no exchange took longer than its deadline, however often it was offered.
The run also checks that no write is sent twice, that no error passes as data, and that nobody is told that nothing changed where something did.

Two things are left to chance, and therefore not said: how often a request that is always answered 429 is offered before its deadline,
because pauses are drawn at random (*again and again*); and how often a renewal or sign-in is begun, because the look-ups of one call wait
for it together, and one that comes too late begins another (its ends stand there without a number).
";

const READ_BACKS: &str = "
## Reading back what is unknown

The connection broke over the answer to a write, so its outcome is unknown. Some time after the deadline the gateway looks; this is what
becomes of that look, what the call says then, and what it says in the end. Nothing is sent again. That something is not there proves
nothing, because the request may still be on its way: that is for a person to settle.

| the look-up | write | the call then | once the look-up is answered | the write was sent |
| --- | --- | --- | --- | --- |
";

const MOVING: &str = "
## Lists that change while they are read

The list of 1,300 devices takes two pages, and this happens to it each time the second is asked for. The run checks that each row comes once,
that none is missing that was there all the time, and that no name passes for the only one because another device slipped between two pages.
The last line asks for a change on a name that a device on each page has: it must not be held for one of them. Nothing was sent.

| what happens to the list | look-up, or what is asked for | told | again |
| --- | --- | --- | --- |
";

/// Compares the committed page with what the run had, or writes it where that is asked for.
pub(super) fn check(
    writes: &[Column],
    reads: &[Column],
    read_backs: &[read_back::Line],
    moving: &[moving::Line],
) {
    let text = page(writes, reads, read_backs, moving);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/faults.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return std::fs::write(path, text).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(committed, text, "docs/faults.md is not what the run shows; write it again with\n  {AGAIN}");
}

fn page(
    writes: &[Column],
    reads: &[Column],
    read_backs: &[read_back::Line],
    moving: &[moving::Line],
) -> String {
    let mut text = format!("<!-- Generated: {AGAIN} -->\n\n{INTRODUCTION}\n## Writes\n\n");
    text.push_str("The outcome is that before anything is read back. *From the second on*: the trouble begins when the first of three requests has been answered.\n\n");
    text.push_str("| fault | write | told | changed | again | sent | in time | outcome |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (trouble, cells) in writes {
        for (names, cell) in alike(cells) {
            let Cell { told, changed, retryable, sent, came_of_it, .. } = cell;
            let in_time = yes(cell.in_time);
            text.push_str(&format!(
                "| {trouble} | {names} | {told} | {changed} | {retryable} | {sent} | {in_time} | {came_of_it} |\n"
            ));
        }
    }
    text.push_str(READ_BACKS);
    for lines in read_backs.chunks(read_back::TOGETHER) {
        for (names, [look_up, then, finally, sent]) in alike(lines) {
            text.push_str(&format!("| {look_up} | {names} | {then} | {finally} | {sent} |\n"));
        }
    }
    text.push_str("\n## Look-ups and sign-in\n\n| fault | look-up | told | again | sent | in time |\n| --- | --- | --- | --- | --- | --- |\n");
    for (trouble, cells) in reads {
        for (names, cell) in alike(cells) {
            let Cell { told, retryable, sent, .. } = cell;
            let in_time = yes(cell.in_time);
            text.push_str(&format!("| {trouble} | {names} | {told} | {retryable} | {sent} | {in_time} |\n"));
        }
    }
    text.push_str(MOVING);
    for lines in moving.chunks(moving::TOGETHER) {
        for (names, [happens, told, again]) in alike(lines) {
            text.push_str(&format!("| {happens} | {names} | {told} | {again} |\n"));
        }
    }
    text
}

fn yes(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// Rows that came to the same, under the names of all.
fn alike<'a, T: PartialEq>(cells: &'a [(&'static str, T)]) -> Vec<(String, &'a T)> {
    let mut groups: Vec<(Vec<&str>, &T)> = Vec::new();
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
