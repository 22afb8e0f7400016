//! The form of a script: what is typed into it, what is wrong with that, and its parameters, a row each. A row more is
//! had by sending the form; a row without a name is left out.

use gate::NewScript;
use model::script::{PARAMETER_TYPES, ScriptParameter, TaskType};
use model::{Kind, Problem, Script};
use serde::Deserialize;

/// The most parameters that the form takes.
const MOST: usize = 40;
/// The rows that a new form has for parameters.
const EMPTY: usize = 2;

/// What the form holds. A tick has the number of its row as its value, because a browser leaves out the empty ones.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub(super) connection: String,
    pub(super) name: String,
    pub(super) item_id: String,
    pub(super) task_type: String,
    pub(super) description: String,
    pub(super) parameter: Vec<String>,
    pub(super) kind: Vec<String>,
    pub(super) required: Vec<usize>,
    pub(super) secret: Vec<usize>,
    /// `more` for another row; anything else saves.
    pub(super) act: String,
}

/// One parameter as the form shows it.
pub(super) struct Row {
    pub(super) name: String,
    kind: String,
    pub(super) is_required: bool,
    pub(super) is_secret: bool,
}

impl Row {
    /// Whether this type is chosen; a new row begins with the first.
    pub(super) fn is_of(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }
}

/// What is wrong, beside the field it is about.
#[derive(Default)]
pub(super) struct Wrong {
    pub(super) name: Option<String>,
    pub(super) item_id: Option<String>,
    /// What is about no single field.
    pub(super) problem: Option<Problem>,
}

impl Wrong {
    /// What the gate refused.
    pub(super) fn of(problem: Problem) -> Self {
        match problem.kind {
            Kind::Conflict => {
                Self { name: Some(crate::pages::html::sentence(&problem.message)), ..Self::default() }
            }
            _ => Self { problem: Some(problem), ..Self::default() },
        }
    }
}

impl Typed {
    /// The form of a script that is on the list.
    pub(super) fn of(connection: &str, script: &Script) -> Self {
        let ticks = |is_ticked: fn(&ScriptParameter) -> bool| {
            let rows = script.parameters.iter().enumerate();
            rows.filter(|(_, parameter)| is_ticked(parameter)).map(|(row, _)| row).collect()
        };
        Self {
            connection: connection.to_owned(),
            name: script.name.clone(),
            item_id: script.item_id.to_string(),
            task_type: script.task_type.as_str().to_owned(),
            description: script.description.clone(),
            parameter: script.parameters.iter().map(|parameter| parameter.name.clone()).collect(),
            kind: script.parameters.iter().map(|parameter| parameter.kind.clone()).collect(),
            required: ticks(|parameter| parameter.required),
            secret: ticks(|parameter| parameter.secret),
            act: String::new(),
        }
    }

    pub(super) fn wants_more(&self) -> bool {
        self.act == "more"
    }

    /// The rows to show: those there are and one more, or some for a start.
    pub(super) fn rows(&self) -> Vec<Row> {
        let shown = match self.parameter.iter().rposition(|name| !name.trim().is_empty()) {
            _ if self.wants_more() => self.parameter.len() + 1,
            None => EMPTY,
            Some(last) => last + 2,
        };
        (0..shown.min(MOST)).map(|row| self.row(row)).collect()
    }

    fn row(&self, row: usize) -> Row {
        let kind = self.kind.get(row).filter(|kind| !kind.is_empty());
        Row {
            name: self.parameter.get(row).cloned().unwrap_or_default(),
            kind: kind.cloned().unwrap_or_else(|| PARAMETER_TYPES[0].to_owned()),
            is_required: self.required.contains(&row),
            is_secret: self.secret.contains(&row),
        }
    }

    /// What is asked of the gate.
    ///
    /// # Errors
    /// What can be said of the fields without it.
    pub(super) fn script(&self) -> Result<NewScript, Wrong> {
        let mut wrong = Wrong::default();
        if self.name.trim().is_empty() {
            wrong.name = Some("Give it the name that callers will use.".to_owned());
        }
        let item_id = match self.item_id.trim().parse::<i64>() {
            Ok(id) if id >= NewScript::FIRST_ITEM => id,
            Ok(id) => {
                wrong.item_id = Some(format!(
                    "{id} is an item that ships with N-central, and those can't be run through its API. Uploaded items \
                     have ids from {} on.",
                    NewScript::FIRST_ITEM
                ));
                0
            }
            Err(_) => {
                wrong.item_id =
                    Some("Give the item's number in N-central's repository, such as 2014.".to_owned());
                0
            }
        };
        if wrong.name.is_some() || wrong.item_id.is_some() {
            return Err(wrong);
        }
        let task_type: TaskType = self.task_type.parse().map_err(|_| {
            let problem = Problem::new(Kind::InvalidArguments, "the kind of the item is missing");
            Wrong::of(problem.hint("choose one of the list"))
        })?;
        let rows = (0..self.parameter.len().min(MOST)).map(|row| self.row(row));
        let parameters = rows.filter(|row| !row.name.trim().is_empty()).map(|row| ScriptParameter {
            name: row.name,
            kind: row.kind,
            required: row.is_required,
            secret: row.is_secret,
        });
        Ok(NewScript {
            name: self.name.clone(),
            item_id,
            task_type,
            parameters: parameters.collect(),
            description: self.description.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(form: &str) -> Typed {
        serde_html_form::from_str(form).unwrap()
    }

    #[test]
    fn ticks_stay_with_their_rows_and_rows_without_a_name_are_left_out() {
        let form = "name=Clean&item_id=2014&task_type=Script&parameter=&kind=string&parameter=Path&kind=text\
                    &parameter=Key&kind=password&required=1&secret=2";
        let script = typed(form).script().ok().unwrap();
        let shown: Vec<_> = script
            .parameters
            .iter()
            .map(|p| (p.name.as_str(), p.kind.as_str(), p.required, p.secret))
            .collect();
        assert_eq!(shown, [("Path", "text", true, false), ("Key", "password", false, true)]);
    }

    #[test]
    fn a_form_has_a_row_to_spare_and_one_more_on_demand() {
        assert_eq!(typed("").rows().len(), EMPTY);
        assert_eq!(typed("parameter=a&parameter=b").rows().len(), 3);
        assert_eq!(typed("parameter=a&parameter=&act=more").rows().len(), 3);
        let many = "parameter=a&".repeat(100);
        assert_eq!(typed(many.trim_end_matches('&')).rows().len(), MOST);
    }

    #[test]
    fn every_field_is_told_what_is_wrong_with_it() {
        let wrong = typed("item_id=17").script().err().unwrap();
        assert!(wrong.name.is_some() && wrong.item_id.unwrap().contains("ships with N-central"));
        assert!(typed("name=x&item_id=many").script().err().unwrap().item_id.unwrap().contains("number"));
    }
}
