//! `n_central-get-device-custom-property`: one custom property of a device, a password hidden.

use crate::context::Context;
use crate::device_arg::DeviceArg;
use crate::id::Id;
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::{devices, object, properties, upstream};
use model::{Effect, Problem, Target};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) struct GetDeviceCustomProperty;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    #[serde(flatten)]
    device: DeviceArg,
    property_id: Id,
}

impl ReadTool for GetDeviceCustomProperty {
    const RECORD: Record = Record {
        name: "n_central-get-device-custom-property",
        alias: None,
        title: "Get a device's custom property",
        summary: "Get one custom property of a device.",
        area: Area::Devices,
        effect: Effect::Read,
        operations: &["getDeviceCustomProperty", "getDevice"],
    };
    type Input = Input;

    async fn resolve(cx: &Context, input: Input) -> Result<Input, Problem> {
        Ok(Input { device: input.device.resolve(cx).await?, ..input })
    }

    async fn targets(cx: &Context, input: &Input) -> Result<Vec<Target>, Problem> {
        input.device.targets(cx).await
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let id = input.device.id()?;
        devices::check_scope(cx, id).await?;
        let params = Params::new().set("deviceId", id).set("propertyId", input.property_id);
        let property = upstream::object(cx, operations::GET_DEVICE_CUSTOM_PROPERTY, params).await?;
        let mut answer = object::compact(&properties::masked(property));
        answer["device_id"] = json!(id);
        Ok(answer)
    }
}
