//! `n_central-list-scheduled-tasks`: the scheduled tasks of a device, or of the devices of a customer, a site or all.

use crate::column::Column;
use crate::context::Context;
use crate::device_tasks::Whose;
use crate::list::{self, ListArgs};
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use model::{Effect, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const COLUMNS: &[Column] = &[
    Column::shown("taskId"),
    Column::shown("taskName"),
    Column::shown("status"),
    Column::shown("deviceId"),
    Column::shown("longName").named("device_name"),
    Column::shown("customerName"),
];

pub(crate) struct ListScheduledTasks;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    #[serde(flatten)]
    whose: Whose,
    #[serde(flatten)]
    list: ListArgs,
}

impl ReadTool for ListScheduledTasks {
    const RECORD: Record = Record {
        name: "n_central-list-scheduled-tasks",
        alias: Some("list_scheduled_tasks"),
        title: "List scheduled tasks",
        summary: "List scheduled tasks of a device, or of the devices of a customer, a site or all.",
        area: Area::Tasks,
        effect: Effect::Read,
        operations: &[
            "listDeviceScheduledTasks",
            "listDevices",
            "listOrgUnitDevices",
            "getDevice",
            "getSite",
        ],
    };
    type Input = Input;

    async fn resolve(cx: &Context, input: Input) -> Result<Input, Problem> {
        input.list.check(COLUMNS)?;
        Ok(Input { whose: input.whose.resolve(cx).await?, ..input })
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let listing = input.list.check(COLUMNS)?;
        let found = input.whose.tasks(cx).await?;
        let mut table = listing.whole(&found.tasks);
        found.gaps.iter().for_each(|gap| list::remark(&mut table, gap));
        Ok(list::answer(&table))
    }
}
