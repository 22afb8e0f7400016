//! `docs/crashes.md`: what the stories show, a section for each. Every run compares its own section on every database;
//! `UPDATE_DOCS=1` writes it.

use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

const AGAIN: &str = "UPDATE_DOCS=1 cargo test -p ncgate --test it crash";

const INTRODUCTION: &str = "\
# What happens when the gateway dies

Every line was written by a run: the real binary before an emulated N-central is killed (`SIGABRT` or `SIGKILL`, no clean-up) at the
place named on the left, started again over the same state, and asked what came of it. The same must come out on SQLite and on
PostgreSQL. After every story the run compares N-central's journal with the record: no device had two tasks, each task had exactly
one intent before it, and the record verifies.
";

/// One section of the page.
pub(super) struct Section {
    title: &'static str,
    words: &'static str,
    columns: &'static [&'static str],
}

pub(super) const RUNS: Section = Section {
    title: "A run on two devices",
    words: "\
The columns are what becomes of the first request. *Unknown* is what the call says when it ends; where the task was made, a read-back
after the deadline finds it and settles the call as done. A request that was about to leave when the gateway died is not sent again,
though it never left: nobody can know that.",
    columns: &["it dies when", "answered", "lost before N-central had it", "applied, and the answer lost"],
};

pub(super) const IN_FLIGHT: Section = Section {
    title: "Killed while a request is on its way",
    words: "A run on two devices; `kill -9` from outside while N-central does not answer the first request.",
    columns: &["N-central", "the call"],
};

pub(super) const RECOVERY: Section = Section {
    title: "Dying again while it takes up what it died over",
    words: "A run on two devices. The first gateway died with the first answer in its hand; so does the next one, earlier.",
    columns: &["it dies again when", "the call"],
};

pub(super) const READ_BACK: Section = Section {
    title: "A read-back cut short",
    words: "A run on one device, of which N-central's answer was lost.",
    columns: &["it dies when", "the call"],
};

pub(super) const DECISIONS: Section = Section {
    title: "Decisions that let nothing run",
    words: "",
    columns: &["it dies when", "the approval", "approving it after that"],
};

pub(super) const CONNECTING: Section = Section {
    title: "Connecting",
    words: "",
    columns: &["it dies when", "the connection", "on the record", "after saving it again"],
};

pub(super) const POLICIES: Section = Section {
    title: "Changing a policy from *approval needed* to *disabled*",
    words: "",
    columns: &["it dies when", "the policy", "on the record", "the tool for a key"],
};

pub(super) const WEBHOOKS: Section = Section {
    title: "A message to a webhook",
    words: "Always under one `webhook-id`. An attempt that the gateway died over is not counted.",
    columns: &["it dies when", "the message arrives", "in the end"],
};

/// In the page's order.
const SECTIONS: [&Section; 8] =
    [&RUNS, &IN_FLIGHT, &RECOVERY, &READ_BACK, &DECISIONS, &CONNECTING, &POLICIES, &WEBHOOKS];

/// "once", "twice" and so on.
pub(super) fn times(times: usize) -> String {
    match times {
        0 => "never".into(),
        1 => "once".into(),
        2 => "twice".into(),
        more => format!("{more} times"),
    }
}

/// "1 attempt", "2 attempts".
pub(super) fn attempts(count: &Value) -> String {
    if *count == 1 { "1 attempt".to_owned() } else { format!("{count} attempts") }
}

/// Compares a section of the committed page with what the run had, or writes it where that is asked for.
pub(super) fn check<Row: AsRef<[String]>>(section: &Section, rows: &[Row]) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/crashes.md");
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let mut page = head();
    for other in SECTIONS {
        let kept = part(&committed, other).unwrap_or_default();
        page += &if other.title == section.title { text(section, rows) } else { kept.to_owned() };
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return std::fs::write(path, page).unwrap();
    }
    assert_eq!(
        part(&committed, section).unwrap_or_default(),
        text(section, rows),
        "docs/crashes.md is not what the run shows; write it again with\n  {AGAIN}"
    );
    assert_eq!(
        committed, page,
        "docs/crashes.md has more or less than its sections; write it again with\n  {AGAIN}"
    );
}

fn head() -> String {
    format!("<!-- Generated: {AGAIN} -->\n\n{INTRODUCTION}")
}

/// A section as it stands in the page, from its title to the next.
fn part<'a>(page: &'a str, section: &Section) -> Option<&'a str> {
    let title = format!("\n## {}\n", section.title);
    let from = page.find(&title)?;
    let rest = &page[from + title.len()..];
    let length = title.len() + rest.find("\n## ").unwrap_or(rest.len());
    Some(&page[from..from + length])
}

fn text<Row: AsRef<[String]>>(section: &Section, rows: &[Row]) -> String {
    let Section { title, words, columns } = section;
    let mut text = format!("\n## {title}\n\n");
    if !words.is_empty() {
        write!(text, "{words}\n\n").unwrap();
    }
    writeln!(text, "| {} |", columns.join(" | ")).unwrap();
    writeln!(text, "|{}", " --- |".repeat(columns.len())).unwrap();
    for row in rows {
        assert_eq!(row.as_ref().len(), columns.len(), "{title}");
        writeln!(text, "| {} |", row.as_ref().join(" | ")).unwrap();
    }
    text
}
