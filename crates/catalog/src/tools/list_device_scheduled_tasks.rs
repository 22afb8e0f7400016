//! `n_central-list-device-scheduled-tasks`: the scheduled tasks that touch a device.

use crate::column::Column;
use crate::context::Context;
use crate::device_arg::DeviceListArgs;
use crate::list;
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::{devices, upstream};
use model::{Effect, Problem, Target};
use ncentral::{Params, operations};
use serde_json::Value;

const COLUMNS: &[Column] = &[Column::shown("taskId"), Column::shown("taskName"), Column::shown("status")];

pub(crate) struct ListDeviceScheduledTasks;

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
    type Input = DeviceListArgs;

    async fn resolve(cx: &Context, input: DeviceListArgs) -> Result<DeviceListArgs, Problem> {
        input.resolve(cx, COLUMNS).await
    }

    async fn targets(cx: &Context, input: &DeviceListArgs) -> Result<Vec<Target>, Problem> {
        input.device.targets(cx).await
    }

    async fn read(cx: &Context, input: DeviceListArgs) -> Result<Value, Problem> {
        let listing = input.list.check(COLUMNS)?;
        let id = input.device.id()?;
        devices::check_scope(cx, id).await?;
        let params = Params::new().set("deviceId", id);
        let rows = upstream::rows(cx, operations::LIST_DEVICE_SCHEDULED_TASKS, params).await?;
        Ok(list::answer(&listing.whole(&rows)))
    }
}
