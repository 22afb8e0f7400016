//! `n_central-list-scheduled-tasks`: N-central lists tasks per device only; here those of a customer, a site or all
//! devices come together, up to a bound, with an account of what was not read.

use crate::column::Column;
use crate::context::Context;
use crate::device_arg::DeviceArg;
use crate::devices;
use crate::list::{self, ListArgs};
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::units::UnitArgs;
use crate::upstream::{self, id_of};
use futures::stream::{self, StreamExt, TryStreamExt};
use model::{Effect, Kind, Problem};
use ncentral::{Params, operations};
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

/// Most devices that one call asks: one request each, so that more would outlast any client's patience.
const MOST_DEVICES: usize = 500;

pub(crate) struct ListScheduledTasks;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    #[serde(flatten)]
    device: DeviceArg,
    #[serde(flatten)]
    unit: UnitArgs,
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
        let device = match input.device {
            DeviceArg { device_id: None, device: None } => DeviceArg::default(),
            device => device.resolve(cx).await?,
        };
        Ok(Input { device, unit: input.unit.resolve(cx).await?, ..input })
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let listing = input.list.check(COLUMNS)?;
        let unit = input.unit.unit(cx).await?;
        let fleet = match (input.device.device_id, unit) {
            (Some(_), Some(_)) => {
                return Err(Problem::new(Kind::InvalidArguments, "a device and a unit are given")
                    .hint("give a device, or a customer or site, or neither"));
            }
            (Some(id), None) => Fleet { devices: vec![devices::read(cx, id.0).await?], total: Some(1) },
            (None, unit) => Fleet::of(cx, unit.map(|unit| unit.0)).await?,
        };
        let asked = fleet.devices.len();
        let reads = fleet.devices.iter().enumerate().map(|(at, device)| {
            let id = id_of(&device["deviceId"]).unwrap_or_default();
            let params = Params::new().set("deviceId", id);
            let rows = upstream::rows(cx, operations::LIST_DEVICE_SCHEDULED_TASKS, params);
            async move { (at, rows.await) }
        });
        let mut reads = stream::iter(reads.collect::<Vec<_>>()).buffer_unordered(upstream::FAN_OUT);
        let mut found: Vec<(usize, Vec<Value>)> = Vec::with_capacity(asked);
        let mut failures = Vec::new();
        while let Some((at, read)) = reads.next().await {
            match read {
                Ok(rows) => found.push((at, rows)),
                Err(problem) => failures.push(problem),
            }
            cx.progress.advance((found.len() + failures.len()) as u64, Some(asked as u64), "devices read");
        }
        if asked > 0 && failures.len() == asked {
            return Err(failures.swap_remove(0));
        }
        // Answers come in any order; the list has that of the fleet.
        found.sort_by_key(|(at, _)| *at);
        let mut window = listing.window(true);
        for (at, tasks) in found {
            for mut task in tasks {
                for member in ["deviceId", "longName", "customerName"] {
                    task[member] = fleet.devices[at][member].clone();
                }
                window.push(&task);
            }
        }
        let mut table = window.into_table();
        if !failures.is_empty() {
            let (count, why) = (failures.len(), &failures[0].message);
            list::remark(&mut table, format!("{count} of {asked} devices could not be read: {why}"));
        }
        if fleet.total.is_none_or(|total| total > asked as u64) {
            let of = fleet.total.map(|total| format!(" of {total}")).unwrap_or_default();
            let note = format!("only the first {asked}{of} devices were asked; name a customer or a site");
            list::remark(&mut table, note);
        }
        Ok(list::answer(&table))
    }
}

/// The devices to ask, and how many there are.
struct Fleet {
    devices: Vec<Value>,
    total: Option<u64>,
}

impl Fleet {
    async fn of(cx: &Context, unit: Option<i64>) -> Result<Self, Problem> {
        let mut fleet = Self { devices: Vec::new(), total: Some(0) };
        for (operation, params) in devices::sources(cx, unit) {
            let mut pages = std::pin::pin!(upstream::pages(cx, operation, params));
            let mut counted = false;
            while let Some(page) = pages.try_next().await? {
                if !counted {
                    counted = true;
                    fleet.total = fleet.total.zip(page.total_items).map(|(sum, here)| sum + here);
                }
                let room = MOST_DEVICES - fleet.devices.len();
                fleet.devices.extend(page.rows.into_iter().take(room));
                if fleet.devices.len() == MOST_DEVICES {
                    break;
                }
            }
        }
        Ok(fleet)
    }
}
