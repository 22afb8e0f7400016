//! The figures of `docs/performance.md` are what a run printed: above each table stands the command that makes it, and
//! this runs the commands and puts what they print in the place of what stood there.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

const PAGE: &str = "docs/performance.md";
const BEGIN: &str = "<!-- figures: ";
const END: &str = "<!-- end of the figures -->";

/// Measures again what one of `wanted` is part of the command of, or everything.
pub(crate) fn run(root: &Path, wanted: &[String]) -> Result<()> {
    let commands: Vec<String> = {
        let text = read(root)?;
        let all = commands(&text).into_iter().map(str::to_owned);
        all.filter(|command| wanted.is_empty() || wanted.iter().any(|part| command.contains(part))).collect()
    };
    ensure!(!commands.is_empty(), "no command in {PAGE} has any of {wanted:?} in it");
    let mut failed = Vec::new();
    for command in commands {
        let (tables, succeeded) = measure(root, &command)?;
        if tables.is_empty() {
            failed.push(format!("`{command}` printed no table"));
            continue;
        }
        // Read again, because a run takes minutes and somebody may be writing.
        let text = replaced(&read(root)?, &command, &tables)
            .with_context(|| format!("{PAGE} has no figures of `{command}` any more"))?;
        fs::write(root.join(PAGE), text).with_context(|| format!("cannot write {PAGE}"))?;
        if !succeeded {
            failed.push(format!("`{command}` failed; what it printed is in {PAGE}"));
        }
    }
    ensure!(failed.is_empty(), "{}", failed.join("\n"));
    Ok(())
}

fn read(root: &Path) -> Result<String> {
    fs::read_to_string(root.join(PAGE)).with_context(|| format!("cannot read {PAGE}"))
}

/// The commands of a page, from top to bottom.
fn commands(page: &str) -> Vec<&str> {
    page.lines().filter_map(|line| line.strip_prefix(BEGIN)?.strip_suffix(" -->")).collect()
}

/// Runs a command, showing what it prints; its tables, and whether it succeeded.
fn measure(root: &Path, command: &str) -> Result<(String, bool)> {
    println!("$ {command}");
    let mut words = command.split_whitespace();
    let program = words.next().context("a command is empty")?;
    let mut child = Command::new(program)
        .args(words)
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{command}`"))?;
    let printed = child.stdout.take().expect("it is piped");
    let mut lines = Vec::new();
    for line in BufReader::new(printed).lines() {
        let line = line.with_context(|| format!("cannot read what `{command}` prints"))?;
        println!("{line}");
        lines.push(line);
    }
    let status = child.wait().with_context(|| format!("cannot wait for `{command}`"))?;
    Ok((tables(&lines), status.success()))
}

/// The tables among lines, without the blanks that align them on a terminal. One that begins as an earlier one did
/// goes on in it.
fn tables(lines: &[String]) -> String {
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    let mut current = None;
    for line in lines {
        let Some(row) = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
            current = None;
            continue;
        };
        let row = row.split('|').map(str::trim).fold("|".to_owned(), |row, cell| match cell {
            "" => row + "  |",
            cell => format!("{row} {cell} |"),
        });
        match current {
            Some(place) if !row.starts_with("| --- ") => {
                let (_, rows): &mut (_, Vec<_>) = &mut tables[place];
                rows.push(row);
            }
            Some(_) => {}
            None => {
                let known = tables.iter().position(|(head, _)| *head == row);
                current = Some(known.unwrap_or_else(|| {
                    tables.push((row, Vec::new()));
                    tables.len() - 1
                }));
            }
        }
    }
    let whole = tables.into_iter().map(|(head, rows)| {
        let rule = "| --- ".repeat(head.matches('|').count() - 1) + "|";
        format!("{head}\n{rule}\n{}\n", rows.join("\n"))
    });
    whole.collect::<Vec<_>>().join("\n")
}

/// The page with these tables as the figures of a command; none if it does not have the command.
fn replaced(page: &str, command: &str, tables: &str) -> Option<String> {
    let (before, rest) = page.split_once(&format!("{BEGIN}{command} -->\n"))?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{command} -->\n{tables}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "
A part

| figure        |    limit | measured |
| ---           |      --- |      --- |
| added         |   ≤ 2 ms |  1.36 ms |

| address       |     page |
| ---           |      --- |
| `/`           |       91 |

| figure        |    limit | measured |
| ---           |      --- |      --- |
| failed        |          |        0 |

every limit was kept
";

    #[test]
    fn tables_are_taken_out_of_what_is_printed_and_those_that_begin_alike_are_one() {
        let lines: Vec<String> = PRINTED.lines().map(str::to_owned).collect();
        assert_eq!(
            tables(&lines),
            "| figure | limit | measured |\n| --- | --- | --- |\n| added | ≤ 2 ms | 1.36 ms |\n| failed |  | 0 |\n\n\
             | address | page |\n| --- | --- |\n| `/` | 91 |\n"
        );
    }

    #[test]
    fn only_the_figures_of_that_command_are_replaced() {
        let block = |command: &str, tables: &str| format!("{BEGIN}{command} -->\n{tables}{END}\n");
        let page = format!("one\n{}two\n{}", block("a", "old\n"), block("a b", "kept\n"));
        assert_eq!(commands(&page), ["a", "a b"]);
        let wanted = format!("one\n{}two\n{}", block("a", "| new |\n"), block("a b", "kept\n"));
        assert_eq!(replaced(&page, "a", "| new |\n"), Some(wanted));
        assert_eq!(replaced(&page, "c", "| new |\n"), None);
    }

    #[test]
    fn the_page_has_figures_and_each_has_an_end() {
        let page = read(&crate::sh::workspace_root()).unwrap();
        assert!(commands(&page).len() >= 10, "{:?}", commands(&page));
        for command in commands(&page) {
            let again = replaced(&page, command, "").unwrap_or_else(|| panic!("{command} has no end"));
            assert_eq!(
                commands(&again),
                commands(&page),
                "the figures of {command} end before the next begin"
            );
        }
    }
}
