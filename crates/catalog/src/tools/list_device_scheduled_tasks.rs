//! `n_central-list-device-scheduled-tasks`: the scheduled tasks that touch a device.

use crate::column::Column;
use crate::context::Context;
use crate::device_arg::DeviceArg;
use crate::list::{self, ListArgs};
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::{devices, upstream};
use model::{Effect, Problem, Target};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const COLUMNS: &[Column] = &[Column::shown("taskId"), Column::shown("taskName"), Column::shown("status")];

pub(crate) struct ListDeviceScheduledTasks;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    #[serde(flatten)]
    device: DeviceArg,
    #[serde(flatten)]
    list: ListArgs,
}

impl ReadTool for ListDeviceScheduledTasks {
    const RECORD: Record = Record {
        name: "n_central-list-device-scheduled-tasks",
        alias: None,
        title: "List a device's scheduled tasks",
        summary: "List the scheduled tasks of a device.",
        area: Area::Tasks,
        effect: Effect::Read,
        operations: &["listDeviceScheduledTasks", "getDevice"],
    };
    type Input = Input;

    async fn resolve(cx: &Context, input: Input) -> Result<Input, Problem> {
        input.list.check(COLUMNS)?;
        Ok(Input { device: input.device.resolve(cx).await?, ..input })
    }

    async fn targets(cx: &Context, input: &Input) -> Result<Vec<Target>, Problem> {
        input.device.targets(cx).await
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let listing = input.list.check(COLUMNS)?;
        let id = input.device.id()?;
        devices::check_scope(cx, id).await?;
        let params = Params::new().set("deviceId", id);
        let rows = upstream::rows(cx, operations::LIST_DEVICE_SCHEDULED_TASKS, params).await?;
        let mut window = listing.window(true);
        rows.iter().for_each(|row| window.push(row));
        Ok(list::answer(&window.into_table()))
    }
}
