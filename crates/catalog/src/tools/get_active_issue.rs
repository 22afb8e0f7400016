//! `n_central-get-active-issue`: one issue. N-central has no such look-up, so it is found among all by its task id,
//! and told with the service's last values and thresholds.

use super::list_active_issues::gather;
use crate::context::Context;
use crate::id::Id;
use crate::object;
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::upstream::{self, id_of};
use model::{Effect, Kind, Problem};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) struct GetActiveIssue;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    active_issue_id: Id,
}

impl ReadTool for GetActiveIssue {
    const RECORD: Record = Record {
        name: "n_central-get-active-issue",
        alias: Some("get_active_issue"),
        title: "Get an active issue",
        summary: "Get one active issue with the service's values and thresholds.",
        area: Area::Monitoring,
        effect: Effect::Read,
        operations: &["listActiveIssues", "getApplianceTask", "listCustomers", "getDevice"],
    };
    type Input = Input;

    async fn resolve(_: &Context, input: Input) -> Result<Input, Problem> {
        Ok(input)
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let id = input.active_issue_id.0;
        let (issues, coverage) = gather::issues(cx, None).await?;
        let mut found: Vec<Value> =
            issues.into_iter().filter(|issue| id_of(&issue["taskId"]) == Some(id)).take(1).collect();
        if found.is_empty() {
            let missing = coverage.note().map(|note| format!("; {note}")).unwrap_or_default();
            return Err(Problem::new(Kind::NotFound, format!("no active issue {id}{missing}"))
                .hint("it may be over by now; n_central-list-active-issues lists those that are open"));
        }
        // Without its class the issue is still told.
        let _ = gather::classes(cx, &mut found).await;
        let params = Params::new().set("taskId", id);
        let task = upstream::object(cx, operations::GET_APPLIANCE_TASK, params).await;
        let mut answer = object::compact(&found[0]);
        if let Some(members) = answer.as_object_mut() {
            members.shift_remove("found_in");
            for (member, name) in [("task_id", "active_issue_id"), ("notification_state", "state")] {
                if let Some(value) = members.shift_remove(member) {
                    members.insert(name.to_owned(), value);
                }
            }
            match task {
                Ok(task) => members.insert("last_scan".into(), object::compact(&task)),
                Err(problem) => members.insert(
                    "note".into(),
                    json!(format!("the last values could not be read: {}", problem.message)),
                ),
            };
        }
        Ok(answer)
    }
}
