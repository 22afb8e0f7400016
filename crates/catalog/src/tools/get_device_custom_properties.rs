//! `n_central-get-device-custom-properties`: the custom properties of a device, passwords hidden.

use crate::context::Context;
use crate::device_arg::DeviceListArgs;
use crate::list;
use crate::properties::{self, COLUMNS};
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::{devices, upstream};
use model::{Effect, Problem, Target};
use ncentral::{Params, operations};
use serde_json::Value;

pub(crate) struct GetDeviceCustomProperties;

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
        let rows = upstream::rows(cx, operations::LIST_DEVICE_CUSTOM_PROPERTIES, params).await?;
        let rows: Vec<Value> = rows.into_iter().map(properties::masked).collect();
        Ok(list::answer(&listing.whole(&rows)))
    }
}
