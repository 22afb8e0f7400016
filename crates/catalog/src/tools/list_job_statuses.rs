//! `n_central-list-job-statuses`: jobs and how they went. N-central lists them per unit and without pages; here they
//! come together, newest first, and are sorted and paged.

use crate::column::Column;
use crate::context::Context;
use crate::fan_out::{self, Coverage};
use crate::list::{self, ListArgs};
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::units::UnitArgs;
use crate::{moment, upstream};
use model::{Effect, Problem};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::cmp::Reverse;

const COLUMNS: &[Column] = &[
    Column::shown("jobId"),
    Column::shown("jobName"),
    Column::shown("status"),
    Column::shown("deviceId"),
    Column::shown("jobTarget"),
    Column::shown("scheduledTime").moment(),
    Column::shown("lastCompletionTime").moment(),
    Column::extra("orgUnitId"),
    Column::extra("jobTypeId"),
];

pub(crate) struct ListJobStatuses;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    #[serde(flatten)]
    unit: UnitArgs,
    #[serde(flatten)]
    list: ListArgs,
}

impl ReadTool for ListJobStatuses {
    const RECORD: Record = Record {
        name: "n_central-list-job-statuses",
        alias: Some("list_jobs"),
        title: "List job statuses",
        summary: "List jobs and their status, newest first: all, or of a customer or site.",
        area: Area::Monitoring,
        effect: Effect::Read,
        operations: &["listJobStatuses", "listCustomers", "getSite"],
    };
    type Input = Input;

    async fn resolve(cx: &Context, input: Input) -> Result<Input, Problem> {
        input.list.check(COLUMNS)?;
        Ok(Input { unit: input.unit.resolve(cx).await?, ..input })
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let listing = input.list.check(COLUMNS)?;
        let of_unit = |unit: i64| {
            upstream::rows(cx, operations::LIST_JOB_STATUSES, Params::new().set("orgUnitId", unit))
        };
        let (mut jobs, coverage) = match input.unit.unit(cx).await? {
            Some(unit) => (of_unit(unit.0).await?, Coverage::default()),
            None => fan_out::over_customers(cx, of_unit).await?,
        };
        jobs.sort_by_cached_key(|job| {
            (Reverse(job["scheduledTime"].as_str().and_then(moment::parse)), job["jobId"].to_string())
        });
        let mut table = listing.whole(&jobs);
        if let Some(note) = coverage.note() {
            list::remark(&mut table, note);
        }
        let mut answer = list::answer(&table);
        coverage.tell(&mut answer);
        Ok(answer)
    }
}
