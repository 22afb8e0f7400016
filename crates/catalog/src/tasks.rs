//! Scheduled tasks: one by its id, within the caller's customers, and the way up their tree.

use crate::context::Context;
use crate::upstream::{self, id_of};
use crate::{devices, scope};
use model::{Kind, Problem};
use ncentral::{Params, operations};
use serde_json::Value;

/// Items below ship with N-central and can't be run through its API (contract/NOTES.md, section 7).
pub(crate) const FIRST_UPLOADED: i64 = 2000;

/// A tree of tasks is SYSTEM over CUSTOMER over DEVICE (contract/NOTES.md, section 9).
const MOST_LEVELS: usize = 3;

/// One task's definition.
///
/// # Errors
/// Unknown, or outside the caller's customers.
pub(crate) async fn read(cx: &Context, id: i64) -> Result<Value, Problem> {
    let task = upstream::object(cx, operations::GET_SCHEDULED_TASK, Params::new().set("taskId", id)).await?;
    check_scope(cx, id, &task).await?;
    Ok(task)
}

/// Refuses a narrowed caller a task outside its customers. A task of a level above them is seen by its devices.
async fn check_scope(cx: &Context, id: i64, task: &Value) -> Result<(), Problem> {
    let customer = id_of(&task["customerId"]);
    let devices = device_ids(task);
    if cx.customers.is_none() || customer.is_some() || devices.is_empty() {
        return scope::check(cx, customer, || format!("task {id}"));
    }
    devices::read_all(cx, &devices).await.map(drop)
}

/// The devices of a task.
pub(crate) fn device_ids(task: &Value) -> Vec<i64> {
    task["deviceIds"].as_array().into_iter().flatten().filter_map(id_of).collect()
}

/// The result on each device. The ids of single devices' tasks are not taken there, so from one of them the way
/// leads up to a task that is, and only the rows asked for are kept.
///
/// # Errors
/// N-central's.
pub(crate) async fn details(cx: &Context, id: i64) -> Result<Vec<Value>, Problem> {
    let rows = |id: i64| {
        upstream::rows(cx, operations::LIST_SCHEDULED_TASK_STATUS_DETAILS, Params::new().set("taskId", id))
    };
    let refused = match rows(id).await {
        Ok(found) if !found.is_empty() => return Ok(found),
        Ok(_) => None,
        Err(problem) if matches!(problem.kind, Kind::UpstreamNotFound | Kind::UpstreamRefused) => {
            Some(problem)
        }
        Err(problem) => return Err(problem),
    };
    let mut task =
        match upstream::object(cx, operations::GET_SCHEDULED_TASK, Params::new().set("taskId", id)).await {
            Ok(task) => task,
            Err(problem) => return Err(refused.unwrap_or(problem)),
        };
    let devices = device_ids(&task);
    for _ in 1..MOST_LEVELS {
        let Some(parent) = id_of(&task["parentId"]) else { break };
        let found = rows(parent).await.unwrap_or_default();
        let own: Vec<Value> = found.iter().filter(|row| id_of(&row["taskId"]) == Some(id)).cloned().collect();
        if !own.is_empty() {
            return Ok(own);
        }
        let of_devices = |row: &&Value| id_of(&row["deviceId"]).is_some_and(|id| devices.contains(&id));
        let of_devices: Vec<Value> = found.iter().filter(of_devices).cloned().collect();
        if !of_devices.is_empty() {
            return Ok(of_devices);
        }
        task =
            upstream::object(cx, operations::GET_SCHEDULED_TASK, Params::new().set("taskId", parent)).await?;
    }
    refused.map_or(Ok(Vec::new()), Err)
}
