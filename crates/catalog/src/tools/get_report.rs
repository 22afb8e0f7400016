//! `n_central-get-report`: a report, as two tables once it is ready; not being ready is an answer too.

use crate::context::Context;
use crate::id::ReportId;
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::upstream::text_of;
use crate::{budget, naming, problem, scope};
use model::text::clean;
use model::{Effect, Problem};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) struct GetReport;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    report_id: ReportId,
}

impl ReadTool for GetReport {
    const RECORD: Record = Record {
        name: "n_central-get-report",
        alias: None,
        title: "Get a report",
        summary: "Get a report that generate-patch-report started.",
        area: Area::Reports,
        effect: Effect::Read,
        operations: &["getReport"],
    };
    type Input = Input;

    async fn resolve(_: &Context, input: Input) -> Result<Input, Problem> {
        Ok(input)
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        scope::check_all(cx, "a patch report, which always covers all customers,")?;
        let ReportId(report_id) = input.report_id;
        let params = Params::new().set("reportId", report_id);
        // A report's `data` is one of its own members, so it is read as it came.
        let report =
            cx.client.call(operations::GET_REPORT, params, None).await.map_err(problem::of_read)?.body;
        let status = report["reportStatus"].as_str().unwrap_or("UNKNOWN").to_lowercase();
        let mut answer = json!({"report_id": report_id, "status": status});
        if let Some(message) = text_of(&report["message"]) {
            answer["message"] = json!(message);
        }
        match status.as_str() {
            "completed" => {
                answer["device_classes"] = device_classes(&report["data"]["deviceClassSummaries"]);
                answer["patches"] = patches(&report["data"]["patchSummaryList"]);
                if budget::trim(&mut answer) > 0 {
                    answer["note"] = json!("cut to fit the answer; generate it with filters for fewer rows");
                }
            }
            "failed" | "aborted" => {
                answer["next_step"] = json!("start it again with n_central-generate-patch-report");
            }
            _ => answer["next_step"] = json!("not ready yet: ask again with this report_id in 15 seconds"),
        }
        Ok(answer)
    }
}

/// One row a class, one column an approval state that occurs.
fn device_classes(summaries: &Value) -> Value {
    let mut table = CrossTable::default();
    for summary in items(summaries) {
        let class = text_of(&summary["deviceClass"]).unwrap_or_default();
        for (state, count) in summary["approvalStatusCounts"].as_object().into_iter().flatten() {
            table.put([class.clone()], naming::words(&clean(state, false)), count);
        }
    }
    table.into_value(["device_class"])
}

/// One row for each approval state and type of patch, one column an installation state that occurs.
fn patches(summaries: &Value) -> Value {
    let mut table = CrossTable::default();
    for approval in items(summaries) {
        let approved = text_of(&approval["approvalStatus"]).unwrap_or_default();
        for install in items(&approval["patchInstallStatusCounts"]) {
            let state = text_of(&install["patchInstallStatus"]).unwrap_or_default();
            for patch in items(&install["patchTypeSummaries"]) {
                let kind = naming::words(&text_of(&patch["patchType"]).unwrap_or_default());
                table.put([approved.clone(), kind], state.to_lowercase(), &patch["count"]);
            }
        }
    }
    table.into_value(["approval_status", "patch_type"])
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Counts by row and column, in the order in which they come; zeros take no space.
struct CrossTable<const KEYS: usize> {
    columns: Vec<String>,
    rows: Vec<([String; KEYS], Vec<i64>)>,
}

impl<const KEYS: usize> Default for CrossTable<KEYS> {
    fn default() -> Self {
        Self { columns: Vec::new(), rows: Vec::new() }
    }
}

impl<const KEYS: usize> CrossTable<KEYS> {
    fn put(&mut self, keys: [String; KEYS], column: String, count: &Value) {
        let Some(count) = count.as_i64().filter(|count| *count != 0) else { return };
        let at = self.columns.iter().position(|known| *known == column).unwrap_or_else(|| {
            self.columns.push(column);
            self.columns.len() - 1
        });
        let row = self.rows.iter().position(|(known, _)| *known == keys).unwrap_or_else(|| {
            self.rows.push((keys, Vec::new()));
            self.rows.len() - 1
        });
        let counts = &mut self.rows[row].1;
        counts.resize(counts.len().max(at + 1), 0);
        counts[at] += count;
    }

    fn into_value(self, keys: [&str; KEYS]) -> Value {
        let width = self.columns.len();
        let columns: Vec<String> = keys.iter().map(|key| (*key).to_owned()).chain(self.columns).collect();
        let rows = self.rows.into_iter().map(|(keys, mut counts)| {
            counts.resize(width, 0);
            keys.into_iter().map(Value::from).chain(counts.into_iter().map(Value::from)).collect::<Vec<_>>()
        });
        json!({"columns": columns, "rows": rows.collect::<Vec<_>>()})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_in_two_small_tables() {
        let classes = json!([{"deviceClass": "Servers - Windows", "approvalStatusCounts":
            {"approvedForInstall": 42, "noApproval": 0, "declined": 3}}]);
        assert_eq!(
            device_classes(&classes),
            json!({"columns": ["device_class", "approved for install", "declined"],
                "rows": [["Servers - Windows", 42, 3]]})
        );
        let patches_of = json!([{"approvalStatus": "Declined", "patchInstallStatusCounts": [
            {"patchInstallStatus": "Installed", "patchTypeSummaries": [{"patchType": "drivers", "count": 1}]},
            {"patchInstallStatus": "Not Installed", "patchTypeSummaries": [{"patchType": "servicePacks", "count": 2}]}]}]);
        assert_eq!(
            patches(&patches_of),
            json!({"columns": ["approval_status", "patch_type", "installed", "not installed"],
                "rows": [["Declined", "drivers", 1, 0], ["Declined", "service packs", 0, 2]]})
        );
        assert_eq!(patches(&Value::Null)["rows"], json!([]));
    }
}
