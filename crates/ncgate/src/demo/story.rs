//! The three requests, as an agent would handle them: each step rests on the answer of the one before.

use super::agent::Agent;
use super::approval::{self, Ran};
use super::show::Show;
use super::stage::Stage;
use gate::SystemClock;
use jiff::SignedDuration;
use model::{Clock, Kind, Problem};
use serde_json::{Value, json};
use std::time::Duration;

/// How far ahead "tonight" is: long enough for a person to see that nothing has happened yet.
const TONIGHT: SignedDuration = SignedDuration::from_secs(6);
/// How far the emulator's clock is moved where the agent would come back later.
const LATER: Duration = Duration::from_secs(15 * 60);
/// How often the agent asks for something that takes a while.
const PATIENCE: u32 = 20;

/// Asks for a tool, and shows the call with what matters of its answer.
async fn ask(
    show: &Show,
    agent: &mut Agent,
    tool: &str,
    arguments: Value,
    members: &[&str],
) -> Result<Value, Problem> {
    show.call(tool, &arguments);
    match agent.call(tool, &arguments).await {
        Ok(answer) => {
            show.answer(&answer, members);
            Ok(answer)
        }
        Err(problem) => {
            show.problem(&problem);
            Err(problem)
        }
    }
}

/// *What's wrong with the file server at Acme?*
pub(super) async fn file_server(show: &Show, agent: &mut Agent) -> Result<(), Problem> {
    show.request(1, "What's wrong with the file server at Acme?");
    let arguments =
        json!({ "sort_by": "customer_name", "page_size": 5, "fields": ["customer_id", "customer_name"] });
    ask(show, agent, "n_central-list-customers", arguments, &[]).await?;
    let arguments = json!({ "customer": "Acme", "search": "FS" });
    let shown = ["device_id", "long_name", "device_class", "last_appliance_checkin_time"];
    let devices = ask(show, agent, "n_central-list-devices", arguments, &shown).await?;
    let server = first(&devices, "device_id")?;
    let name = first(&devices, "long_name")?;
    let shown = ["active_issue_id", "state", "service_name", "task_ident", "device_name", "transition_time"];
    ask(show, agent, "n_central-list-active-issues", json!({ "customer": "Acme" }), &shown).await?;
    let shown = ["module_name", "task_ident", "state", "transition_time", "task_note"];
    let tool = "n_central-get-device-service-monitor-status";
    let services = ask(show, agent, tool, json!({ "device_id": server, "page_size": 6 }), &shown).await?;
    let healthy = |state: &str| matches!(state, "normal" | "no_state" | "misconfigured" | "disconnected");
    let wrong: Vec<String> = rows(&services)
        .filter(|row| !healthy(&word(&services, row, "state")))
        .map(|row| describe(&services, row))
        .collect();
    let name = name.as_str().unwrap_or("the file server").to_owned();
    if wrong.is_empty() {
        return Err(Problem::new(
            Kind::Internal,
            format!("nothing is wrong with {name}, which the story needs"),
        ));
    }
    show.says(true, &format!("{name}: {}.", wrong.join("; ")));
    Ok(())
}

fn describe(services: &Value, row: &[Value]) -> String {
    let of = |column: &str| word(services, row, column);
    let note = Some(of("task_note")).filter(|note| !note.is_empty() && note != "–");
    let note = note.map(|note| format!(" ({})", note.trim_end_matches('.'))).unwrap_or_default();
    format!(
        "{} {}, {} since {}{note}",
        of("module_name"),
        of("task_ident"),
        of("state"),
        of("transition_time")
    )
}

/// *Push the cleanup script to all of Globex's workstations tonight.*
pub(super) async fn cleanup(
    show: &Show,
    agent: &mut Agent,
    stage: &Stage,
    approve: bool,
) -> Result<Ran, Problem> {
    show.request(2, "Push the cleanup script to all of Globex's workstations tonight.");
    let arguments = json!({ "customer": "Globex", "device_class": "Workstations" });
    let shown = ["device_id", "long_name", "device_class", "site_name", "last_appliance_checkin_time"];
    let devices = ask(show, agent, "n_central-list-devices", arguments, &shown).await?;
    let ids: Vec<Value> = every(&devices, "device_id");
    let scripts = ask(
        show,
        agent,
        "n_central-list-scripts",
        json!({}),
        &["name", "item_id", "task_type", "description"],
    )
    .await?;
    let script = first(&scripts, "name")?;
    let tonight =
        SystemClock.now().checked_add(TONIGHT).map_err(|error| crate::exit::defect("the clock", &error))?;
    let arguments = json!({
        "device_ids": ids,
        "script": script,
        "run_at": format!("{tonight:.0}"),
        "reason": "Disks are filling up; the customer asked for a cleanup after hours",
    });
    let shown = ["status", "approval_id", "summary", "targets", "plan_digest", "expires_at"];
    let held = ask(show, agent, "n_central-run-direct-task", arguments, &shown).await?;
    let ran = approval::follow(show, agent, stage, &held, approve).await?;
    if !ran.tasks.is_empty() {
        follow_up(show, agent, stage, &ran).await?;
    }
    Ok(ran)
}

/// What the script did, device by device. N-central takes a task at once and runs it when the device comes by.
async fn follow_up(show: &Show, agent: &mut Agent, stage: &Stage, ran: &Ran) -> Result<(), Problem> {
    stage.n_central().emulator.advance(LATER);
    let mut counts: Vec<(String, u64)> = Vec::new();
    for (position, task) in ran.tasks.iter().enumerate() {
        let arguments = json!({ "task_id": task });
        if position == 0 {
            ask(show, agent, "n_central-get-task-status", arguments.clone(), &["task_name", "status_counts"])
                .await?;
        }
        match position {
            0 => show.call("n_central-get-task-details", &arguments),
            _ => show.next_call("n_central-get-task-details", &arguments),
        }
        let details = agent.call("n_central-get-task-details", &arguments).await?;
        for row in rows(&details) {
            let of = |column: &str| word(&details, row, column);
            show.line(&details, &[of("device_name"), of("status"), of("output")]);
            match counts.iter_mut().find(|(known, _)| *known == of("status")) {
                Some((_, count)) => *count += 1,
                None => counts.push((of("status"), 1)),
            }
        }
    }
    let told: Vec<String> =
        counts.iter().map(|(status, count)| format!("{count} {}", status.to_lowercase())).collect();
    let devices = ran.tasks.len();
    show.says(
        true,
        &format!("Of {devices} devices: {}. A pending task waits until its device is back.", told.join(", ")),
    );
    Ok(())
}

/// *Give me a patch report for last week.*
pub(super) async fn patch_report(show: &Show, agent: &mut Agent, stage: &Stage) -> Result<(), Problem> {
    show.request(3, "Give me a patch report for last week.");
    let week = SignedDuration::from_hours(7 * 24);
    let since =
        SystemClock.now().checked_sub(week).map_err(|error| crate::exit::defect("the clock", &error))?;
    let since = since.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    let shown = ["report_id", "status", "note", "next_step"];
    let tool = "n_central-generate-patch-report";
    let arguments =
        json!({ "start_date": since, "install_statuses": ["Installed", "Failed", "Not Installed"] });
    let started = ask(show, agent, tool, arguments, &shown).await?;
    let arguments = json!({ "report_id": started["report_id"] });
    let shown = ["report_id", "status", "next_step", "device_classes", "patches"];
    for _ in 0..PATIENCE {
        let report = ask(show, agent, "n_central-get-report", arguments.clone(), &shown).await?;
        match report["status"].as_str() {
            Some("completed") => {
                let sum = |column: &str| {
                    every(&report["patches"], column).iter().filter_map(Value::as_i64).sum::<i64>()
                };
                let (installed, failed, open) = (sum("installed"), sum("failed"), sum("not installed"));
                show.says(
                    true,
                    &format!(
                        "Since {since}, over all customers: {installed} patches installed, {failed} failed, {open} not \
                         installed."
                    ),
                );
                return Ok(());
            }
            Some("failed" | "aborted") => break,
            _ => stage.n_central().emulator.advance(Duration::from_secs(20)),
        }
    }
    Err(Problem::new(Kind::UpstreamFailed, "the report was never finished"))
}

fn place(table: &Value, column: &str) -> Option<usize> {
    table["columns"].as_array()?.iter().position(|name| name == column)
}

fn rows(table: &Value) -> impl Iterator<Item = &[Value]> {
    table["rows"].as_array().into_iter().flatten().filter_map(|row| row.as_array().map(Vec::as_slice))
}

fn every(table: &Value, column: &str) -> Vec<Value> {
    let Some(at) = place(table, column) else { return Vec::new() };
    rows(table).map(|row| row[at].clone()).collect()
}

fn first(table: &Value, column: &str) -> Result<Value, Problem> {
    every(table, column).into_iter().next().ok_or_else(|| {
        Problem::new(Kind::NotFound, format!("the answer has no {column}, which the story goes on with"))
    })
}

fn word(table: &Value, row: &[Value], column: &str) -> String {
    place(table, column).map(|at| crate::shape::text(&row[at])).unwrap_or_default()
}
