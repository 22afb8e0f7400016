//! Every module says why it exists: a Rust file, generated ones included, begins with a `//!` paragraph.

use super::Finding;
use super::house::House;

pub(super) fn check(house: &House) -> Vec<Finding> {
    let silent = house.files.iter().filter(|file| file.path.ends_with(".rs") && !speaks(&file.text));
    silent
        .map(|file| Finding {
            file: file.path.clone(),
            line: 1,
            rule: "headers",
            what: "the file doesn't say why it exists".to_owned(),
            remedy: "begin it with a `//!` paragraph that does",
        })
        .collect()
}

fn speaks(text: &str) -> bool {
    text.lines()
        .next()
        .and_then(|line| line.strip_prefix("//!"))
        .is_some_and(|words| !words.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::house::Text;
    use super::*;

    #[test]
    fn only_rust_files_that_do_not_begin_with_words_are_found() {
        let file = |path: &str, text: &str| Text { path: path.to_owned(), text: text.to_owned() };
        let files = vec![
            file("a.rs", "//! Keeps the clock.\n"),
            file("b.rs", "use std::fmt;\n//! Too late.\n"),
            file("c.rs", "//!\n"),
            file("generated/d.rs", ""),
            file("e.md", "Prose."),
        ];
        let house = House { members: vec![], files };
        let found: Vec<_> = check(&house).into_iter().map(|finding| finding.file).collect();
        assert_eq!(found, ["b.rs", "c.rs", "generated/d.rs"]);
    }
}
