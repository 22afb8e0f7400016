//! `n_central-get-device-custom-properties`: the custom properties of a device, passwords hidden.

use crate::context::Context;
use crate::device_arg::DeviceArg;
use crate::list::{self, ListArgs};
use crate::properties::{self, COLUMNS};
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::{devices, upstream};
use model::{Effect, Problem, Target};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) struct GetDeviceCustomProperties;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    #[serde(flatten)]
    device: DeviceArg,
    #[serde(flatten)]
    list: ListArgs,
}

impl ReadTool for GetDeviceCustomProperties {
    const RECORD: Record = Record {
        name: "n_central-get-device-custom-properties",
        alias: None,
        title: "List a device's custom properties",
        summary: "List a device's custom properties.",
        area: Area::Devices,
        effect: Effect::Read,
        operations: &["listDeviceCustomProperties", "getDevice"],
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
        let rows = upstream::rows(cx, operations::LIST_DEVICE_CUSTOM_PROPERTIES, params).await?;
        let mut window = listing.window(true);
        rows.into_iter().for_each(|row| window.push(&properties::masked(row)));
        Ok(list::answer(&window.into_table()))
    }
}
