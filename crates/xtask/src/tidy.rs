//! The house rules that no compiler knows. Each rule is a pure function from the house (manifests and texts) to
//! findings, and each finding says where, what and what to do instead.

mod arrows;
mod headers;
mod house;
mod manifests;
mod sizes;
mod words;

use std::fmt;
use std::path::Path;

use anyhow::{Result, bail};

use house::House;

/// One breach of one rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    file: String,
    /// From 1.
    line: usize,
    rule: &'static str,
    what: String,
    remedy: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, rule, what, remedy } = self;
        write!(f, "{file}:{line}: [{rule}] {what}\n    {remedy}")
    }
}

/// The rules, in the order in which they report.
const RULES: [fn(&House) -> Vec<Finding>; 5] =
    [arrows::check, manifests::check, headers::check, sizes::check, words::check];

/// Checks every rule; fails if one is broken.
pub(crate) fn run(root: &Path) -> Result<()> {
    let house = House::load(root)?;
    println!("{}", sizes::report(&house));
    let findings: Vec<_> = RULES.iter().flat_map(|rule| rule(&house)).collect();
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("tidy found {} breach(es) of the house rules", findings.len());
    }
    Ok(())
}
