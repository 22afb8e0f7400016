//! `n_central-get-task-details`: what a task did on each device, with the script's output.

use crate::column::Column;
use crate::context::Context;
use crate::detail::Detail;
use crate::id::Id;
use crate::list::{self, ListArgs};
use crate::record::{Area, Record};
use crate::tasks;
use crate::tool::ReadTool;
use crate::upstream::text_of;
use model::text::clean;
use model::{Effect, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const COLUMNS: &[Column] = &[
    Column::shown("deviceId"),
    Column::shown("deviceName"),
    Column::shown("status"),
    Column::shown("output").prose(),
    Column::shown("message").prose(),
    Column::extra("outputFileName"),
    Column::extra("taskId"),
    Column::extra("taskName"),
];

/// How much of a script's output is shown, in characters: briefly, and in full. The end of it tells how it went,
/// so that is what is kept.
const BRIEFLY: usize = 400;
const IN_FULL: usize = 12_000;

/// The words behind which nothing more happens (contract/NOTES.md, section 9).
const FINAL: [&str; 2] = ["success", "failed"];

pub(crate) struct GetTaskDetails;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    task_id: Id,
    /// full: whole output
    #[serde(default)]
    detail: Detail,
    #[serde(flatten)]
    list: ListArgs,
}

impl ReadTool for GetTaskDetails {
    const RECORD: Record = Record {
        name: "n_central-get-task-details",
        alias: None,
        title: "Get a task's details",
        summary: "Get a task's result on each device, with its output.",
        area: Area::Tasks,
        effect: Effect::Read,
        operations: &["listScheduledTaskStatusDetails", "getScheduledTask"],
    };
    type Input = Input;

    async fn resolve(_: &Context, input: Input) -> Result<Input, Problem> {
        input.list.check(COLUMNS)?;
        Ok(input)
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let listing = input.list.check(COLUMNS)?;
        if cx.customers.is_some() {
            tasks::read(cx, input.task_id.0).await?;
        }
        let rows = tasks::details(cx, input.task_id.0).await?;
        let most = if input.detail == Detail::Full { IN_FULL } else { BRIEFLY };
        let mut window = listing.window(true);
        let mut open = 0;
        let mut cut = false;
        for mut row in rows.iter().cloned() {
            if let Some(output) = row["output"].as_str().map(|text| clean(text, true)) {
                cut |= output.chars().count() > most;
                row["output"] = json!(last(output.trim_end(), most));
            }
            let status = row["status"].as_str().unwrap_or_default().to_lowercase();
            open += u64::from(!FINAL.contains(&status.as_str()));
            window.push(&row);
        }
        let mut table = window.into_table();
        if rows.is_empty() {
            list::remark(&mut table, "N-central has no results for it yet; ask again in 15 seconds");
        } else if open > 0 {
            list::remark(&mut table, format!("{open} not finished yet; ask again in 15 seconds"));
        }
        if cut {
            list::remark(&mut table, format!("only the last {most} characters of each output are shown"));
        }
        let mut answer = list::answer(&table);
        answer["task_id"] = json!(input.task_id);
        answer["task_name"] = json!(rows.first().and_then(|row| text_of(&row["taskName"])));
        Ok(answer)
    }
}

/// The last characters of a text.
fn last(text: &str, most: usize) -> String {
    match text.chars().count().checked_sub(most) {
        None | Some(0) => text.to_owned(),
        Some(skip) => format!("…{}", text.chars().skip(skip).collect::<String>()),
    }
}
