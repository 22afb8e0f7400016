//! The licences of everything that is linked into the binary, as their authors wrote them: most ask for no more than to
//! be passed on.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::materials::Materials;

/// How the files begin that say under what terms a crate may be used.
const NAMES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];

/// One text, in which a licence that several crates share stands once.
pub(super) fn of(materials: &Materials) -> Result<String> {
    let mut text = String::from("ncgate contains the following works of others.\n\n");
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for ((name, version), found) in &materials.crates {
        if found.checksum.is_none() {
            continue;
        }
        let licence = found.licence.as_deref().unwrap_or("see below");
        writeln!(text, "{name} {version}: {licence}").expect("a String takes everything");
        for words in licences(&found.directory)? {
            texts.entry(words).or_default().push(format!("{name} {version}"));
        }
    }
    for (words, crates) in texts {
        let rule = "-".repeat(78);
        write!(text, "\n{rule}\n{}\n{rule}\n\n{}\n", crates.join(", "), words.trim_end())
            .expect("a String takes everything");
    }
    Ok(text)
}

fn licences(directory: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().to_uppercase()).unwrap_or_default();
        if path.is_file() && NAMES.iter().any(|start| name.starts_with(start)) {
            found.push(String::from_utf8_lossy(&fs::read(&path)?).replace("\r\n", "\n"));
        }
    }
    found.sort();
    Ok(found)
}
