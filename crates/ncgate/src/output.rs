//! Showing what came of a command: a table where a person looks at a terminal, the same object that REST answers as
//! one line of JSON everywhere else. Standard output carries the answer, standard error everything said beside it.

use crate::shape;
use model::{Changed, Problem};
use serde_json::{Value, json};
use std::io::{self, IsTerminal, Write};

/// Where to show what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// JSON was asked for by name.
    asked: bool,
    /// Standard output is a terminal.
    terminal: bool,
    /// Standard output belongs to a protocol, and nothing else may go there.
    taken: bool,
}

impl Output {
    /// Looks at where standard output goes.
    pub(crate) fn new(json: bool) -> Self {
        Self { asked: json, terminal: io::stdout().is_terminal(), taken: false }
    }

    /// The same, with JSON asked for as well.
    #[must_use]
    pub(crate) fn or_json(self, json: bool) -> Self {
        Self { asked: self.asked || json, ..self }
    }

    /// The same, with standard output left to a protocol.
    #[must_use]
    pub(crate) fn beside_a_protocol(self) -> Self {
        Self { taken: true, ..self }
    }

    /// Whether a program reads the answer.
    pub(crate) fn is_json(&self) -> bool {
        self.asked || !self.terminal
    }

    /// Shows an answer: as it is, or in the form that `table` gives it.
    pub(crate) fn show(&self, answer: &Value, table: impl FnOnce(&Value) -> String) {
        if !self.is_json() {
            write(&table(answer));
        } else if self.terminal {
            write(&format!("{answer:#}"));
        } else {
            write(&answer.to_string());
        }
    }

    /// Shows an answer in the form that its members suggest.
    pub(crate) fn answer(&self, answer: &Value) {
        self.show(answer, shape::of);
    }

    /// Shows a list that was read to its end, a column for each of `columns`.
    pub(crate) fn list(&self, items: Vec<Value>, columns: &[shape::Column<'_>]) {
        let list = json!({ "items": items, "next": null });
        self.show(&list, |list| shape::grid(list["items"].as_array().map_or(&[], Vec::as_slice), columns));
    }

    /// Says something beside the answer.
    pub(crate) fn say(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Reports a problem: in words for people, and as JSON where a program reads the answer.
    pub(crate) fn problem(&self, problem: &Problem) {
        let mut words = format!("ncgate: {}", marked(&problem.message));
        words.push_str(&format!(" ({})", problem.kind));
        match problem.changed {
            Changed::No => {}
            Changed::Yes => words.push_str("\n  Something was changed."),
            Changed::Unknown => words.push_str("\n  It is not known whether anything was changed."),
        }
        if let Some(upstream) = &problem.upstream {
            let status = upstream.status.map(|status| format!(" {status}")).unwrap_or_default();
            words.push_str(&format!("\n  N-central said{status}: {}", marked(&upstream.message)));
            if let Some(id) = &upstream.correlation_id {
                words.push_str(&format!(" (correlation id {id})"));
            }
        }
        let told = problem.details.iter().filter(|(_, value)| !value.is_null() && *value != &json!([]));
        for (name, value) in told {
            words.push_str(&format!("\n  {}: {}", shape::heading(name), shape::text(value)));
        }
        if !problem.hint.is_empty() {
            words.push_str(&format!("\n  {}.", marked(&capital(problem.hint.trim_end_matches('.')))));
        }
        self.say(&words);
        if self.is_json() && !self.taken {
            write(&serde_json::to_string(problem).expect("a problem is JSON"));
        }
    }
}

/// One line, or several, to standard output. Whoever closed it does not want to know.
pub(crate) fn write(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
}

/// With a capital at its beginning, where a word of the language begins it: names of tools, paths and commands keep
/// theirs.
fn capital(text: &str) -> String {
    let first = text.split([' ', ',', ':', ';']).next().unwrap_or_default();
    if !first.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'\'') {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A message that may quote what others wrote: lines after its first are marked, so that none passes for one of ours.
fn marked(message: &str) -> String {
    let clean = model::text::clean(message, true);
    clean.trim_end().lines().collect::<Vec<_>>().join("\n  │ ")
}
