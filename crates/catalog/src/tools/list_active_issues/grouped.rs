//! Many issues in little space: one row a device, its issues in the last cell.

use crate::budget::{self, Resume};
use crate::list::Listing;
use crate::upstream::text_of;
use serde_json::{Value, json};

const COLUMNS: [&str; 6] = ["device_id", "device_name", "device_class", "customer_name", "state", "issues"];
const ISSUE: [&str; 3] = ["active_issue_id", "service", "state"];

/// The grouped answer, cut where it would cost too much. `returned` and `total` count issues.
pub(super) fn answer(page: &[Value], listing: &Listing, total: u64) -> Value {
    let budget = budget::TOKENS - budget::ENVELOPE;
    let mut shown = page.len();
    let mut rows = group(page);
    loop {
        let cost = budget::estimate(&rows);
        if cost <= budget || shown <= 1 {
            break;
        }
        let fitting = (shown as u64 * budget / cost).clamp(1, shown as u64 - 1);
        shown = fitting as usize;
        rows = group(&page[..shown]);
    }
    let offset = listing.offset();
    let mut answer = json!({
        "grouped_by": "device",
        "columns": COLUMNS,
        "issue_columns": ISSUE,
        "rows": rows,
        "returned": shown,
        "total": total,
    });
    if shown < page.len() {
        let Resume { size, next, exact } = budget::resume(offset, shown as u64);
        answer["rows"] = group(&page[..size as usize]);
        answer["returned"] = json!(size);
        answer["next_page"] = json!(next);
        let repeats = if exact { "" } else { "; a few will repeat" };
        answer["note"] = json!(format!(
            "issues {}–{} of {total}: cut to fit the answer; go on with page_number {next} and page_size \
             {size}{repeats}, or ask for one customer",
            offset + 1,
            offset + size,
        ));
    } else if offset + (shown as u64) < total {
        let next = listing.page_number + 1;
        answer["next_page"] = json!(next);
        answer["note"] = json!(format!(
            "issues {}–{} of {total}; ask for page_number {next}",
            offset + 1,
            offset + shown as u64
        ));
    }
    answer
}

/// One row for each run of issues of the same device.
fn group(page: &[Value]) -> Value {
    let devices = page.chunk_by(|a, b| a["deviceId"] == b["deviceId"]);
    devices
        .map(|issues| {
            let device = &issues[0];
            let text = |member: &str| json!(text_of(&device[member]));
            json!([
                device["deviceId"],
                text("deviceName"),
                text("deviceClass"),
                text("customerName"),
                device["notificationState"],
                issues.iter().map(issue).collect::<Vec<_>>(),
            ])
        })
        .collect()
}

fn issue(issue: &Value) -> Value {
    let service = text_of(&issue["serviceName"]).unwrap_or_default();
    let service = text_of(&issue["taskIdent"])
        .map_or_else(|| service.clone(), |instance| format!("{service} {instance}"));
    json!([issue["taskId"], service, issue["notificationState"]])
}
