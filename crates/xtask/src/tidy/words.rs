//! Words that don't belong in the repository: the paths of one person's machine, the hosts of package registries
//! (a manifest names packages, cargo knows where they come from), and marks of unfinished work.
//!
//! They are spelt in two halves here, so that this file passes its own rule.

use super::Finding;
use super::house::{House, Text};

/// A kind of word, where it is looked for, and what to do about it.
struct Ban {
    words: &'static [&'static str],
    in_file: fn(&Text) -> bool,
    what: &'static str,
    remedy: &'static str,
}

const BANS: [Ban; 3] = [
    Ban {
        words: &[concat!("/wo", "rk/"), concat!("/ro", "ot/")],
        in_file: |_| true,
        what: "a path of one machine",
        remedy: "name the file relative to the repository",
    },
    Ban {
        words: &[
            concat!("crates", ".io"),
            concat!("npmjs", ".org"),
            concat!("pypi", ".org"),
            concat!("pythonhosted", ".org"),
        ],
        // The lock file is cargo's own writing.
        in_file: |file| file.path != "Cargo.lock",
        what: "the host of a package registry",
        remedy: "name the package alone",
    },
    Ban {
        words: &[
            concat!("TO", "DO"),
            concat!("FIX", "ME"),
            concat!("to", "do!"),
            concat!("unimple", "mented!"),
        ],
        in_file: |file| file.path.ends_with(".rs"),
        what: "unfinished work",
        remedy: "finish it, or open an issue and say in words what the code doesn't do",
    },
];

pub(super) fn check(house: &House) -> Vec<Finding> {
    house.files.iter().flat_map(check_file).collect()
}

fn check_file(file: &Text) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ban in BANS.iter().filter(|ban| (ban.in_file)(file)) {
        for (index, line) in file.text.lines().enumerate() {
            let Some(word) = ban.words.iter().find(|word| line.contains(**word)) else { continue };
            findings.push(Finding {
                file: file.path.clone(),
                line: index + 1,
                rule: "words",
                what: format!("`{word}` is {}", ban.what),
                remedy: ban.remedy,
            });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<(usize, String)> {
        let files = vec![Text { path: path.to_owned(), text: text.to_owned() }];
        check(&House { members: vec![], files })
            .into_iter()
            .map(|finding| (finding.line, finding.what))
            .collect()
    }

    #[test]
    fn every_banned_word_is_found_in_the_line_where_it_stands() {
        for ban in BANS {
            for word in ban.words {
                let found = findings("a.rs", &format!("// fine\n// see {word}thing\n"));
                assert_eq!(found, [(2, format!("`{word}` is {}", ban.what))]);
            }
        }
    }

    #[test]
    fn a_word_is_banned_only_where_it_is_wrong() {
        assert_eq!(findings("Cargo.lock", BANS[1].words[0]), []);
        assert_eq!(findings("docs/guide.md", BANS[2].words[0]), []);
        assert_eq!(findings("docs/guide.md", "the work of a gate; crates and registries"), []);
    }
}
