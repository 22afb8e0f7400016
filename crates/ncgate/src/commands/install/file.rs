//! Writing into a file that belongs to another program: nothing else in it changes, what it said before is kept, and it
//! is replaced as a whole or not at all.

use super::clients::Entry;
use crate::exit::defect;
use model::{Kind, Problem};
use serde_json::{Map, Value};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What became of the file.
pub(super) struct Written {
    /// `added`, `replaced` (there was another entry of that name) or `unchanged`.
    pub(super) status: &'static str,
    /// Where the file is kept as it was; none where there was nothing to keep.
    pub(super) before: Option<PathBuf>,
}

/// Puts the entry into the file at `path`, which may not exist yet.
///
/// # Errors
/// A file that is no JSON object, or that this user may not read or write; it is left as it is.
pub(super) fn merge(path: &Path, entry: &Entry) -> Result<Written, Problem> {
    // A link stays one: what it points to is replaced.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let failed = |error| defect(&path.display().to_string(), &error);
    let found = match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    let said = found.as_deref().filter(|text| !text.trim().is_empty());
    let mut document = said.map_or_else(|| Ok(Map::new()), |text| parse(path, text))?;
    let status = insert(&mut document, entry)
        .ok_or_else(|| unreadable(path, "its servers are not where this client keeps them"))?;
    if status == "unchanged" {
        return Ok(Written { status, before: None });
    }
    let before = found.is_some().then(|| beside(path, ".before-ncgate"));
    if let Some(before) = &before {
        fs::copy(path, before).map_err(|error| defect(&before.display().to_string(), &error))?;
    }
    replace(path, &format!("{:#}\n", Value::Object(document))).map_err(failed)?;
    Ok(Written { status, before })
}

fn parse(path: &Path, text: &str) -> Result<Map<String, Value>, Problem> {
    serde_json::from_str(text).map_err(|error| unreadable(path, &format!("it is no JSON object ({error})")))
}

fn unreadable(path: &Path, why: &str) -> Problem {
    Problem::new(Kind::Conflict, format!("{} can't be added to: {why}", path.display()))
        .hint("nothing was changed; see what to put there by hand with --print")
}

/// Puts the entry in; none where the file has something else in that place.
fn insert(document: &mut Map<String, Value>, entry: &Entry) -> Option<&'static str> {
    let none = || Value::Object(Map::new());
    let servers = document.entry(entry.section).or_insert_with(none).as_object_mut()?;
    let mut status = match servers.insert(entry.name.clone(), entry.server.clone()) {
        None => "added",
        Some(before) if before == entry.server => "unchanged",
        Some(_) => "replaced",
    };
    if entry.inputs.is_empty() {
        return Some(status);
    }
    let inputs = document.entry("inputs").or_insert_with(|| Value::Array(Vec::new())).as_array_mut()?;
    for input in &entry.inputs {
        match inputs.iter_mut().find(|found| found["id"] == input["id"]) {
            Some(found) if found == input => {}
            Some(found) => {
                *found = input.clone();
                status = "replaced";
            }
            None => {
                inputs.push(input.clone());
                status = if status == "unchanged" { "replaced" } else { status };
            }
        }
    }
    Some(status)
}

/// Replaces the file in one step. One that is there keeps its mode; a new one is for its owner alone.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let directory = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    if let Ok(found) = fs::metadata(path) {
        file.as_file().set_permissions(found.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
