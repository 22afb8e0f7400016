//! Texts that people type into administration: cleaned, and of bearable length.

use catalog::Entry;
use model::{Kind, Problem, text};

/// Most characters of a name.
const NAME: usize = 100;

/// Most characters of a free text.
const TEXT: usize = 2000;

/// Most characters of a reason, as everywhere.
const REASON: usize = 500;

/// A name as it is kept: without blanks around it and without characters that nobody sees.
///
/// # Errors
/// An empty or overlong one.
pub(super) fn name(what: &str, given: &str) -> Result<String, Problem> {
    let name = text::clean(given, false).trim().to_owned();
    match name.chars().count() {
        0 => Err(invalid(format!("the {what} is missing"))),
        1..=NAME => Ok(name),
        _ => Err(invalid(format!("the {what} is longer than {NAME} characters"))),
    }
}

/// A description as it is kept.
///
/// # Errors
/// An overlong one.
pub(super) fn description(given: &str) -> Result<String, Problem> {
    free_text("description", given, TEXT)
}

/// A reason as it is kept; empty where none was given.
///
/// # Errors
/// An overlong one.
pub(super) fn reason(given: Option<&str>) -> Result<String, Problem> {
    free_text("reason", given.unwrap_or_default(), REASON)
}

fn free_text(what: &str, given: &str, most: usize) -> Result<String, Problem> {
    let cleaned = text::clean(given, true).trim().to_owned();
    if cleaned.chars().count() > most {
        return Err(invalid(format!("the {what} is longer than {most} characters")));
    }
    Ok(cleaned)
}

/// The tool of this name, canonical or alias.
///
/// # Errors
/// One that names the nearest known.
pub(super) fn tool(name: &str) -> Result<&'static Entry, Problem> {
    catalog::find(name).ok_or_else(|| {
        let known: Vec<&str> = catalog::TOOLS
            .iter()
            .flat_map(|tool| [Some(tool.record.name), tool.record.alias])
            .flatten()
            .collect();
        catalog::schema::unknown_word("tool", name, &known).hint("`ncgate tools` lists them")
    })
}

pub(super) fn invalid(message: impl Into<String>) -> Problem {
    Problem::new(Kind::InvalidArguments, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cleaned_and_measured() {
        assert_eq!(name("name", " Acme\u{202e} \n").unwrap(), "Acme");
        assert!(name("name", " \u{200b} ").unwrap_err().message.contains("missing"));
        assert!(name("name", &"x".repeat(101)).is_err());
    }

    #[test]
    fn an_unknown_tool_names_the_nearest() {
        assert_eq!(tool("list_devices").unwrap().record.name, "n_central-list-devices");
        assert!(tool("n_central-list-device").err().unwrap().message.contains("`n_central-list-devices`"));
    }
}
