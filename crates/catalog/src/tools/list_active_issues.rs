//! `n_central-list-active-issues`: what is wrong, worst first. N-central lists issues per customer or site, without
//! the devices' classes; here they come together, and above 25 they are grouped by device.

pub(super) mod gather;
mod grouped;

use crate::column::Column;
use crate::context::Context;
use crate::list::{self, ListArgs, Listing, MOST_ROWS, PAGE_SIZE};
use crate::record::{Area, Record};
use crate::state;
use crate::tool::ReadTool;
use crate::units::UnitArgs;
use model::{Effect, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const COLUMNS: &[Column] = &[
    Column::shown("taskId").named("active_issue_id"),
    Column::shown("notificationState").named("state"),
    Column::shown("serviceName"),
    Column::shown("taskIdent"),
    Column::shown("deviceId"),
    Column::shown("deviceName"),
    Column::shown("deviceClass").unsortable(),
    Column::shown("customerName"),
    Column::shown("transitionTime").moment(),
    Column::extra("customerId"),
    Column::extra("siteName"),
    Column::extra("orgUnitId"),
    Column::extra("serviceId"),
    Column::extra("serviceType"),
    Column::extra("acknowledgedBy"),
    Column::extra("psaTicketDetails"),
    Column::extra("maintenanceWindowEnabled"),
];

pub(crate) struct ListActiveIssues;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    #[serde(flatten)]
    unit: UnitArgs,
    #[serde(flatten)]
    list: ListArgs,
}

impl Input {
    /// Without a page size all that fit are wanted: they are grouped, which is what makes them few.
    fn listing(&self) -> Result<Listing, Problem> {
        let mut listing = self.list.check(COLUMNS)?;
        if self.list.page_size.is_none() {
            listing.page_size = MOST_ROWS;
        }
        Ok(listing)
    }
}

impl ReadTool for ListActiveIssues {
    const RECORD: Record = Record {
        name: "n_central-list-active-issues",
        alias: Some("list_active_issues"),
        title: "List active issues",
        summary: "List active issues, worst first, of all or of a customer or site.",
        area: Area::Monitoring,
        effect: Effect::Read,
        operations: &["listActiveIssues", "listCustomers", "listOrgUnitDevices", "getDevice", "getSite"],
    };
    type Input = Input;

    async fn resolve(cx: &Context, input: Input) -> Result<Input, Problem> {
        input.listing()?;
        Ok(Input { unit: input.unit.resolve(cx).await?, ..input })
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let listing = input.listing()?;
        let (mut issues, coverage) = gather::issues(cx, input.unit.unit(cx).await?).await?;
        worst_first(&mut issues);
        order(&mut issues, &listing);
        let total = issues.len();
        let offset = usize::try_from(listing.offset()).unwrap_or(usize::MAX).min(total);
        let mut page: Vec<Value> = issues.into_iter().skip(offset).take(listing.page_size as usize).collect();
        // Whoever sorts or chooses columns wants rows.
        let as_rows =
            listing.sort.is_some() || input.list.fields.as_ref().is_some_and(|fields| !fields.is_empty());
        let mut remarks = Vec::new();
        if listing.columns.iter().any(|column| column.wire() == "deviceClass")
            && let Err(problem) = gather::classes(cx, &mut page).await
        {
            remarks.push(format!("device classes are incomplete: {}", problem.message));
        }
        remarks.extend(coverage.note());
        let mut answer = if as_rows || page.len() as u64 <= PAGE_SIZE {
            list::answer(&listing.slice(&page, total as u64))
        } else {
            grouped::answer(&page, &listing, total as u64)
        };
        if !remarks.is_empty() {
            let note = answer["note"].as_str().into_iter().chain(remarks.iter().map(String::as_str));
            answer["note"] = json!(note.collect::<Vec<_>>().join(". "));
        }
        coverage.tell(&mut answer);
        Ok(answer)
    }
}

/// The device whose worst issue is worst comes first, each device's issues together.
fn worst_first(issues: &mut [Value]) {
    let mut worst = std::collections::HashMap::new();
    for issue in issues.iter() {
        let rank = rank(issue);
        worst
            .entry(issue["deviceId"].to_string())
            .and_modify(|best: &mut usize| *best = rank.min(*best))
            .or_insert(rank);
    }
    issues.sort_by_cached_key(|issue| {
        let device = issue["deviceId"].to_string();
        let text = |member: &str| issue[member].as_str().unwrap_or_default().to_lowercase();
        (
            worst.get(&device).copied(),
            text("customerName"),
            text("deviceName"),
            device,
            rank(issue),
            text("serviceName"),
        )
    });
}

fn rank(issue: &Value) -> usize {
    state::rank(issue["notificationState"].as_str().unwrap_or_default())
}

/// The order that was asked for; by state the worst is the greatest.
fn order(issues: &mut [Value], listing: &Listing) {
    let Some(column) = listing.sort else { return };
    if column.wire() == "notificationState" {
        issues.sort_by_cached_key(rank);
        if !listing.descending {
            issues.reverse();
        }
    } else {
        listing.sort_rows(issues, column);
    }
}
