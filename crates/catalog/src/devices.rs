//! Devices as tools need them: where to list them, one by id, as a target with what an approver has to know.

use crate::context::Context;
use crate::upstream::{self, id_of, text_of};
use crate::{moment, scope};
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::SignedDuration;
use model::plan::{TargetId, TargetKind};
use model::{Kind, Plan, Problem, Target, Timestamp};
use ncentral::{Operation, Params, operations};
use serde_json::{Value, json};

/// A device whose agent was silent for longer looks offline: agents check in every few minutes.
const OFFLINE_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// The lists that together hold the devices of a unit, or of all the caller may see.
pub(crate) fn sources(cx: &Context, unit: Option<i64>) -> Vec<(&'static Operation, Params)> {
    let of_unit = |unit: i64| (operations::LIST_ORG_UNIT_DEVICES, Params::new().set("orgUnitId", unit));
    match (unit, &cx.customers) {
        (Some(unit), _) => vec![of_unit(unit)],
        (None, Some(customers)) => customers.iter().copied().map(of_unit).collect(),
        (None, None) => vec![(operations::LIST_DEVICES, Params::new())],
    }
}

/// One device.
///
/// # Errors
/// Unknown, or outside the caller's customers.
pub(crate) async fn read(cx: &Context, id: i64) -> Result<Value, Problem> {
    let device = upstream::object(cx, operations::GET_DEVICE, Params::new().set("deviceId", id)).await;
    let device = device.map_err(|problem| match problem.kind {
        Kind::UpstreamNotFound => Problem {
            message: format!("N-central knows no device {id}: {}", problem.message),
            hint: "find it with n_central-list-devices".into(),
            ..problem
        },
        _ => problem,
    })?;
    scope::check(cx, id_of(&device["customerId"]), || format!("device {id}"))?;
    Ok(device)
}

/// Several devices, in the order of their ids.
///
/// # Errors
/// The first that is unknown or outside the caller's customers.
pub(crate) async fn read_all(cx: &Context, ids: &[i64]) -> Result<Vec<Value>, Problem> {
    stream::iter(ids.iter().copied()).map(|id| read(cx, id)).buffered(upstream::FAN_OUT).try_collect().await
}

/// Those of a plan's devices that N-central still knows, as they are now.
///
/// # Errors
/// The first that can't be read, or lies outside the caller's customers.
pub(crate) async fn recheck(cx: &Context, plan: &Plan) -> Result<Vec<Target>, Problem> {
    let ids = plan.targets.iter().filter_map(|target| match target.id {
        TargetId::Number(id) => Some(id),
        TargetId::Text(_) => None,
    });
    let reads = stream::iter(ids.collect::<Vec<_>>()).map(|id| read(cx, id)).buffered(upstream::FAN_OUT);
    let known = reads.filter_map(|device| async move {
        match device {
            Err(problem) if problem.kind == Kind::UpstreamNotFound => None,
            device => Some(device.map(|device| target(&device))),
        }
    });
    known.try_collect().await
}

/// Refuses a narrowed caller a device outside its customers; asks N-central only for such callers.
///
/// # Errors
/// Unknown, or outside.
pub(crate) async fn check_scope(cx: &Context, id: i64) -> Result<(), Problem> {
    match cx.customers {
        Some(_) => read(cx, id).await.map(drop),
        None => Ok(()),
    }
}

/// A device as a target of a plan.
pub(crate) fn target(device: &Value) -> Target {
    Target {
        kind: TargetKind::Device,
        id: TargetId::Number(id_of(&device["deviceId"]).unwrap_or_default()),
        name: text_of(&device["longName"]).unwrap_or_default(),
        org_unit_id: holding_unit(device),
        customer_id: id_of(&device["customerId"]),
        site_id: id_of(&device["siteId"]),
        class: text_of(&device["deviceClass"]),
    }
}

/// The unit that holds a device: its site where it is in one, else its customer.
fn holding_unit(device: &Value) -> Option<i64> {
    ["orgUnitId", "siteId", "customerId"].iter().find_map(|member| id_of(&device[*member]))
}

/// When the device's agent last checked in.
pub(crate) fn last_checkin(device: &Value) -> Option<Timestamp> {
    moment::parse(device["lastApplianceCheckinTime"].as_str()?)
}

/// Whether the device looks offline; none where no check-in is known.
pub(crate) fn offline(device: &Value, now: Timestamp) -> Option<bool> {
    last_checkin(device).map(|seen| now.duration_since(seen) > OFFLINE_AFTER)
}

/// What an approver should see of a device and the plan does not hold.
pub(crate) fn facts(device: &Value, now: Timestamp) -> Value {
    json!({
        "customer_name": text_of(&device["customerName"]),
        "site_name": text_of(&device["siteName"]),
        "last_checkin": device["lastApplianceCheckinTime"].as_str().and_then(moment::iso),
        "offline": offline(device, now),
        "server": target(device).counts_as_server(),
    })
}
