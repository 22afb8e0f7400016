//! Items seen in devices' tasks. A device's list of tasks names no items, so one task of each name is looked up; that
//! finds candidates for the script list, not all of N-central's repository.

use crate::column::Column;
use crate::context::Context;
use crate::device_tasks::Whose;
use crate::list::{self, Listing};
use crate::tasks::{self, FIRST_UPLOADED};
use crate::upstream::{self, id_of, text_of};
use futures::stream::{self, StreamExt};
use model::Problem;
use model::answer::Table;
use model::script::Script;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Most tasks that are looked up: one request each.
const MOST_TASKS: usize = 100;

pub(super) const COLUMNS: &[Column] = &[
    Column::shown("itemId"),
    Column::shown("type").named("task_type"),
    Column::shown("taskName"),
    Column::shown("tasks"),
    Column::shown("script"),
];

/// The items, most often seen first, each with the script it is listed as.
///
/// # Errors
/// The tasks can't be read, not even one of them.
pub(super) async fn table(
    cx: &Context,
    whose: &Whose,
    scripts: &[Script],
    listing: &Listing,
) -> Result<Table, Problem> {
    let found = whose.tasks(cx).await?;
    let names = by_name(&found.tasks);
    let read = names.len().min(MOST_TASKS);
    let reads = names.iter().take(read).filter_map(|(name, (id, count))| {
        let id = (*id)?;
        Some(async move { (name, count, tasks::read(cx, id).await) })
    });
    let mut reads = stream::iter(reads.collect::<Vec<_>>()).buffered(upstream::FAN_OUT);
    let mut items: BTreeMap<i64, Value> = BTreeMap::new();
    let (mut failures, mut built_in) = (Vec::new(), 0);
    while let Some((name, count, task)) = reads.next().await {
        let task = match task {
            Ok(task) => task,
            Err(problem) => {
                failures.push(problem);
                continue;
            }
        };
        let Some(item) = id_of(&task["itemId"]) else { continue };
        if item < FIRST_UPLOADED {
            built_in += 1;
            continue;
        }
        let row = items.entry(item).or_insert_with(|| {
            let listed = scripts.iter().find(|script| script.item_id == item);
            json!({"itemId": item, "type": task["type"], "taskName": name, "tasks": 0,
                "script": listed.map(|script| &script.name)})
        });
        row["tasks"] = json!(row["tasks"].as_u64().unwrap_or_default() + count);
    }
    if read > 0 && failures.len() == read {
        return Err(failures.swap_remove(0));
    }
    let mut rows: Vec<Value> = items.into_values().collect();
    rows.sort_by_key(|row| Reverse(row["tasks"].as_u64()));
    let mut table = listing.whole(&rows);
    list::remark(
        &mut table,
        format!(
            "seen in {} tasks of {} devices; {} of {} task names were looked up. An administrator lists an item on the \
             Scripts page or with `ncgate script add`",
            found.tasks.len(),
            found.devices,
            read - failures.len(),
            names.len(),
        ),
    );
    if built_in > 0 {
        list::remark(
            &mut table,
            format!("{built_in} run items that ship with N-central and can't be run here"),
        );
    }
    found.gaps.iter().for_each(|gap| list::remark(&mut table, gap));
    Ok(table)
}

/// The names that tasks have without the mark that makes each unique, with one task's id and how many there are.
fn by_name(tasks: &[Value]) -> BTreeMap<String, (Option<i64>, u64)> {
    let mut names = BTreeMap::new();
    for task in tasks {
        let Some(name) = text_of(&task["taskName"]) else { continue };
        let name = name.split(" [").next().unwrap_or_default().to_owned();
        let (_, count) = names.entry(name).or_insert_with(|| (id_of(&task["taskId"]), 0));
        *count += 1;
    }
    names
}
