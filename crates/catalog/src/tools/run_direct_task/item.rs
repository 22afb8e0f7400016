//! What is run: a script of the connection's list, or an item of N-central's repository that is not on it.

use super::Input;
use crate::names::{fold, not_both};
use crate::schema;
use crate::tasks::FIRST_UPLOADED;
use model::script::{Script, TaskType};
use model::{Kind, Problem};

pub(super) struct Item {
    pub(super) id: i64,
    pub(super) task_type: TaskType,
    /// The entry of the list, where it is on it.
    pub(super) script: Option<Script>,
}

impl Item {
    pub(super) fn choose(scripts: &[Script], input: &Input) -> Result<Self, Problem> {
        not_both(input.script.is_some(), input.item_id.is_some(), "item_id", "script")?;
        let task_type = input.task_type.as_deref().map(parse_type).transpose()?;
        let (script, id) = match (&input.script, input.item_id) {
            (Some(name), _) => {
                let script = by_name(scripts, name)?;
                (Some(script), script.item_id)
            }
            (None, Some(id)) => (scripts.iter().find(|script| script.item_id == id.0), id.0),
            (None, None) => {
                return Err(Problem::new(Kind::InvalidArguments, "neither `script` nor `item_id` is given")
                    .hint("n_central-list-scripts shows what can be run by name"));
            }
        };
        let task_type = match (script.map(|script| script.task_type), task_type) {
            (Some(listed), Some(given)) if listed != given => {
                return Err(Problem::new(
                    Kind::InvalidArguments,
                    format!("item {id} is listed as {}, not as {}", listed.as_str(), given.as_str()),
                )
                .hint("leave task_type out"));
            }
            (Some(task_type), _) | (None, Some(task_type)) => task_type,
            (None, None) => {
                return Err(Problem::new(Kind::InvalidArguments, "`task_type` is missing").hint(format!(
                    "item {id} is not on the script list, so its type has to be said: AutomationPolicy, Script or \
                     MacScript"
                )));
            }
        };
        Ok(Self { id, task_type, script: script.cloned() })
    }

    /// What a task of it is called where the caller gives no name.
    pub(super) fn label(&self) -> String {
        self.script.as_ref().map_or_else(|| format!("Item {}", self.id), |script| script.name.clone())
    }

    /// What it is, for the sentence that an approver reads.
    pub(super) fn describe(&self) -> String {
        let kind = match self.task_type {
            TaskType::AutomationPolicy => "automation policy",
            TaskType::Script | TaskType::MacScript => "script",
        };
        match &self.script {
            Some(script) => format!("{kind} “{}” (item {})", script.name, self.id),
            None => format!("{kind} item {} (not on the script list)", self.id),
        }
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.script.is_none() {
            warnings
                .push(format!("Item {} is not on the script list: nobody has said what it does.", self.id));
        }
        if self.id < FIRST_UPLOADED {
            warnings.push(format!(
                "N-central is expected to refuse item {}: it ships with the product.",
                self.id
            ));
        }
        warnings
    }
}

fn parse_type(word: &str) -> Result<TaskType, Problem> {
    word.trim()
        .parse()
        .map_err(|_| schema::unknown_word("task_type", word, &["AutomationPolicy", "Script", "MacScript"]))
}

fn by_name<'a>(scripts: &'a [Script], name: &str) -> Result<&'a Script, Problem> {
    let fits: Vec<&Script> = scripts.iter().filter(|script| fold(&script.name) == fold(name)).collect();
    match fits.as_slice() {
        [script] => Ok(script),
        [] => {
            let known: Vec<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
            let problem = schema::unknown_word("script", name, &known);
            Err(if known.is_empty() {
                problem.hint(
                    "the script list is empty; an administrator fills it, on the page Scripts or with `ncgate script add`",
                )
            } else {
                problem
            })
        }
        several => Err(Problem::new(
            Kind::AmbiguousName,
            format!("{} scripts are called “{}”", several.len(), model::text::shorten(name, 100)),
        )
        .hint("give item_id instead")
        .detail(
            "candidates",
            several
                .iter()
                .map(|script| serde_json::json!({"id": script.item_id, "name": script.name}))
                .collect::<Vec<_>>(),
        )),
    }
}
