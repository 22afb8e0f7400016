//! `n_central-get-device-lifecycle-info`: warranty, lease, purchase, replacement. N-central takes one such call at a
//! time, which the client's permits see to.

use crate::context::Context;
use crate::device_arg::DeviceArg;
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::upstream::{self, text_of};
use crate::{devices, object};
use futures::join;
use model::{Effect, Problem, Target};
use ncentral::{Params, operations};
use serde_json::{Value, json};

pub(crate) struct GetDeviceLifecycleInfo;

impl ReadTool for GetDeviceLifecycleInfo {
    const RECORD: Record = Record {
        name: "n_central-get-device-lifecycle-info",
        alias: None,
        title: "Get a device's life cycle",
        summary: "Get a device's warranty, lease, purchase and replacement dates.",
        area: Area::Devices,
        effect: Effect::Read,
        operations: &["getDeviceLifecycleInfo", "getDevice"],
    };
    type Input = DeviceArg;

    async fn resolve(cx: &Context, input: DeviceArg) -> Result<DeviceArg, Problem> {
        input.resolve(cx).await
    }

    async fn targets(cx: &Context, input: &DeviceArg) -> Result<Vec<Target>, Problem> {
        input.targets(cx).await
    }

    async fn read(cx: &Context, input: DeviceArg) -> Result<Value, Problem> {
        let id = input.id()?;
        let params = Params::new().set("deviceId", id);
        let info = upstream::object(cx, operations::GET_DEVICE_LIFECYCLE_INFO, params);
        let (device, info) = join!(devices::read(cx, id), info);
        let device = device?;
        let mut answer =
            json!({"device_id": device["deviceId"], "device_name": text_of(&device["longName"])});
        if let (Value::Object(info), Some(members)) = (object::compact(&info?), answer.as_object_mut()) {
            members.extend(info);
        }
        Ok(answer)
    }
}
