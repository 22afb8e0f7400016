//! `n_central-get-task-status`: how many devices of a task are in which status.

use crate::context::Context;
use crate::id::Id;
use crate::record::{Area, Record};
use crate::tasks;
use crate::tool::ReadTool;
use crate::upstream::{self, text_of};
use model::text::clean;
use model::{Effect, Problem};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(crate) struct GetTaskStatus;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    task_id: Id,
}

impl ReadTool for GetTaskStatus {
    const RECORD: Record = Record {
        name: "n_central-get-task-status",
        alias: None,
        title: "Get a task's status",
        summary: "Count a task's devices by status.",
        area: Area::Tasks,
        effect: Effect::Read,
        operations: &["getScheduledTaskStatus", "getScheduledTask"],
    };
    type Input = Input;

    async fn resolve(_: &Context, input: Input) -> Result<Input, Problem> {
        Ok(input)
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        if cx.customers.is_some() {
            tasks::read(cx, input.task_id.0).await?;
        }
        let params = Params::new().set("taskId", input.task_id);
        let status = upstream::object(cx, operations::GET_SCHEDULED_TASK_STATUS, params).await?;
        let counts: Map<String, Value> = status["statusCounts"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, count)| count.as_i64() != Some(0))
            .map(|(word, count)| (clean(word, false), count.clone()))
            .collect();
        Ok(json!({
            "task_id": input.task_id,
            "task_name": text_of(&status["taskName"]),
            "status_counts": counts,
            "next_step": "n_central-get-task-details gives each device's result; a task that is not done yet is worth \
                          another look in 15 seconds",
        }))
    }
}
