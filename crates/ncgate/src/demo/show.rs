//! How the demonstration looks: a story to be read from top to bottom, each call with its answer beneath, in colour
//! where the terminal has it, or the same as one JSON object a line.

use crate::output::write;
use crate::shape::{self, Requests};
use model::Problem;
use serde_json::{Value, json};
use std::io::IsTerminal;

/// No line is longer, whatever the terminal's width.
const WIDEST: usize = 110;
/// No line is wrapped more tightly.
const NARROWEST: usize = 40;
/// Rows of an answer that are shown; the agent has all of them.
const ROWS: usize = 8;
/// Rows of a table inside an answer.
const INNER_ROWS: usize = 4;

/// Shows it.
pub(super) struct Show {
    json: bool,
    colour: bool,
    width: usize,
}

#[derive(Clone, Copy)]
enum Ink {
    Bold,
    Faint,
    Agent,
    Person,
    Good,
    Bad,
}

impl Show {
    pub(super) fn new(json: bool) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let width = if terminal { shape::terminal_width().clamp(NARROWEST, WIDEST) } else { WIDEST };
        Self { json, colour: terminal && std::env::var_os("NO_COLOR").is_none(), width }
    }

    /// The start: where everything is.
    pub(super) fn facts(&self, title: &str, facts: &[(&str, String)]) {
        if self.json {
            let members: serde_json::Map<_, _> = facts
                .iter()
                .map(|(name, fact)| (name.replace([' ', '\''], "_").to_lowercase(), json!(fact)))
                .collect();
            return self.event("stage", members.into());
        }
        let widest = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        write(&format!("\n{}\n", self.ink(Ink::Bold, title)));
        for (name, fact) in facts {
            write(&format!("  {}  {fact}", self.ink(Ink::Faint, &format!("{name:<widest$}"))));
        }
    }

    /// What the person asks of the agent.
    pub(super) fn request(&self, number: usize, words: &str) {
        if self.json {
            return self.event("request", json!({ "number": number, "words": words }));
        }
        let heading = format!("{number}  “{words}”");
        let rule = "─".repeat(self.width.saturating_sub(heading.chars().count() + 4));
        write(&format!(
            "\n{} {} {}",
            self.ink(Ink::Faint, "──"),
            self.ink(Ink::Bold, &heading),
            self.ink(Ink::Faint, &rule)
        ));
    }

    /// A call of the agent.
    pub(super) fn call(&self, tool: &str, arguments: &Value) {
        if !self.json {
            write("");
        }
        self.next_call(tool, arguments);
    }

    /// One more call of the same kind, close to the one before.
    pub(super) fn next_call(&self, tool: &str, arguments: &Value) {
        if self.json {
            return self.event("call", json!({ "tool": tool, "arguments": arguments }));
        }
        let arguments = arguments.as_object().into_iter().flatten();
        let words: Vec<String> = arguments.map(|(name, value)| format!("{name}={}", short(value))).collect();
        let first = format!("{} {}", self.ink(Ink::Agent, "▸"), self.ink(Ink::Agent, tool));
        self.lines(&first, tool.len() + 4, &words);
    }

    /// What a person does over REST.
    pub(super) fn person(&self, name: &str, does: &str, with: &Value) {
        if self.json {
            return self.event("person", json!({ "name": name, "does": does, "with": with }));
        }
        let members = with.as_object().into_iter().flatten();
        let words: Vec<String> = members.map(|(name, value)| format!("{name}={}", short(value))).collect();
        let first = format!("{} {}  {does}", self.ink(Ink::Person, "◆"), self.ink(Ink::Person, name));
        write("");
        self.lines(&first, name.chars().count() + does.chars().count() + 6, &words);
    }

    /// What was answered: the columns of its rows that matter here, or the members that do.
    pub(super) fn answer(&self, answer: &Value, members: &[&str]) {
        if self.json {
            return self.event("answer", answer.clone());
        }
        let text = match answer["rows"].as_array() {
            Some(rows) => self.rows(answer, rows, members, ROWS),
            None => self.members(answer, members),
        };
        text.lines().for_each(|line| write(&format!("    {line}")));
    }

    /// A held call, as a person sees it before deciding.
    pub(super) fn approval(&self, approval: &Value) {
        if self.json {
            return self.event("answer", approval.clone());
        }
        let text = shape::approval(approval, Requests::Counted, self.width - 4);
        text.lines().for_each(|line| write(format!("    {line}").trim_end()));
    }

    /// What was answered, on one line.
    pub(super) fn line(&self, answer: &Value, words: &[String]) {
        if self.json {
            return self.event("answer", answer.clone());
        }
        let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "–").collect();
        write(&format!("    {}", model::text::shorten(&words.join("  "), self.width - 5)));
    }

    /// What went wrong.
    pub(super) fn problem(&self, problem: &Problem) {
        if self.json {
            return self.event("problem", serde_json::to_value(problem).unwrap_or_default());
        }
        self.paragraph(&self.ink(Ink::Bad, "✗"), &problem.to_string());
    }

    /// What the agent, or the demonstration, says in the end.
    pub(super) fn says(&self, good: bool, words: &str) {
        if self.json {
            return self.event("says", json!({ "good": good, "words": words }));
        }
        write("");
        let mark = if good { self.ink(Ink::Good, "●") } else { self.ink(Ink::Bad, "●") };
        self.paragraph(&mark, words);
    }

    /// Something that the reader may want to do; it is not wrapped, so that it can be copied.
    pub(super) fn hint(&self, words: &str, command: &str) {
        if self.json {
            return self.event("hint", json!({ "words": words, "command": command }));
        }
        write("");
        self.paragraph(" ", words);
        write(&format!("\n      {}", self.ink(Ink::Bold, command)));
    }

    fn event(&self, kind: &str, what: Value) {
        write(&json!({ "event": kind, "what": what }).to_string());
    }

    fn rows(&self, answer: &Value, rows: &[Value], wanted: &[&str], most: usize) -> String {
        let columns: Vec<&str> =
            answer["columns"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let places: Vec<usize> = columns
            .iter()
            .enumerate()
            .filter(|(_, name)| wanted.is_empty() || wanted.contains(name))
            .map(|(at, _)| at)
            .collect();
        let headings: Vec<String> = places.iter().map(|at| columns[*at].to_owned()).collect();
        let shown =
            rows.iter().take(most).map(|row| places.iter().map(|at| shape::text(&row[*at])).collect());
        let mut text = shape::draw(&headings, shown, self.width - 6);
        let total = answer["total"].as_u64().unwrap_or(rows.len() as u64);
        let more = total.saturating_sub(rows.len().min(most) as u64);
        if more > 0 {
            text.push_str(&format!("\n{}", self.ink(Ink::Faint, &format!("and {more} more"))));
        }
        text
    }

    fn members(&self, answer: &Value, wanted: &[&str]) -> String {
        let widest = wanted.iter().map(|name| name.len()).max().unwrap_or_default();
        let mut lines = Vec::new();
        for name in wanted.iter().filter(|name| !answer[**name].is_null()) {
            let label = self.ink(Ink::Faint, &format!("{name:<widest$}"));
            let heading = self.ink(Ink::Faint, name);
            match &answer[*name] {
                Value::Array(items) if items.iter().any(Value::is_object) => {
                    lines.push(heading);
                    let grid = shape::grid_of_all(&brief(items), self.width - 8);
                    lines.extend(grid.lines().map(|line| format!("  {line}")));
                }
                Value::Object(table) if shape::is_table(table) => {
                    lines.push(heading);
                    let rows = answer[*name]["rows"].as_array().map_or(&[][..], Vec::as_slice);
                    lines.extend(
                        self.rows(&answer[*name], rows, &[], INNER_ROWS)
                            .lines()
                            .map(|line| format!("  {line}")),
                    );
                }
                value => {
                    let wrapped = shape::wrap(&shape::text(value), self.width.saturating_sub(widest + 6));
                    lines.push(format!("{label}  {}", wrapped.join(&format!("\n{:widest$}  ", ""))));
                }
            }
        }
        lines.join("\n")
    }

    /// Words behind a beginning, on as many lines as they need.
    fn lines(&self, first: &str, taken: usize, words: &[String]) {
        let (mut line, mut length) = (format!("  {first}"), taken);
        for word in words {
            if length + 2 + word.chars().count() > self.width && length > 4 {
                write(&line);
                (line, length) = ("     ".to_owned(), 5);
            }
            line.push_str(&format!("  {word}"));
            length += 2 + word.chars().count();
        }
        write(&line);
    }

    fn paragraph(&self, mark: &str, words: &str) {
        for (at, line) in shape::wrap(words, self.width.saturating_sub(4)).iter().enumerate() {
            write(&format!("  {} {line}", if at == 0 { mark } else { " " }));
        }
    }

    fn ink(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Bold => "1",
            Ink::Faint => "2",
            Ink::Agent => "36",
            Ink::Person => "35",
            Ink::Good => "32",
            Ink::Bad => "31",
        };
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Objects with as many of their members as fit a line.
fn brief(items: &[Value]) -> Vec<Value> {
    const SHOWN: [&str; 9] =
        ["id", "name", "class", "customer_name", "last_checkin", "offline", "outcome", "task_id", "error"];
    let mut items = items.to_vec();
    for members in items.iter_mut().filter_map(Value::as_object_mut) {
        members.retain(|member, _| SHOWN.contains(&member.as_str()));
    }
    items
}

/// A value beside its name, short enough for a line.
fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    model::text::shorten(&text, 72)
}
