//! `n_central-list-scripts`: the connection's script list, which an administrator keeps because N-central does not
//! list its repository.

use crate::column::Column;
use crate::context::Context;
use crate::list::{self, ListArgs};
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use model::script::{Script, ScriptParameter};
use model::{Effect, Problem};
use serde_json::{Value, json};

const COLUMNS: &[Column] = &[
    Column::shown("name"),
    Column::shown("itemId"),
    Column::shown("taskType"),
    Column::shown("parameters"),
    Column::shown("description"),
];

pub(crate) struct ListScripts;

impl ReadTool for ListScripts {
    const RECORD: Record = Record {
        name: "n_central-list-scripts",
        alias: None,
        title: "List scripts",
        summary: "List the scripts that run-direct-task can run by name, with their parameters.",
        area: Area::Tasks,
        effect: Effect::Read,
        operations: &[],
    };
    type Input = ListArgs;

    async fn resolve(_: &Context, input: ListArgs) -> Result<ListArgs, Problem> {
        input.check(COLUMNS)?;
        Ok(input)
    }

    async fn read(cx: &Context, input: ListArgs) -> Result<Value, Problem> {
        let listing = input.check(COLUMNS)?;
        let scripts = cx.local.scripts().await?;
        let rows: Vec<Value> = scripts.iter().map(row).collect();
        let mut table = listing.whole(&rows);
        if scripts.is_empty() {
            list::remark(
                &mut table,
                "no scripts are listed; an administrator adds them on the Scripts page or with `ncgate script add`. \
                 An item of N-central's repository also runs by item_id and task_type",
            );
        }
        Ok(list::answer(&table))
    }
}

fn row(script: &Script) -> Value {
    json!({
        "name": script.name,
        "itemId": script.item_id,
        "taskType": script.task_type,
        "parameters": script.parameters.iter().map(parameter).collect::<Vec<_>>().join("; "),
        "description": script.description,
    })
}

/// `Path: string, required`.
fn parameter(parameter: &ScriptParameter) -> String {
    let mut text = format!("{}: {}", parameter.name, parameter.kind);
    for (word, holds) in [("required", parameter.required), ("secret", parameter.secret)] {
        if holds {
            text.push_str(&format!(", {word}"));
        }
    }
    text
}
