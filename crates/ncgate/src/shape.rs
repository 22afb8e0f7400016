//! The form in which answers are shown to people: grids for lists, a line a member for everything else. What came
//! from devices and people is cleaned again here, because a terminal obeys what it is shown.

mod approval;
mod words;

pub(crate) use approval::{Requests, approval};
pub(crate) use words::{columns, indent, quoted, terminal_width, wrap};

use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, Table, TableStyle, Width};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// A column that is narrower than that, and has more to say, can't be read.
const READABLE: usize = 12;
/// Blanks between two columns.
const GAP: u16 = 2;

/// A column of a grid: its heading, and the member that it shows.
pub(crate) type Column<'a> = (&'a str, &'a str);

/// The form that the members of an answer suggest, as wide as the terminal.
pub(crate) fn of(answer: &Value) -> String {
    within(answer, terminal_width())
}

fn within(answer: &Value, width: usize) -> String {
    match answer {
        Value::Object(members) if is_table(members) => table(members, width),
        Value::Object(members) => page(members, width),
        Value::Array(items) => grid_of_all(items, width),
        other => text(other),
    }
}

/// Whether an answer is rows under named columns.
pub(crate) fn is_table(members: &Map<String, Value>) -> bool {
    members.get("columns").is_some_and(Value::is_array) && members.get("rows").is_some_and(Value::is_array)
}

/// A list of objects, a line each, as wide as the terminal.
pub(crate) fn grid(items: &[Value], columns: &[Column<'_>]) -> String {
    grid_within(items, columns, terminal_width())
}

fn grid_within(items: &[Value], columns: &[Column<'_>], width: usize) -> String {
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

fn table(members: &Map<String, Value>, width: usize) -> String {
    let headings: Vec<String> =
        members["columns"].as_array().into_iter().flatten().map(|name| heading(&text(name))).collect();
    let rows = members["rows"].as_array().into_iter().flatten();
    let mut shown = if members["rows"].as_array().is_some_and(Vec::is_empty) {
        "Nothing to show.".to_owned()
    } else {
        draw(&headings, rows.map(|row| row.as_array().into_iter().flatten().map(text).collect()), width)
    };
    let count = |name: &str| members.get(name).and_then(Value::as_u64);
    if let (Some(returned), Some(total)) = (count("returned"), count("total")) {
        shown.push_str(&format!("\n{returned} of {total}"));
        if let Some(next) = count("next_page") {
            shown.push_str(&format!("; go on with --page-number {next}"));
        }
    }
    if let Some(note) = members.get("note").and_then(Value::as_str) {
        let lines = wrap(&model::text::clean(note, false), width).join("\n");
        shown.push_str(&format!("\n{lines}"));
    }
    for (name, value) in members {
        if !["columns", "rows", "returned", "total", "next_page", "note"].contains(&name.as_str()) {
            let label = format!("{}:", heading(name));
            shown.push_str(&format!("\n{}", line(&label, columns(&label), value, width)));
        }
    }
    shown
}

fn page(members: &Map<String, Value>, width: usize) -> String {
    let widest = members.keys().map(|name| columns(name)).max().unwrap_or_default();
    let inside = width.saturating_sub(2);
    let below = |name: &str, shown: &str| format!("{}\n{}", heading(name), indent(shown));
    let lines = members.iter().map(|(name, value)| match value {
        Value::Object(inner) if !inner.is_empty() => below(name, &within(value, inside)),
        Value::Array(items) if items.iter().any(Value::is_object) => below(name, &grid_of_all(items, inside)),
        Value::String(words) if words.contains('\n') => below(name, &quoted(words, inside)),
        value => line(&heading(name), widest, value, width),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A label and its value. One word, such as a secret or an address, stays whole to be copied; the blanks that an
/// imitation of other lines needs are not in it.
fn line(label: &str, widest: usize, value: &Value, width: usize) -> String {
    let value = text(value);
    let whole = value.bytes().all(|byte| byte.is_ascii_graphic());
    words::field(label, widest, &value, if whole { usize::MAX } else { width })
}

/// A list of objects, a line each, with a column for every member that any of them tells.
pub(crate) fn grid_of_all(items: &[Value], width: usize) -> String {
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
    let shown: Vec<Column<'_>> = headings.iter().map(String::as_str).zip(names).collect();
    grid_within(items, &shown, width)
}

/// Rows under headings, at most `width` columns wide; a block a row where they can't be read beside each other.
pub(crate) fn draw(headings: &[String], rows: impl Iterator<Item = Vec<String>>, width: usize) -> String {
    const PLAIN: TableStyle = comfy_table::presets::NOTHING;
    let rows: Vec<Vec<String>> = rows.collect();
    // An id is there to be copied, so it stays on one line.
    let is_id = |heading: &str| heading.to_ascii_lowercase().ends_with("id");
    let least: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(place, heading)| {
            let cells = rows.iter().filter_map(|row| row.get(place)).map(|cell| columns(cell));
            let widest = cells.max().unwrap_or_default().max(columns(heading));
            if is_id(heading) { widest } else { widest.min(READABLE) }
        })
        .collect();
    let gap = usize::from(GAP);
    if least.iter().map(|least| least + gap).sum::<usize>() > width + gap {
        return blocks(headings, &rows, width);
    }
    let mut table = Table::new();
    table.load_style(PLAIN).set_content_arrangement(ContentArrangement::Dynamic);
    // The last gap is trimmed.
    table.set_width(u16::try_from(width + gap).unwrap_or(u16::MAX));
    table.set_header(headings.iter().map(|heading| Cell::new(heading).add_attribute(Attribute::Bold)));
    table.add_rows(rows);
    for ((column, heading), least) in table.column_iter_mut().zip(headings).zip(least) {
        column.set_padding((0, GAP));
        column.set_constraint(if is_id(heading) {
            ColumnConstraint::ContentWidth
        } else {
            ColumnConstraint::LowerBoundary(Width::Fixed(u16::try_from(least + gap).unwrap_or(u16::MAX)))
        });
    }
    table.trim_fmt()
}

/// A block a row: a line for each cell that has something to say.
fn blocks(headings: &[String], rows: &[Vec<String>], width: usize) -> String {
    let widest = headings.iter().map(|heading| columns(heading)).max().unwrap_or_default();
    let block = |row: &Vec<String>| {
        let told = headings.iter().zip(row).filter(|(_, cell)| !matches!(cell.as_str(), "" | "–"));
        told.map(|(heading, cell)| words::field(heading, widest, cell, width)).collect::<Vec<_>>().join("\n")
    };
    rows.iter().map(block).collect::<Vec<_>>().join("\n\n")
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

    #[test]
    fn what_can_not_be_read_side_by_side_is_read_one_below_the_other() {
        let words = "a sentence that takes some room";
        let items =
            [json!({ "id": 1, "what": words, "why": words }), json!({ "id": 2, "what": "b", "why": null })];
        insta::assert_snapshot!(grid_of_all(&items, 40), @r"
        Id  What               Why
        1   a sentence that    a sentence that
            takes some room    takes some room
        2   b                  –
        ");
        insta::assert_snapshot!(grid_of_all(&items, 28), @r"
        Id    1
        What  a sentence that takes
              some room
        Why   a sentence that takes
              some room

        Id    2
        What  b
        ");
    }
}
