//! The patch comparison report: started at once, finished some seconds later on the emulator's clock. Starting one is
//! no change. Ids can be negative.

use serde_json::{Map, Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::clock::SECOND;
use crate::failure::Failure;
use crate::fleet::class::{Class, MIX};
use crate::world::World;

const INSTALL_STATUSES: [&str; 6] =
    ["Aborted", "Failed", "In Progress", "Installed", "Installed With Errors", "Not Installed"];

const APPROVALS: [&str; 5] =
    ["Approved for Install", "Approved for Removal", "Declined", "Not Approved", "No Approval"];

const CATEGORIES: [&str; 12] = [
    "Critical Updates",
    "Update Rollups",
    "Updates",
    "Feature Packs",
    "Definition Updates",
    "Security Updates",
    "Service Packs",
    "Drivers",
    "Tools",
    "Third Party",
    "Upgrades",
    "Applications",
];

/// Reports that were started, in order.
#[derive(Default)]
pub(crate) struct Reports {
    started: Vec<Report>,
}

struct Report {
    id: i32,
    ready_ms: i64,
    statuses: Vec<String>,
    approvals: Vec<String>,
    categories: Vec<String>,
}

pub(crate) const SERVED: Served = &[("createPatchComparisonReport", create), ("getReport", get)];

fn all(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let start = fields.filled("startDate");
    if !start.is_empty() && !is_start_date(&start) {
        fields.refuse("startDate", "must be YYYY-MM-DD, optionally with a time of day and Z");
    }
    // A filter that is left out means all its values.
    let mut filter =
        |name: &str, words: &[&str]| fields.words_if_given(name, words).unwrap_or_else(|| all(words));
    let statuses = filter("installStatuses", &INSTALL_STATUSES);
    let approvals = filter("patchApprovals", &APPROVALS);
    let categories = filter("patchCategories", &CATEGORIES);
    fields.done()?;
    let number = world.reports.started.len() as u64;
    let id = (world.dice.roll("report id", number) as u32).cast_signed();
    let ready_ms = world.now_ms() + 4 * SECOND + world.dice.below("report duration", number, 4000) as i64;
    world.reports.started.push(Report { id, ready_ms, statuses, approvals, categories });
    Ok(Answer::ok(json!({
        "reportId": id, "reportStatus": "IN_PROGRESS", "message": "Report generation started", "data": null,
    })))
}

/// `YYYY-MM-DD`, or the same with `THH:MM:SS[.mmm]Z`.
fn is_start_date(text: &str) -> bool {
    let (day, time) = text.split_once('T').map_or((text, None), |(day, time)| (day, Some(time)));
    let clock = time.is_none_or(|t| {
        t.len() <= 13 && t.ends_with('Z') && t[..t.len() - 1].parse::<jiff::civil::Time>().is_ok()
    });
    day.len() == 10 && day.parse::<jiff::civil::Date>().is_ok() && clock
}

fn get(world: &mut World, call: &Call<'_>) -> Outcome {
    let text = call.parameter("reportId");
    let id: i64 = text.parse().map_err(|_| Failure::format(&format!("For input string: \"{text}\"")))?;
    let report = world.reports.started.iter().find(|r| i64::from(r.id) == id);
    let report = report.ok_or_else(|| Failure::not_found(&format!("Report with ID {id} was not found!")))?;
    if world.now_ms() < report.ready_ms {
        return Ok(Answer::ok(json!({
            "reportId": report.id, "reportStatus": "IN_PROGRESS", "message": "Report generation in progress", "data": null,
        })));
    }
    Ok(Answer::ok(json!({
        "reportId": report.id, "reportStatus": "COMPLETED", "message": null, "data": content(world, report),
    })))
}

/// `Approved for Install` → `approvedForInstall`
fn camel(words: &str) -> String {
    let joined: String = words.split(' ').map(|w| w[..1].to_uppercase() + &w[1..]).collect();
    joined[..1].to_lowercase() + &joined[1..]
}

/// Counts that follow from the size of the fleet and the share of each Windows class in it.
fn content(world: &World, report: &Report) -> Value {
    let fleet = u64::from(world.fleet.size);
    let windows = MIX.iter().filter(|(class, _)| class.is_windows());
    let classes: Vec<(Class, u64)> =
        windows.map(|(class, percent)| (*class, (fleet * percent).div_ceil(100))).collect();
    let devices: u64 = classes.iter().map(|(_, n)| n).sum();
    let share =
        |what: &str, key: u64, least: u64, most: u64| least + world.dice.below(what, key, most - least + 1);
    let per_approval = |approval: &str| match approval {
        "Approved for Install" => 40,
        "No Approval" => 6,
        "Declined" => 3,
        "Not Approved" => 2,
        _ => 0,
    };
    let by_class: Vec<Value> = classes
        .iter()
        .map(|(class, count)| {
            let counts: Map<String, Value> = report
                .approvals
                .iter()
                .enumerate()
                .map(|(at, a)| {
                    (camel(a), (count * per_approval(a) * share("approved", at as u64, 80, 110) / 100).into())
                })
                .collect();
            json!({"deviceClass": class.label(), "approvalStatusCounts": counts})
        })
        .collect();
    let percent = |status: &str| match status {
        "Installed" => 86,
        "Not Installed" => 9,
        "Failed" => 3,
        "Installed With Errors" | "In Progress" => 1,
        _ => 0,
    };
    let summaries: Vec<Value> = report
        .approvals
        .iter()
        .map(|approval| {
            let statuses = report.statuses.iter().map(|status| {
                let types = report.categories.iter().enumerate().map(|(at, category)| {
                    let every = devices
                        * per_approval(approval)
                        * percent(status)
                        * share("category", at as u64, 2, 16);
                    json!({"patchType": camel(category), "count": every / 10_000})
                });
                let types: Vec<Value> = types.filter(|t| t["count"] != 0).collect();
                json!({"patchInstallStatus": status, "patchTypeSummaries": types})
            });
            let statuses: Vec<Value> = statuses.filter(|s| s["patchTypeSummaries"] != json!([])).collect();
            json!({"approvalStatus": approval, "patchInstallStatusCounts": statuses})
        })
        .collect();
    json!({"deviceClassSummaries": by_class, "patchSummaryList": summaries})
}
