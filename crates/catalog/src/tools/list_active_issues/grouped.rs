//! Many issues in little space: one row a device, its issues in the last cell. Where that is still too much, classes
//! and customers are said once and rows refer to them; where even that is, the end is cut off.

use crate::budget::{self, Resume};
use crate::list::Listing;
use crate::upstream::{id_of, text_of};
use serde_json::{Map, Value, json};

/// Where the state stands in a row.
const STATE: usize = 4;

/// The cells of an issue; the last is there only where it differs from the device's state.
const ISSUE: [&str; 3] = ["active_issue_id", "service", "state"];

/// The grouped answer. `returned` and `total` count issues.
pub(super) fn answer(page: &[Value], listing: &Listing, total: u64) -> Value {
    let fits = |answer: &Value| budget::estimate(answer) + budget::ENVELOPE <= budget::TOKENS;
    let plain = plain(page);
    if fits(&plain) {
        return finish(plain, listing, page.len() as u64, total);
    }
    let whole = keyed(page);
    if fits(&whole) {
        return finish(whole, listing, page.len() as u64, total);
    }
    let mut shown = page.len();
    while shown > 1 && !fits(&keyed(&page[..shown])) {
        shown -= shown.div_ceil(20);
    }
    let Resume { size, next, exact } = budget::resume(listing.offset(), shown as u64);
    let repeats = if exact { "" } else { "; a few will repeat" };
    let mut answer = finish(keyed(&page[..size as usize]), listing, size, total);
    answer["next_page"] = json!(next);
    answer["note"] = json!(format!(
        "issues {}–{} of {total}: cut to fit the answer; go on with page_number {next} and page_size {size}{repeats}, \
         or ask for one customer",
        listing.offset() + 1,
        listing.offset() + size,
    ));
    answer
}

/// Adds the totals and how to go on.
fn finish(mut answer: Value, listing: &Listing, returned: u64, total: u64) -> Value {
    answer["returned"] = json!(returned);
    answer["total"] = json!(total);
    let end = listing.offset() + returned;
    if end < total {
        let next = listing.page_number + 1;
        answer["next_page"] = json!(next);
        answer["note"] =
            json!(format!("issues {}–{end} of {total}; ask for page_number {next}", listing.offset() + 1));
    }
    answer
}

/// Every cell in words.
fn plain(page: &[Value]) -> Value {
    let rows = group(page, |device| [text(device, "deviceClass"), text(device, "customerName")]);
    json!({
        "grouped_by": "device",
        "columns": ["device_id", "device_name", "device_class", "customer_name", "state", "issues"],
        "issue_columns": ISSUE,
        "rows": rows,
    })
}

/// The rows under the state that is the worst of their devices, classes by their initials and customers by their id,
/// each said once.
fn keyed(page: &[Value]) -> Value {
    let mut classes: Vec<(String, Value)> = Vec::new();
    let mut customers = Map::new();
    let rows = group(page, |device| {
        let class = text(device, "deviceClass");
        let key = match classes.iter().find(|(_, known)| *known == class) {
            Some((key, _)) => key.clone(),
            None => {
                let key = initials(class.as_str().unwrap_or("?"), &classes);
                classes.push((key.clone(), class));
                key
            }
        };
        match id_of(&device["customerId"]) {
            Some(id) => {
                customers.entry(id.to_string()).or_insert_with(|| text(device, "customerName"));
                [json!(key), json!(id)]
            }
            None => [json!(key), text(device, "customerName")],
        }
    });
    let mut by_state: Map<String, Value> = Map::new();
    for mut row in rows {
        let state = row.remove(STATE).as_str().unwrap_or("no_state").to_owned();
        match by_state.entry(state).or_insert_with(|| json!([])) {
            Value::Array(rows) => rows.push(json!(row)),
            other => *other = json!([row]),
        }
    }
    json!({
        "grouped_by": "device",
        "device_classes": classes.into_iter().collect::<Map<_, _>>(),
        "customers": customers,
        "columns": ["device_id", "device_name", "device_class", "customer_id", "issues"],
        "issue_columns": ISSUE,
        "rows_by_state": by_state,
    })
}

/// `Servers - Windows` → `SW`, with a number where those letters are taken.
fn initials(class: &str, taken: &[(String, Value)]) -> String {
    let letters: String =
        class.split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.chars().next()).collect();
    let is_taken = |key: &str| taken.iter().any(|(known, _)| known == key);
    let numbered = (2..).map(|n| format!("{letters}{n}"));
    [letters.clone()].into_iter().chain(numbered).find(|key| !is_taken(key)).unwrap_or(letters)
}

/// One row for each run of issues of the same device. An issue repeats no state that is its device's own.
fn group(page: &[Value], mut middle: impl FnMut(&Value) -> [Value; 2]) -> Vec<Vec<Value>> {
    let devices = page.chunk_by(|a, b| a["deviceId"] == b["deviceId"]);
    let rows = devices.map(|issues| {
        let device = &issues[0];
        let [class, customer] = middle(device);
        let state = &device["notificationState"];
        let issues: Vec<Value> = issues.iter().map(|issue| cell(issue, state)).collect();
        vec![
            device["deviceId"].clone(),
            text(device, "deviceName"),
            class,
            customer,
            state.clone(),
            json!(issues),
        ]
    });
    rows.collect()
}

fn cell(issue: &Value, device_state: &Value) -> Value {
    let service = text_of(&issue["serviceName"]).unwrap_or_default();
    let service = match text_of(&issue["taskIdent"]) {
        Some(instance) => format!("{service} {instance}"),
        None => service,
    };
    match &issue["notificationState"] {
        state if state == device_state => json!([issue["taskId"], service]),
        state => json!([issue["taskId"], service, state]),
    }
}

fn text(value: &Value, member: &str) -> Value {
    json!(text_of(&value[member]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_go_by_initials_that_differ() {
        let taken = vec![("SW".to_owned(), json!("Servers - Windows"))];
        assert_eq!(initials("Workstations - Windows", &taken), "WW");
        assert_eq!(initials("Switch - Wired", &taken), "SW2");
    }
}
