//! Files stay small enough to be read in one go: none of ours over 25 KB, and the median is reported so that its
//! drift is seen.

use super::Finding;
use super::house::House;

/// In bytes.
const MOST: usize = 25_000;

pub(super) fn check(house: &House) -> Vec<Finding> {
    let large = house.files.iter().filter(|file| file.is_source() && file.text.len() > MOST);
    large
        .map(|file| Finding {
            file: file.path.clone(),
            line: file.text.lines().count(),
            rule: "sizes",
            what: format!("{} bytes; the most is {MOST}", file.text.len()),
            remedy: "split it along its concerns",
        })
        .collect()
}

/// One line about all source files.
pub(super) fn report(house: &House) -> String {
    let mut sizes: Vec<_> =
        house.files.iter().filter(|file| file.is_source()).map(|file| file.text.len()).collect();
    sizes.sort_unstable();
    let median = sizes.get(sizes.len() / 2).copied().unwrap_or_default();
    let largest = sizes.last().copied().unwrap_or_default();
    format!("{} Rust files, median {median} bytes, largest {largest}", sizes.len())
}

#[cfg(test)]
mod tests {
    use super::super::house::Text;
    use super::*;

    fn house(sizes: &[(&str, usize)]) -> House {
        let file = |&(path, size): &(&str, usize)| Text { path: path.to_owned(), text: "x".repeat(size) };
        House { members: vec![], files: sizes.iter().map(file).collect() }
    }

    #[test]
    fn a_file_over_the_limit_is_found_unless_it_is_generated() {
        let house =
            house(&[("a.rs", 25_001), ("b.rs", 25_000), ("src/generated/c.rs", 90_000), ("d.css", 90_000)]);
        let found: Vec<_> = check(&house).into_iter().map(|finding| (finding.file, finding.what)).collect();
        assert_eq!(found, [("a.rs".to_owned(), "25001 bytes; the most is 25000".to_owned())]);
    }

    #[test]
    fn the_report_gives_number_median_and_largest() {
        let house = house(&[("a.rs", 900), ("b.rs", 100), ("c.rs", 300), ("src/generated/d.rs", 90_000)]);
        assert_eq!(report(&house), "3 Rust files, median 300 bytes, largest 900");
        assert_eq!(report(&House::default()), "0 Rust files, median 0 bytes, largest 0");
    }
}
