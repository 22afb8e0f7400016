//! Columns: what a list can show, under which name, taken from where in N-central's rows.

use crate::{moment, naming, schema};
use model::Problem;
use model::text::clean;
use serde_json::Value;

/// How a cell is made of the value on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As it is, cleaned.
    Plain,
    /// ISO-8601 with offset.
    Moment,
    /// Text that says true or false.
    Flag,
    /// Text of several lines.
    Prose,
}

/// One column of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// The member on the wire, with dots for members of members.
    wire: &'static str,
    /// The name, where it is not the wire's in snake_case.
    name: Option<&'static str>,
    form: Form,
    /// Whether it is shown unless others are asked for.
    shown: bool,
    /// Whether the list can be sorted by it.
    sortable: bool,
    /// What N-central calls it when sorting, where that is not the member.
    sort_word: Option<&'static str>,
}

impl Column {
    /// A column that is shown by default.
    pub(crate) const fn shown(wire: &'static str) -> Self {
        Self { wire, name: None, form: Form::Plain, shown: true, sortable: true, sort_word: None }
    }

    /// A column that is shown when asked for.
    pub(crate) const fn extra(wire: &'static str) -> Self {
        Self { shown: false, ..Self::shown(wire) }
    }

    /// The same under a name of its own.
    pub(crate) const fn named(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// The same, put together here, so that N-central can't sort by it.
    pub(crate) const fn unsortable(self) -> Self {
        Self { sortable: false, ..self }
    }

    /// The same, for which N-central has another word when it sorts.
    pub(crate) const fn sorted_as(self, word: &'static str) -> Self {
        Self { sort_word: Some(word), ..self }
    }

    /// The same, read as a time.
    pub(crate) const fn moment(self) -> Self {
        Self { form: Form::Moment, ..self }
    }

    /// The same, read as a flag that came as text.
    pub(crate) const fn flag(self) -> Self {
        Self { form: Form::Flag, ..self }
    }

    /// The same, its line ends kept.
    pub(crate) const fn prose(self) -> Self {
        Self { form: Form::Prose, ..self }
    }

    /// The name on every face.
    pub(crate) fn name(&self) -> String {
        self.name.map_or_else(|| naming::snake(self.wire), str::to_owned)
    }

    /// The member on the wire.
    pub(crate) fn wire(&self) -> &'static str {
        self.wire
    }

    /// What N-central sorts by.
    pub(crate) fn sort_word(&self) -> &'static str {
        self.sort_word.unwrap_or(self.wire)
    }

    /// The cell of a row.
    pub(crate) fn cell(&self, row: &Value) -> Value {
        let found = self.wire.split('.').try_fold(row, |value, member| value.get(member));
        let Some(value) = found else { return Value::Null };
        match (value, self.form) {
            (Value::String(text), Form::Moment) => moment::iso(text).map_or(Value::Null, Value::String),
            (Value::String(text), Form::Flag) => text.trim().parse().map_or(Value::Null, Value::Bool),
            (Value::String(text), form) => match clean(text, form == Form::Prose) {
                // "-" is how N-central writes that it does not know.
                text if matches!(text.trim(), "" | "-") => Value::Null,
                text => Value::String(text),
            },
            (value, _) => {
                let mut value = value.clone();
                model::text::clean_json(&mut value);
                value
            }
        }
    }

    fn is(&self, word: &str) -> bool {
        self.name() == word
            || self.wire == word
            || self.sort_word == Some(word)
            || naming::snake(self.wire) == word
    }
}

/// The columns asked for by name or wire name; those shown by default when none is named.
///
/// # Errors
/// A word that names no column: says which come near, and lists them.
pub(crate) fn pick(all: &[Column], fields: Option<&[String]>) -> Result<Vec<Column>, Problem> {
    let Some(fields) = fields.filter(|fields| !fields.is_empty()) else {
        return Ok(all.iter().filter(|column| column.shown).copied().collect());
    };
    let mut picked: Vec<Column> = Vec::new();
    for field in fields {
        let column = find(all, field, "field")?;
        if !picked.iter().any(|other| other.wire == column.wire) {
            picked.push(column);
        }
    }
    Ok(picked)
}

/// The column that a word names, to sort by.
///
/// # Errors
/// As [`pick`].
pub(crate) fn to_sort_by(all: &[Column], word: &str) -> Result<Column, Problem> {
    let sortable: Vec<Column> = all.iter().filter(|column| column.sortable).copied().collect();
    find(&sortable, word, "sort_by column")
}

fn find(all: &[Column], word: &str, what: &str) -> Result<Column, Problem> {
    if let Some(column) = all.iter().find(|column| column.is(word.trim())) {
        return Ok(*column);
    }
    let names: Vec<String> = all.iter().map(Column::name).collect();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    Err(schema::unknown_word(what, word, &known).detail("columns", names.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const COLUMNS: &[Column] = &[
        Column::shown("deviceId"),
        Column::shown("longName"),
        Column::extra("lastApplianceCheckinTime").moment(),
        Column::extra("stillLoggedIn").flag(),
        Column::extra("_extra.taskIdent").named("instance"),
    ];

    fn names(columns: &[Column]) -> Vec<String> {
        columns.iter().map(Column::name).collect()
    }

    #[test]
    fn columns_go_by_either_name() {
        assert_eq!(names(&pick(COLUMNS, None).unwrap()), ["device_id", "long_name"]);
        let asked = ["instance", "longName", "long_name", "device_id"].map(str::to_owned);
        assert_eq!(names(&pick(COLUMNS, Some(&asked)).unwrap()), ["instance", "long_name", "device_id"]);
    }

    #[test]
    fn an_unknown_column_is_answered_with_the_nearest_and_all() {
        let problem = find(COLUMNS, "longname", "field").unwrap_err();
        assert!(problem.message.contains("did you mean `long_name`"), "{}", problem.message);
        assert_eq!(problem.details["columns"][0], "device_id");
    }

    #[test]
    fn cells_are_cleaned_and_times_are_iso() {
        let row = json!({"longName": "FS\u{202e}01", "deviceId": 7, "stillLoggedIn": "false",
            "lastApplianceCheckinTime": "2026-03-04T13:58:21", "_extra": {"taskIdent": "-"}});
        let cells: Vec<Value> = COLUMNS.iter().map(|column| column.cell(&row)).collect();
        assert_eq!(json!(cells), json!([7, "FS01", "2026-03-04T13:58:21Z", false, null]));
    }
}
