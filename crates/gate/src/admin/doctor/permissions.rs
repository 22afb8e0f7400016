//! Which tools will fail because the account behind the connection lacks a right: every look-up that enabled tools
//! make is tried on one row of whatever is there. Changes are never tried; what they read first is.

use super::{failed, ok};
use crate::api::Finding;
use crate::gate::Gate;
use crate::registry::Live;
use catalog::Entry;
use model::Mode;
use ncentral::{Client, Effect, Error, Method, Operation, Params, Place, operations};
use serde_json::Value;
use std::collections::BTreeMap;

/// The ids with which paths can be filled, by the parameter's name.
type Known = BTreeMap<&'static str, i64>;

/// Where one id of each kind comes from: the list, the member of its first row, the parameters that take it.
const SOURCES: [(&Operation, &str, &[&str]); 4] = [
    (operations::LIST_SERVICE_ORGS, "soId", &["soId"]),
    (operations::LIST_CUSTOMERS, "customerId", &["customerId", "orgUnitId"]),
    (operations::LIST_SITES, "siteId", &["siteId"]),
    (operations::LIST_DEVICES, "deviceId", &["deviceId"]),
];

impl Gate {
    pub(super) async fn examine_permissions(&self, check: &str, live: &Live) -> Vec<Finding> {
        let check = format!("{check}: permissions");
        let needed = needed(live);
        let mut known = Known::new();
        for (list, member, names) in SOURCES {
            let params = Params::new().set("pageSize", 1);
            let Ok(reply) = live.client.call(list, params, None).await else { continue };
            let row = reply.data().as_array().and_then(|rows| rows.first()).cloned().unwrap_or(Value::Null);
            let id = row[member].as_i64().or_else(|| row[member].as_str()?.parse().ok());
            known.extend(id.into_iter().flat_map(|id| names.iter().map(move |name| (*name, id))));
        }
        let probes = needed.iter().filter_map(|(id, tools)| {
            let operation = operations::find(id)?;
            let params = params(operation, &known)?;
            Some(async move { (operation, tools, refusal(&live.client, operation, params).await) })
        });
        let tried = futures::future::join_all(probes).await;
        let count = tried.len();
        let refused: Vec<Finding> = tried
            .into_iter()
            .filter_map(|(operation, tools, refusal)| {
                let said = refusal?;
                let tools = tools.join(", ");
                let message = format!("N-central refuses `{}` ({said}), so this will fail: {tools}", operation.id);
                let right = match operation.permission {
                    Some(permission) => format!("the permission {permission}"),
                    None => format!("the right to \"{}\"", operation.summary.trim_end_matches('.')),
                };
                let hint = format!(
                    "in N-central, add {right} to the role of the API user, and check that its access groups cover the \
                     devices; then generate a new JWT and reconnect. Or disable the tools"
                );
                Some(failed(&check, message, hint))
            })
            .collect();
        if refused.is_empty() {
            return vec![ok(
                &check,
                format!(
                    "the account may make the {count} kinds of look-up that were tried; changes were not tried"
                ),
            )];
        }
        refused
    }
}

/// The look-ups that tools which are not disabled make, each with the names of those tools.
fn needed(live: &Live) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut needed: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
    let enabled = |tool: &&Entry| live.policies.mode(tool.record.name, tool.record.effect) != Mode::Disabled;
    for tool in catalog::TOOLS.iter().filter(enabled) {
        for id in tool.record.operations {
            needed.entry(id).or_default().push(tool.record.name);
        }
    }
    needed
}

/// The parameters with which a look-up can be tried; none where it is no harmless one or an id is missing.
fn params(operation: &Operation, known: &Known) -> Option<Params> {
    if operation.method != Method::Get || operation.effect != Effect::Read {
        return None;
    }
    let size = operation.paged.then_some(1);
    let wanted = operation.parameters.iter().filter(|p| p.place == Place::Path || p.required);
    wanted.into_iter().try_fold(Params::new().set_some("pageSize", size), |params, parameter| {
        Some(params.set(parameter.name, known.get(parameter.name)?))
    })
}

/// What the server says where it refuses for want of a right; any other failure has another cause.
async fn refusal(client: &Client, operation: &'static Operation, params: Params) -> Option<String> {
    match client.call(operation, params, None).await {
        Err(Error::Api { status: status @ (401 | 403), message, .. }) => {
            Some(format!("{status}: {}", model::text::shorten(&model::text::clean(&message, false), 200)))
        }
        _ => None,
    }
}
