//! `n_central-generate-patch-report`: starts a patch report and says how to fetch it. Nothing is changed by it.

use crate::context::Context;
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::{problem, schema, scope};
use jiff::civil::Date;
use model::{Effect, Kind, Problem};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The contract's words (`PatchComparisonReportRequest`).
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

pub(crate) struct GeneratePatchReport;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// YYYY-MM-DD
    start_date: String,
    /// e.g. Not Installed
    install_statuses: Option<Vec<String>>,
    /// e.g. Approved for Install
    patch_approvals: Option<Vec<String>>,
    /// e.g. Security Updates
    patch_categories: Option<Vec<String>>,
}

impl ReadTool for GeneratePatchReport {
    const RECORD: Record = Record {
        name: "n_central-generate-patch-report",
        alias: None,
        title: "Generate a patch report",
        summary: "Start a patch report over all customers; get-report fetches it.",
        area: Area::Reports,
        effect: Effect::Read,
        operations: &["createPatchComparisonReport"],
    };
    type Input = Input;

    async fn resolve(_: &Context, input: Input) -> Result<Input, Problem> {
        body(&input).map(|_| input)
    }

    fn sentence(input: &Input) -> String {
        format!("Start a patch report over all customers from {} on.", input.start_date)
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        scope::check_all(cx, "a patch report, which always covers all customers,")?;
        let operation = operations::CREATE_PATCH_COMPARISON_REPORT;
        let body = body(&input)?;
        let reply = cx.client.call(operation, Params::new(), Some(body)).await.map_err(problem::of_read)?;
        let report_id = &reply.body["reportId"];
        if !report_id.is_number() && !report_id.is_string() {
            return Err(Problem::new(Kind::BadAnswer, "N-central answered without the id of the report"));
        }
        Ok(json!({
            "report_id": report_id,
            "status": "in_progress",
            "start_date": input.start_date,
            "note": "N-central takes a start date only, no end date and no customer: the report covers all customers \
                     from the start date until now",
            "next_step": "call n_central-get-report with this report_id; it takes from seconds to minutes",
        }))
    }
}

fn body(input: &Input) -> Result<Value, Problem> {
    let date = input.start_date.trim();
    // A time of day may follow the date.
    let day = date.get(..10).filter(|_| date.len() == 10 || date.ends_with('Z'));
    if day.is_none_or(|day| day.parse::<Date>().is_err()) {
        return Err(Problem::new(Kind::InvalidArguments, "`start_date` is no date")
            .hint("give it as YYYY-MM-DD, such as 2026-02-01"));
    }
    let mut body = Map::from_iter([("startDate".to_owned(), json!(date))]);
    for (argument, member, given, known) in [
        ("install_statuses", "installStatuses", &input.install_statuses, &INSTALL_STATUSES[..]),
        ("patch_approvals", "patchApprovals", &input.patch_approvals, &APPROVALS[..]),
        ("patch_categories", "patchCategories", &input.patch_categories, &CATEGORIES[..]),
    ] {
        if let Some(words) = given.as_deref().filter(|words| !words.is_empty()) {
            let words: Result<Vec<&str>, Problem> =
                words.iter().map(|word| known_word(argument, word, known)).collect();
            body.insert(member.to_owned(), json!(words?));
        }
    }
    Ok(Value::Object(body))
}

/// The contract's spelling of a word, whatever its case here.
fn known_word<'a>(argument: &str, word: &str, known: &[&'a str]) -> Result<&'a str, Problem> {
    known
        .iter()
        .find(|known| known.eq_ignore_ascii_case(word.trim()))
        .copied()
        .ok_or_else(|| schema::unknown_word(&format!("value of {argument}"), word, known))
}
