//! The form in which answers are shown to people: grids for lists, a line a member for everything else. What came
//! from devices and people is cleaned again here, because a terminal obeys what it is shown.

use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, Table, TableStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// A column of a grid: its heading, and the member that it shows.
pub(crate) type Column<'a> = (&'a str, &'a str);

/// The form that the members of an answer suggest.
pub(crate) fn of(answer: &Value) -> String {
    match answer {
        Value::Object(members) if is_table(members) => table(members),
        Value::Object(members) => page(members),
        Value::Array(items) => grid_of_all(items, None),
        other => text(other),
    }
}

/// Whether an answer is rows under named columns.
pub(crate) fn is_table(members: &Map<String, Value>) -> bool {
    members.get("columns").is_some_and(Value::is_array) && members.get("rows").is_some_and(Value::is_array)
}

/// A list of objects, a line each, as wide as the terminal.
pub(crate) fn grid(items: &[Value], columns: &[Column<'_>]) -> String {
    grid_within(items, columns, None)
}

fn grid_within(items: &[Value], columns: &[Column<'_>], width: Option<usize>) -> String {
    if items.is_empty() {
        return "Nothing to show.".to_owned();
    }
    let rows = items.iter().map(|item| columns.iter().map(|(_, member)| text(&item[*member])).collect());
    draw(&columns.iter().map(|(heading, _)| (*heading).to_owned()).collect::<Vec<_>>(), rows, width)
}

/// A heading made of a member's name.
pub(crate) fn heading(member: &str) -> String {
    let words = member.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// One value on one line, as a person reads it.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(words) => moment(words).unwrap_or_else(|| model::text::clean(words, false)),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| format!("{name}={}", text(value)))
            .collect::<Vec<_>>()
            .join(" "),
    }
}

/// A point in time, where a text is one, in the zone of whoever looks.
fn moment(words: &str) -> Option<String> {
    if words.len() < 20 || !words.is_ascii() || words.as_bytes()[10] != b'T' {
        return None;
    }
    let time: Timestamp = words.parse().ok()?;
    Some(time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string())
}

fn table(members: &Map<String, Value>) -> String {
    let columns: Vec<String> =
        members["columns"].as_array().into_iter().flatten().map(|name| heading(&text(name))).collect();
    let rows = members["rows"].as_array().into_iter().flatten();
    let mut shown = if members["rows"].as_array().is_some_and(Vec::is_empty) {
        "Nothing to show.".to_owned()
    } else {
        draw(&columns, rows.map(|row| row.as_array().into_iter().flatten().map(text).collect()), None)
    };
    let count = |name: &str| members.get(name).and_then(Value::as_u64);
    if let (Some(returned), Some(total)) = (count("returned"), count("total")) {
        shown.push_str(&format!("\n{returned} of {total}"));
        if let Some(next) = count("next_page") {
            shown.push_str(&format!("; go on with --page-number {next}"));
        }
    }
    if let Some(note) = members.get("note").and_then(Value::as_str) {
        shown.push_str(&format!("\n{}", model::text::clean(note, true)));
    }
    for (name, value) in members {
        if !["columns", "rows", "returned", "total", "next_page", "note"].contains(&name.as_str()) {
            shown.push_str(&format!("\n{}: {}", heading(name), text(value)));
        }
    }
    shown
}

fn page(members: &Map<String, Value>) -> String {
    let widest = members.keys().map(|name| name.len()).max().unwrap_or_default();
    let mut lines = Vec::new();
    for (name, value) in members {
        match value {
            Value::Object(inner) if is_table(inner) => {
                lines.push(format!("{}\n{}", heading(name), indent(&table(inner))));
            }
            Value::Object(inner) if !inner.is_empty() => {
                lines.push(format!("{}\n{}", heading(name), indent(&page(inner))));
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                lines.push(format!("{}\n{}", heading(name), indent(&grid_of_all(items, None))));
            }
            Value::String(words) if words.contains('\n') => {
                lines.push(format!("{}\n{}", heading(name), indent(&model::text::clean(words, true))));
            }
            value => lines.push(format!("{:<widest$}  {}", heading(name), text(value))),
        }
    }
    lines.join("\n")
}

/// A list of objects, a line each, with a column for every member that any of them tells.
pub(crate) fn grid_of_all(items: &[Value], width: Option<usize>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in items.iter().filter_map(Value::as_object).flat_map(Map::keys) {
        let told = items.iter().any(|item| !item[name.as_str()].is_null());
        if told && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return items.iter().map(text).collect::<Vec<_>>().join("\n");
    }
    let headings: Vec<String> = names.iter().map(|name| heading(name)).collect();
    let columns: Vec<Column<'_>> = headings.iter().map(String::as_str).zip(names).collect();
    grid_within(items, &columns, width)
}

/// Rows under headings, as wide as the terminal or as `width` says.
pub(crate) fn draw(
    headings: &[String],
    rows: impl Iterator<Item = Vec<String>>,
    width: Option<usize>,
) -> String {
    const PLAIN: TableStyle = comfy_table::presets::NOTHING;
    let mut table = Table::new();
    table.load_style(PLAIN).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = width.and_then(|width| u16::try_from(width).ok()) {
        table.set_width(width);
    }
    table.set_header(headings.iter().map(|heading| Cell::new(heading).add_attribute(Attribute::Bold)));
    table.add_rows(rows);
    for (column, heading) in table.column_iter_mut().zip(headings) {
        column.set_padding((0, 2));
        // An id is there to be copied, so it stays on one line.
        if heading.to_ascii_lowercase().ends_with("id") {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table.trim_fmt()
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_read_as_a_grid_with_what_there_is_beside_them() {
        let answer = json!({
            "columns": ["device_id", "name"], "rows": [[1, "FS\u{1b}[31m01"], [2, null]],
            "returned": 2, "total": 9, "next_page": 2, "note": "7 more",
        });
        insta::assert_snapshot!(of(&answer), @r"
        Device id  Name
        1          FS[31m01
        2          –
        2 of 9; go on with --page-number 2
        7 more
        ");
    }

    #[test]
    fn an_object_reads_as_a_line_a_member() {
        let answer = json!({ "status": "done", "targets": [{ "id": 1, "name": "A", "error": null }], "script": { "id": 3 } });
        insta::assert_snapshot!(of(&answer), @r"
        Status   done
        Targets
          Id  Name
          1   A
        Script
          Id  3
        ");
    }
}
