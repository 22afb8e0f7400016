//! The scheduled tasks of several devices: N-central lists them per device only, so those of a customer, a site or all
//! devices are brought together here, up to a bound, with an account of what was not read.

use crate::context::Context;
use crate::device_arg::DeviceArg;
use crate::devices;
use crate::units::UnitArgs;
use crate::upstream::{self, id_of};
use futures::stream::{self, StreamExt, TryStreamExt};
use model::{Kind, Problem};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most devices that one call asks: one request each, so that more would outlast any client's patience.
const MOST_DEVICES: usize = 500;

/// The arguments that say whose tasks are meant: a device's, a unit's, or everybody's.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Whose {
    #[serde(flatten)]
    device: DeviceArg,
    #[serde(flatten)]
    unit: UnitArgs,
}

/// What was found.
pub(crate) struct Found {
    /// The tasks in the order of the devices, each with its device's id, `longName` and `customerName`.
    pub(crate) tasks: Vec<Value>,
    /// How many devices were asked.
    pub(crate) devices: usize,
    /// What was not read, in words.
    pub(crate) gaps: Vec<String>,
}

impl Whose {
    /// The same with ids only.
    ///
    /// # Errors
    /// An id and a name for the same thing; a name that fits none or several.
    pub(crate) async fn resolve(self, cx: &Context) -> Result<Self, Problem> {
        let device = match self.device {
            DeviceArg { device_id: None, device: None } => DeviceArg::default(),
            device => device.resolve(cx).await?,
        };
        Ok(Self { device, unit: self.unit.resolve(cx).await? })
    }

    /// Whether nobody is named.
    pub(crate) fn is_everybody(&self) -> bool {
        let DeviceArg { device_id, device } = &self.device;
        let UnitArgs { customer_id, customer, site_id, site } = &self.unit;
        device_id.is_none()
            && device.is_none()
            && customer_id.or(*site_id).is_none()
            && customer.is_none()
            && site.is_none()
    }

    /// Their tasks.
    ///
    /// # Errors
    /// A device and a unit together; the list of devices, or every single device, can't be read.
    pub(crate) async fn tasks(&self, cx: &Context) -> Result<Found, Problem> {
        let unit = self.unit.unit(cx).await?;
        let fleet = match (self.device.device_id, unit) {
            (Some(_), Some(_)) => {
                return Err(Problem::new(Kind::InvalidArguments, "a device and a unit are given")
                    .hint("give a device, or a customer or site, or neither"));
            }
            (Some(id), None) => Fleet { devices: vec![devices::read(cx, id.0).await?], total: Some(1) },
            (None, unit) => Fleet::of(cx, unit.map(|unit| unit.0)).await?,
        };
        fleet.tasks(cx).await
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

    async fn tasks(self, cx: &Context) -> Result<Found, Problem> {
        let asked = self.devices.len();
        let reads = self.devices.iter().enumerate().map(|(at, device)| {
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
        let mut gaps = Vec::new();
        if let Some(first) = failures.first() {
            let count = failures.len();
            gaps.push(format!("{count} of {asked} devices could not be read: {}", first.message));
        }
        if self.total.is_none_or(|total| total > asked as u64) {
            let of = self.total.map(|total| format!(" of {total}")).unwrap_or_default();
            gaps.push(format!("only the first {asked}{of} devices were asked; name a customer or a site"));
        }
        // Answers come in any order; the list has that of the fleet.
        found.sort_by_key(|(at, _)| *at);
        let of_device = |(at, tasks): (usize, Vec<Value>)| {
            let device = &self.devices[at];
            tasks.into_iter().map(move |mut task| {
                for member in ["deviceId", "longName", "customerName"] {
                    task[member] = device[member].clone();
                }
                task
            })
        };
        Ok(Found { tasks: found.into_iter().flat_map(of_device).collect(), devices: asked, gaps })
    }
}
