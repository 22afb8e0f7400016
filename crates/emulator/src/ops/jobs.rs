//! Job statuses of a unit: one unpaged list of free-form rows (NOTES §8).

use serde_json::json;

use super::Served;
use crate::answer::Answer;
use crate::clock::{HOUR, SECOND, iso_utc};
use crate::ops::task_tree::{self, Progress};

/// The job type of scripting, the only one the legacy interface covered.
const SCRIPTING: i32 = 18;

pub(crate) const SERVED: Served = &[("listJobStatuses", |world, call| {
    let place = world.unit(call.id("orgUnitId")?)?;
    let mut rows = Vec::new();
    for index in world.members(place).iter() {
        let device = world.device_at(index);
        // A device shows the last of its tasks.
        let Some(task) = task_tree::of_device(world, &device).pop() else { continue };
        let progress = task.progress(world, index);
        let scheduled = match task.run_of(world) {
            Some(run) => run.created_ms,
            None => world.fleet.started_ms - HOUR * (2 + i64::from(index % 20)),
        };
        let ended = matches!(progress, Progress::Success | Progress::Failed);
        rows.push(json!({
            "jobId": task.id(),
            "jobName": task.name(world),
            "jobTarget": device.name,
            "jobTypeId": SCRIPTING,
            "status": progress.counted(),
            "deviceId": device.id,
            "orgUnitId": world.fleet.units[device.home].id,
            "scheduledTime": iso_utc(scheduled),
            "lastCompletionTime": ended.then(|| iso_utc(scheduled + 5 * SECOND)),
            "_extra": {"taskType": task.script(world).task_type, "itemId": task.script(world).item_id},
        }));
    }
    Ok(Answer::list(rows))
})];
