//! `n_central-get-task`: the definition of a task, its unit and devices by name.

use crate::context::Context;
use crate::detail::Detail;
use crate::id::Id;
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::upstream::{self, id_of, text_of};
use crate::{budget, object, tasks};
use futures::join;
use futures::stream::{self, StreamExt};
use model::{Effect, Problem};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most devices that are named; get-task-details names all.
const MOST_DEVICES: usize = 10;

pub(crate) struct GetTask;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    task_id: Id,
    #[serde(default)]
    detail: Detail,
}

impl ReadTool for GetTask {
    const RECORD: Record = Record {
        name: "n_central-get-task",
        alias: Some("get_scheduled_task"),
        title: "Get a task",
        summary: "Get a task's definition: what it runs, where, on which devices.",
        area: Area::Tasks,
        effect: Effect::Read,
        operations: &["getScheduledTask", "getOrgUnit", "getDevice"],
    };
    type Input = Input;

    async fn resolve(_: &Context, input: Input) -> Result<Input, Problem> {
        Ok(input)
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let task = tasks::read(cx, input.task_id.0).await?;
        let ids = tasks::device_ids(&task);
        let (unit, devices) = join!(unit_name(cx, &task), device_names(cx, &ids));
        let scripts = cx.local.scripts().await.unwrap_or_default();
        let script = scripts.iter().find(|script| Some(script.item_id) == id_of(&task["itemId"]));
        let mut answer = match input.detail {
            Detail::Full => object::compact(&task),
            Detail::Concise => json!({
                "task_id": task["taskId"],
                "name": text_of(&task["name"]).or_else(|| text_of(&task["taskName"])),
                "type": text_of(&task["type"]),
                "item_id": task["itemId"],
                "org_unit_id": task["orgUnitId"],
                "is_enabled": task["isEnabled"],
                "parent_id": task["parentId"],
            }),
        };
        answer["script"] = json!(script.map(|script| &script.name));
        answer["org_unit_name"] = json!(unit);
        answer["devices"] = json!(devices);
        answer["device_count"] = json!(ids.len());
        let mut answer = object::compact(&answer);
        budget::trim(&mut answer);
        Ok(answer)
    }
}

/// The name of the unit; not having it is no failure of the call.
async fn unit_name(cx: &Context, task: &Value) -> Option<String> {
    let params = Params::new().set("orgUnitId", id_of(&task["orgUnitId"])?);
    let unit = upstream::object(cx, operations::GET_ORG_UNIT, params).await.ok()?;
    text_of(&unit["orgUnitName"])
}

/// The devices with their names, as far as these can be read.
async fn device_names(cx: &Context, ids: &[i64]) -> Vec<Value> {
    let names = ids.iter().copied().take(MOST_DEVICES).map(|id| async move {
        let device = upstream::object(cx, operations::GET_DEVICE, Params::new().set("deviceId", id)).await;
        json!({"device_id": id, "device_name": device.ok().and_then(|device| text_of(&device["longName"]))})
    });
    stream::iter(names.collect::<Vec<_>>()).buffered(upstream::FAN_OUT).collect().await
}
