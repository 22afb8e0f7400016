//! `n_central-run-direct-task`: a script or automation policy, once, on one or more devices. One POST a device; the
//! task's name carries the call's id, so that a task whose answer was lost can be found again.

mod credential;
mod item;
mod parameters;

use crate::context::Context;
use crate::device_set::DeviceSet;
use crate::devices;
use crate::draft::{Draft, ReadBack, Receipt};
use crate::id::Id;
use crate::record::{Area, Record};
use crate::tool::WriteTool;
use crate::upstream;
use credential::Credential;
use item::Item;
use jiff::SignedDuration;
use model::text::{clean, shorten};
use model::{Effect, Kind, Plan, Problem, Target, Timestamp, Write};
use ncentral::{Params, operations};
use parameters::{Parameter, Parameters};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How far ahead a run can be put (product.md, *Tonight*).
const FURTHEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A `run_at` this little in the past means now: clocks differ and plans take a moment.
const SLACK: SignedDuration = SignedDuration::from_secs(60);

/// How many devices, and how many customers, the sentence names.
const MOST_NAMED: usize = 12;

pub(crate) struct RunDirectTask;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    #[serde(flatten)]
    on: DeviceSet,
    /// Name on the script list
    script: Option<String>,
    /// Instead of script, with task_type
    item_id: Option<Id>,
    /// AutomationPolicy, Script or MacScript
    task_type: Option<String>,
    name: Option<String>,
    parameters: Option<Parameters>,
    credential: Option<Credential>,
    /// ISO-8601 with offset, within 7 days
    run_at: Option<String>,
}

impl WriteTool for RunDirectTask {
    const RECORD: Record = Record {
        name: "n_central-run-direct-task",
        alias: None,
        title: "Run a script on devices",
        summary: "Run a script or automation policy on devices, now or at run_at.",
        area: Area::Tasks,
        effect: Effect::Run,
        operations: &["createDirectScheduledTask", "getDevice", "listDevices", "listDeviceScheduledTasks"],
    };
    type Input = Input;

    async fn plan(cx: &Context, input: Input) -> Result<Draft, Problem> {
        let now = cx.clock.now();
        let run_at = input.run_at.as_deref().map(|text| moment(text, now)).transpose()?;
        let item = Item::choose(&cx.local.scripts().await?, &input)?;
        let parameters = parameters::check(cx, item.script.as_ref(), input.parameters.as_ref())?;
        let credential = input.credential.clone().unwrap_or_default().check()?;
        let ids = input.on.ids(cx).await?;
        if ids.is_empty() {
            return Err(Problem::new(Kind::InvalidArguments, "no device is given")
                .hint("give device_ids, or devices with their exact names"));
        }
        let found = devices::read_all(cx, &ids).await?;

        let targets: Vec<Target> = found.iter().map(devices::target).collect();
        let facts: Vec<Value> = found.iter().map(|device| devices::facts(device, now)).collect();
        let body_credential = credential.to_body(cx);
        let task = task_name(input.name.as_deref(), &item);
        let mut writes = Vec::with_capacity(targets.len());
        for (at, target) in targets.iter().enumerate() {
            let name = format!("{task} [{} {}]", cx.call_id, at + 1);
            writes.push((write(target, &name, &item, &body_credential, &parameters)?, Some(at)));
        }
        let arguments = arguments(&ids, &item, &task, &parameters, &body_credential, run_at);
        let summary = sentence(&item, &targets, &facts, run_at);
        let warnings = warnings(&item, &targets, &facts);
        Ok(Draft { arguments, targets, facts, writes, summary, warnings, run_at })
    }

    async fn recheck(cx: &Context, plan: &Plan) -> Result<Vec<Target>, Problem> {
        devices::recheck(cx, plan).await
    }

    async fn receive(_: &Context, plan: &Plan, position: usize, answer: Value) -> Receipt {
        let task_id = answer.pointer("/data/taskId").or_else(|| answer.get("taskId")).cloned();
        let task_name =
            plan.writes.get(position).and_then(|write| write.body.as_ref()).map(|body| &body["name"]);
        Receipt {
            result: Some(json!({"task_id": task_id, "task_name": task_name})),
            task_id,
            not_taken: None,
        }
    }

    async fn read_back(cx: &Context, plan: &Plan, position: usize) -> ReadBack {
        let Some(body) = plan.writes.get(position).and_then(|write| write.body.as_ref()) else {
            return ReadBack::CannotTell;
        };
        let params = Params::new().set("deviceId", &body["deviceId"]);
        let tasks = upstream::rows(cx, operations::LIST_DEVICE_SCHEDULED_TASKS, params).await;
        // A task that is not there yet may still appear, so only finding it proves anything.
        let found =
            tasks.ok().and_then(|tasks| tasks.into_iter().find(|task| task["taskName"] == body["name"]));
        match found {
            Some(task) => ReadBack::Applied(Self::receive(cx, plan, position, task).await),
            None => ReadBack::CannotTell,
        }
    }
}

/// When to run; none for now.
fn moment(text: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    let refuse = |what: &str| {
        let example = now.checked_add(SignedDuration::from_hours(6)).unwrap_or(now).round(jiff::Unit::Hour);
        Problem::new(Kind::InvalidArguments, format!("`run_at` {what}")).hint(format!(
            "give a time from now ({now:.0}) to 7 days ahead with its offset, such as {}",
            example.unwrap_or(now)
        ))
    };
    let at: Timestamp = text.trim().parse().map_err(|_| refuse("is no ISO-8601 time with offset"))?;
    match at.duration_since(now) {
        ahead if ahead > FURTHEST => Err(refuse("is more than 7 days ahead")),
        ahead if ahead < -SLACK => Err(refuse("is in the past")),
        _ => Ok(model::time::whole_millis(at)),
    }
}

/// The part of the task's name that people read.
fn task_name(given: Option<&str>, item: &Item) -> String {
    let name = given.map(|name| clean(name, false).trim().to_owned()).filter(|name| !name.is_empty());
    shorten(&name.unwrap_or_else(|| item.label()), 48)
}

fn write(
    target: &Target,
    name: &str,
    item: &Item,
    credential: &Value,
    parameters: &[Parameter],
) -> Result<Write, Problem> {
    let Some(unit) = target.org_unit_id else {
        return Err(Problem::new(
            Kind::UpstreamRefused,
            format!("N-central does not say which unit holds {}", target.name),
        )
        .hint("a task can't be made for a device without one"));
    };
    let operation = operations::CREATE_DIRECT_SCHEDULED_TASK;
    Ok(Write {
        operation: operation.id.to_owned(),
        method: operation.method.as_str().to_owned(),
        path: operation.path.to_owned(),
        query: BTreeMap::new(),
        body: Some(json!({
            "name": name,
            "itemId": item.id,
            "taskType": item.task_type.as_str(),
            "customerId": unit,
            "deviceId": target.id,
            "credential": credential,
            "parameters": parameters.iter().map(Parameter::to_body).collect::<Vec<_>>(),
        })),
    })
}

/// The arguments as the plan keeps them: the same for the same request, whichever way it was put.
fn arguments(
    ids: &[i64],
    item: &Item,
    task: &str,
    parameters: &[Parameter],
    credential: &Value,
    run_at: Option<Timestamp>,
) -> Value {
    let parameters = match &item.script {
        Some(_) => parameters.iter().map(|p| (p.name.clone(), p.value.clone())).collect(),
        None => json!(parameters.iter().map(Parameter::to_body).collect::<Vec<_>>()),
    };
    let mut arguments = json!({
        "device_ids": ids, "item_id": item.id, "task_type": item.task_type.as_str(), "name": task,
        "parameters": parameters, "credential": credential,
    });
    if let Some(script) = &item.script {
        arguments["script"] = json!(script.name);
    }
    if let Some(at) = run_at {
        arguments["run_at"] = json!(at);
    }
    arguments
}

fn sentence(item: &Item, targets: &[Target], facts: &[Value], run_at: Option<Timestamp>) -> String {
    let mut customers: Vec<&str> = facts.iter().filter_map(|facts| facts["customer_name"].as_str()).collect();
    customers.sort_unstable();
    customers.dedup();
    let of = match customers.as_slice() {
        [] => String::new(),
        few if few.len() <= MOST_NAMED => format!(" of {}", few.join(", ")),
        many => format!(" of {} customers", many.len()),
    };
    let named: Vec<&str> = targets.iter().take(MOST_NAMED).map(|target| target.name.as_str()).collect();
    let more = match targets.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let at = run_at.map(|at| format!(", at {at:.0}")).unwrap_or_default();
    let plural = if targets.len() == 1 { "" } else { "s" };
    format!(
        "Run {} on {} device{plural}{of}: {}{more}{at}.",
        item.describe(),
        targets.len(),
        named.join(", ")
    )
}

fn warnings(item: &Item, targets: &[Target], facts: &[Value]) -> Vec<String> {
    let mut warnings = item.warnings();
    let named = |wanted: &dyn Fn(&Target, &Value) -> bool| -> Option<String> {
        let names: Vec<&str> = targets
            .iter()
            .zip(facts)
            .filter(|(target, facts)| wanted(target, facts))
            .map(|(target, _)| target.name.as_str())
            .collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    if let Some(servers) = named(&|target, _| target.counts_as_server()) {
        warnings.push(format!("Servers, or of unknown class: {servers}."));
    }
    if let Some(offline) = named(&|_, facts| facts["offline"] == true) {
        warnings.push(format!("Looks offline, the task waits until it is back: {offline}."));
    }
    warnings
}
