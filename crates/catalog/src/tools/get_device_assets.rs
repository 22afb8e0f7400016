//! `n_central-get-device-assets`: hardware and system of a device in a few lines; software and patches searchable.

mod summary;

use crate::context::Context;
use crate::detail::Detail;
use crate::device_arg::DeviceArg;
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::upstream::{self, id_of, text_of};
use crate::{budget, devices, names, object};
use model::{Effect, Problem, Target};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) struct GetDeviceAssets;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    #[serde(flatten)]
    device: DeviceArg,
    /// Part of its name; * for all
    software: Option<String>,
    /// Likewise patches
    patches: Option<String>,
    #[serde(default)]
    detail: Detail,
}

impl ReadTool for GetDeviceAssets {
    const RECORD: Record = Record {
        name: "n_central-get-device-assets",
        alias: None,
        title: "Get a device's assets",
        summary: "Get a device's hardware and system; search its software and patches.",
        area: Area::Devices,
        effect: Effect::Read,
        operations: &["getDeviceAssets", "getDevice"],
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
        let found =
            upstream::find(cx, operations::GET_DEVICE_ASSETS, Params::new().set("deviceId", id)).await?;
        let Some(assets) = found else { return without_assets(cx, id).await };
        let mut answer = match input.detail {
            Detail::Concise => summary::of(id, &assets),
            Detail::Full => json!({"device_id": id, "assets": object::compact(&assets)}),
        };
        if let Some(text) = &input.software {
            let columns = [
                ("displayname", "name"),
                ("version", "version"),
                ("publisher", "publisher"),
                ("installationdate", "installed"),
            ];
            answer["software"] = search(section(&assets, "application"), text, &columns, &["displayname"]);
        }
        if let Some(text) = &input.patches {
            let columns = [
                ("title", "title"),
                ("category", "category"),
                ("installationresult", "result"),
                ("installeddate", "installed"),
            ];
            answer["patches"] =
                search(section(&assets, "patch"), text, &columns, &["title", "installationresult"]);
        }
        if budget::trim(&mut answer) > 0 {
            answer["note"] =
                json!("cut to fit the answer; search software and patches by a part of the name instead");
        }
        Ok(answer)
    }
}

/// Assets are missing where a device was never inventoried; a device that is not there at all is another matter.
async fn without_assets(cx: &Context, id: i64) -> Result<Value, Problem> {
    let device = devices::read(cx, id).await?;
    let why = if device["isProbe"] == true { "it is a probe" } else { "it was never inventoried" };
    Ok(json!({
        "device_id": device["deviceId"],
        "device_name": text_of(&device["longName"]),
        "assets": null,
        "note": format!("N-central has no assets for this device: {why}"),
    }))
}

/// The rows of a list section; the richer copy of it where there is one.
fn section<'a>(assets: &'a Value, name: &str) -> &'a [Value] {
    let rich = assets["_extra"][name]["list"].as_array().filter(|rows| !rows.is_empty());
    rich.or_else(|| assets[name]["list"].as_array()).map(Vec::as_slice).unwrap_or_default()
}

/// The rows in which one of the members holds the text, as a table.
fn search(rows: &[Value], text: &str, columns: &[(&str, &str)], within: &[&str]) -> Value {
    let wanted = names::fold(text);
    let all = matches!(wanted.as_str(), "" | "*");
    let holds = |row: &&Value| {
        all || within
            .iter()
            .any(|member| text_of(&row[*member]).is_some_and(|text| names::fold(&text).contains(&wanted)))
    };
    let found: Vec<Vec<Value>> = rows
        .iter()
        .filter(holds)
        .map(|row| columns.iter().map(|(member, _)| json!(text_of(&row[*member]))).collect())
        .collect();
    json!({
        "columns": columns.iter().map(|(_, name)| *name).collect::<Vec<_>>(),
        "total": found.len(),
        "rows": found,
    })
}

/// The id that the assets themselves carry is text; the answer has the contract's number.
fn device_id(assets: &Value, asked: i64) -> i64 {
    id_of(&assets["device"]["deviceid"]).unwrap_or(asked)
}
