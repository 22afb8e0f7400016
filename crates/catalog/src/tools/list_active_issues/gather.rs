//! Gathering issues: from one unit, or from every customer the caller may see; then the devices' classes, which the
//! issues lack.

use crate::context::Context;
use crate::devices;
use crate::fan_out::{self, Coverage};
use crate::id::Id;
use crate::state;
use crate::upstream::{self, id_of};
use futures::stream::{self, StreamExt, TryStreamExt};
use model::Problem;
use ncentral::{Params, operations};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A customer with more devices to look up than this is cheaper to list.
const FEW_DEVICES: usize = 3;

/// The issues of a unit, or of all customers.
///
/// # Errors
/// The unit, the list of customers, or every single customer can't be read.
pub(crate) async fn issues(cx: &Context, unit: Option<Id>) -> Result<(Vec<Value>, Coverage), Problem> {
    match unit {
        Some(Id(unit)) => Ok((of_unit(cx, unit).await?, Coverage::default())),
        None => fan_out::over_customers(cx, |customer| of_unit(cx, customer)).await,
    }
}

/// A unit's issues, each slimmed to what can be shown and remembering where it was found.
async fn of_unit(cx: &Context, unit: i64) -> Result<Vec<Value>, Problem> {
    let mut issues = Vec::new();
    let mut pages = std::pin::pin!(upstream::pages(
        cx,
        operations::LIST_ACTIVE_ISSUES,
        Params::new().set("orgUnitId", unit)
    ));
    while let Some(page) = pages.try_next().await? {
        issues.extend(page.rows.into_iter().map(|row| slim(row, unit)));
    }
    Ok(issues)
}

/// Members by their wire names, those of `_extra` raised to the others; the place in the tree by name.
fn slim(row: Value, unit: i64) -> Value {
    let extra = &row["_extra"];
    let tree = extra["customerTree"].as_array().map(Vec::as_slice).unwrap_or_default();
    json!({
        "taskId": row["taskId"],
        "notificationState": id_of(&row["notificationState"]).map(state::of_code),
        "serviceName": row["serviceName"],
        "serviceId": row["serviceId"],
        "serviceType": row["serviceType"],
        "deviceId": row["deviceId"],
        "orgUnitId": row["orgUnitId"],
        "deviceName": extra["deviceName"],
        "taskIdent": extra["taskIdent"],
        "transitionTime": extra["transitionTime"],
        "acknowledgedBy": extra["acknowledgedBy"],
        "psaTicketDetails": extra["psaTicketDetails"],
        "maintenanceWindowEnabled": extra["maintenanceWindowEnabled"],
        "customerName": tree.get(2),
        "siteName": tree.get(3),
        "foundIn": unit,
    })
}

/// Adds class and customer of each device: one by one where a unit has few of them to look up, else from its list.
///
/// # Errors
/// Some could not be read; the others are there.
pub(crate) async fn classes(cx: &Context, issues: &mut [Value]) -> Result<(), Problem> {
    let mut wanted: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for issue in issues.iter() {
        if let (Some(unit), Some(device)) = (id_of(&issue["foundIn"]), id_of(&issue["deviceId"])) {
            wanted.entry(unit).or_default().insert(device);
        }
    }
    let mut lookups: Vec<Lookup> = Vec::new();
    for (unit, ids) in wanted {
        if ids.len() <= FEW_DEVICES {
            lookups.extend(ids.into_iter().map(Lookup::Device));
        } else {
            lookups.push(Lookup::Unit(unit, ids));
        }
    }
    let mut found: HashMap<i64, Value> = HashMap::new();
    let mut failed = None;
    let mut reads = stream::iter(lookups).map(|lookup| lookup.run(cx)).buffer_unordered(upstream::FAN_OUT);
    while let Some(read) = reads.next().await {
        match read {
            Ok(rows) => {
                found.extend(rows.into_iter().filter_map(|row| Some((id_of(&row["deviceId"])?, row))));
            }
            Err(problem) => failed = Some(problem),
        }
    }
    for issue in issues.iter_mut() {
        let Some(device) = id_of(&issue["deviceId"]).and_then(|id| found.get(&id)) else { continue };
        for member in ["deviceClass", "customerId", "customerName"] {
            issue[member] = device[member].clone();
        }
        if issue["deviceName"].is_null() {
            issue["deviceName"] = device["longName"].clone();
        }
    }
    failed.map_or(Ok(()), Err)
}

enum Lookup {
    Device(i64),
    Unit(i64, BTreeSet<i64>),
}

impl Lookup {
    async fn run(self, cx: &Context) -> Result<Vec<Value>, Problem> {
        let (unit, mut wanted) = match self {
            Lookup::Device(id) => return devices::read(cx, id).await.map(|device| vec![device]),
            Lookup::Unit(unit, wanted) => (unit, wanted),
        };
        let mut found = Vec::with_capacity(wanted.len());
        let params = Params::new().set("orgUnitId", unit);
        let mut pages = std::pin::pin!(upstream::pages(cx, operations::LIST_ORG_UNIT_DEVICES, params));
        while !wanted.is_empty()
            && let Some(page) = pages.try_next().await?
        {
            found.extend(
                page.rows
                    .into_iter()
                    .filter(|row| id_of(&row["deviceId"]).is_some_and(|id| wanted.remove(&id))),
            );
        }
        Ok(found)
    }
}
