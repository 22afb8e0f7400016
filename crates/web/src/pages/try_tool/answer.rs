//! What came of it, ready to be shown: rows as a table, anything else as a tree, a plan as what would happen, a problem
//! with the candidates to choose from.

use super::html;
use super::tree::Tree;
use gate::Planned;
use model::{Problem, Timestamp};
use serde_json::Value;

/// The most rows that are shown.
const ROWS: usize = 50;
/// What stands around the table rather than in the tree.
const AROUND: [&str; 6] = ["columns", "rows", "returned", "total", "next_page", "note"];

/// What came of it.
pub(super) enum Outcome {
    /// A look-up's result.
    Read(Box<Read>),
    /// What would happen.
    Plan(Box<Plan>),
    /// It can't be done.
    Problem(Box<Trouble>),
}

/// A look-up's result.
pub(super) struct Read {
    pub(super) table: Option<Table>,
    pub(super) tree: Option<Tree>,
    pub(super) note: Option<String>,
    pub(super) totals: String,
    pub(super) next_page: Option<u64>,
    pub(super) raw: String,
    pub(super) call: String,
}

/// Rows.
pub(super) struct Table {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// How many rows there are beyond those.
    pub(super) rest: usize,
}

/// One cell.
pub(super) enum Cell {
    Time(Timestamp),
    Text(String),
}

impl Cell {
    fn of(value: &Value) -> Self {
        let at = value.as_str().filter(|text| text.len() >= 20).and_then(|text| text.parse().ok());
        match at {
            Some(at) => Cell::Time(at),
            None if value.is_null() => Cell::Text(String::new()),
            None => Cell::Text(html::plain(value)),
        }
    }
}

impl Read {
    pub(super) fn of(result: &Value, call: String) -> Self {
        let table =
            result["columns"].as_array().zip(result["rows"].as_array()).map(|(columns, rows)| Table {
                columns: columns.iter().map(html::plain).collect(),
                rows: rows
                    .iter()
                    .take(ROWS)
                    .map(|row| row.as_array().into_iter().flatten().map(Cell::of).collect())
                    .collect(),
                rest: rows.len().saturating_sub(ROWS),
            });
        let rest = match (result, &table) {
            (Value::Object(members), Some(_)) => {
                let rest = members.iter().filter(|(name, _)| !AROUND.contains(&name.as_str()));
                rest.map(|(name, value)| (name.clone(), value.clone())).collect()
            }
            (other, _) => other.clone(),
        };
        let is_empty = rest.as_object().is_some_and(serde_json::Map::is_empty);
        let number = |member: &str| result[member].as_u64();
        let totals = match (number("returned"), number("total")) {
            (Some(returned), Some(total)) => format!("{} of {}", html::number(returned), html::number(total)),
            (Some(returned), None) => format!("{} returned", html::number(returned)),
            _ => String::new(),
        };
        Self {
            tree: (!is_empty).then(|| Tree::of(&rest)),
            note: result["note"].as_str().filter(|_| table.is_some()).map(html::sentence),
            totals,
            next_page: number("next_page"),
            raw: serde_json::to_string_pretty(result).expect("a result is JSON"),
            table,
            call,
        }
    }
}

/// What would happen.
pub(super) struct Plan {
    pub(super) planned: Planned,
    pub(super) writes: String,
    /// The arguments, sealed, for the asking.
    pub(super) draft: String,
}

impl Plan {
    pub(super) fn of(planned: Planned, draft: String) -> Self {
        let writes = serde_json::to_string_pretty(&planned.writes).expect("writes are JSON");
        Self { planned, writes, draft }
    }
}

/// It can't be done, and what could be done about it.
pub(super) struct Trouble {
    pub(super) problem: Problem,
    pub(super) choices: Vec<Choice>,
}

/// One of several things of the same name: what the form gets in place of the name.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
}

impl Trouble {
    /// The candidates become choices where one of the tool's arguments takes their id.
    pub(super) fn of(problem: Problem, schema: &Value) -> Self {
        let words = problem.hint.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let argument = words
            .filter(|word| word.ends_with("_id") || word.ends_with("_ids"))
            .find(|word| schema["properties"][word].is_object());
        let choices = match (argument, problem.details.get("candidates").and_then(Value::as_array)) {
            (Some(argument), Some(candidates)) => {
                candidates.iter().filter_map(|candidate| choice(argument, candidate)).collect()
            }
            _ => Vec::new(),
        };
        Self { problem, choices }
    }
}

fn choice(argument: &str, candidate: &Value) -> Option<Choice> {
    let id = Some(&candidate["id"]).filter(|id| !id.is_null()).map(html::plain)?;
    let others = candidate.as_object()?.iter().filter(|(name, value)| {
        !["id", "name"].contains(&name.as_str()) && !value.is_null() && !name.ends_with("_id")
    });
    let others: Vec<String> = others.map(|(_, value)| html::plain(value)).collect();
    let name = candidate["name"].as_str().unwrap_or_default();
    let beside = if others.is_empty() { String::new() } else { format!(", {}", others.join(", ")) };
    Some(Choice { value: format!("{argument}={id}"), label: format!("{name}{beside} ({id})") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Kind;
    use serde_json::json;

    #[test]
    fn candidates_become_choices_of_the_argument_that_takes_their_id() {
        let problem = Problem::new(Kind::AmbiguousName, "2 devices are called “FS01”")
            .hint("give device_id of one of the candidates")
            .detail(
                "candidates",
                vec![json!({"id": 7, "name": "FS01", "customer": "Acme", "customer_id": 3})],
            );
        let schema = json!({"properties": {"device_id": {"type": "integer"}}});
        let trouble = Trouble::of(problem.clone(), &schema);
        assert_eq!(
            trouble.choices.iter().map(|c| (c.value.as_str(), c.label.as_str())).collect::<Vec<_>>(),
            [("device_id=7", "FS01, Acme (7)")]
        );
        assert!(Trouble::of(problem, &json!({"properties": {}})).choices.is_empty());
    }

    #[test]
    fn rows_become_a_table_and_the_rest_a_tree() {
        let rows: Vec<Value> = (0..60).map(|n| json!([n, "2026-11-22T08:00:00Z", null])).collect();
        let read = Read::of(
            &json!({"columns": ["id", "seen", "x"], "rows": rows, "returned": 60, "total": 1234, "next_page": 2, "note": "more"}),
            String::new(),
        );
        let table = read.table.unwrap();
        assert_eq!((table.rows.len(), table.rest, read.next_page), (50, 10, Some(2)));
        assert!(matches!(table.rows[0][1], Cell::Time(_)));
        assert!(read.tree.is_none());
        assert_eq!(read.totals, "60 of 1\u{202f}234");
        assert!(Read::of(&json!({"id": 1}), String::new()).tree.is_some());
    }
}
