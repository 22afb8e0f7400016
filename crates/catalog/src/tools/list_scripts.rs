//! `n_central-list-scripts`: the connection's script list, which an administrator keeps because N-central does not
//! list its repository; on request the items seen in devices' tasks, which are what it could list.

mod seen;

use crate::column::Column;
use crate::context::Context;
use crate::device_tasks::Whose;
use crate::list::{self, ListArgs, Listing};
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use model::script::{Script, ScriptParameter};
use model::{Effect, Kind, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const COLUMNS: &[Column] = &[
    Column::shown("name"),
    Column::shown("itemId"),
    Column::shown("taskType"),
    Column::shown("parameters"),
    Column::shown("description"),
];

pub(crate) struct ListScripts;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Instead: items seen in tasks of its devices
    seen: Option<bool>,
    #[serde(flatten)]
    whose: Whose,
    #[serde(flatten)]
    list: ListArgs,
}

impl Input {
    fn listing(&self) -> Result<Listing, Problem> {
        self.list.check(if self.wants_seen() { seen::COLUMNS } else { COLUMNS })
    }

    fn wants_seen(&self) -> bool {
        self.seen == Some(true)
    }
}

impl ReadTool for ListScripts {
    const RECORD: Record = Record {
        name: "n_central-list-scripts",
        alias: None,
        title: "List scripts",
        summary: "List the scripts that run-direct-task takes by name.",
        area: Area::Tasks,
        effect: Effect::Read,
        operations: &[
            "listDeviceScheduledTasks",
            "getScheduledTask",
            "listOrgUnitDevices",
            "getDevice",
            "getSite",
        ],
    };
    type Input = Input;

    async fn resolve(cx: &Context, input: Input) -> Result<Input, Problem> {
        input.listing()?;
        if input.wants_seen() == input.whose.is_everybody() {
            return Err(Problem::new(
                Kind::InvalidArguments,
                "`seen` goes with a customer, a site or a device",
            )
            .hint("give both, to see what their tasks run, or neither, for the script list"));
        }
        Ok(Input { whose: input.whose.resolve(cx).await?, ..input })
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let listing = input.listing()?;
        let scripts = cx.local.scripts().await?;
        if input.wants_seen() {
            return Ok(list::answer(&seen::table(cx, &input.whose, &scripts, &listing).await?));
        }
        let rows: Vec<Value> = scripts.iter().map(row).collect();
        let mut table = listing.whole(&rows);
        if scripts.is_empty() {
            list::remark(
                &mut table,
                "no scripts are listed; an administrator adds them on the Scripts page or with `ncgate script add`. \
                 An item of N-central's repository also runs by item_id and task_type; `seen` with a customer shows \
                 what its tasks run",
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
