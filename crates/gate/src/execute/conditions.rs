//! The conditions under which a write may leave. The full check reads the targets again; the local one needs only
//! the store, and is made in the very transaction that commits the intent.

use crate::ask::admit::rule;
use crate::gate::{Gate, Refused};
use crate::registry::Live;
use catalog::Context;
use catalog::entry::Writer;
use model::{CallerId, Kind, Mode, Plan, Policies, Problem, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use store::Tx;
use store::calls::CallRow;

/// How long after its time, or after its decision, a plan may still run.
const LATEST: Duration = Duration::from_secs(3600);

/// What the store alone can say against a plan.
pub(crate) fn local(tx: &mut Tx<'_>, plan: &Plan, stored: bool, now: Timestamp) -> Result<(), Refused> {
    let outdated = |why: &str| Problem::new(Kind::PlanOutdated, format!("{why}; nothing more was sent"));
    if plan.effect.writes()
        && let Some(stop) = store::stops::is_stopped(tx, &plan.connection_id)?
    {
        return Err(stopped(&stop).into());
    }
    if stored {
        let row = store::connections::get(tx, &plan.connection_id)?;
        let Some(row) = row.filter(|row| row.removed_at.is_none()) else {
            return Err(outdated("the connection was removed meanwhile").into());
        };
        if row.connection.is_disconnected() {
            return Err(outdated("the connection was disconnected meanwhile").into());
        }
        if row.connection.url != plan.server_url {
            return Err(outdated("the connection names another server now").into());
        }
        check_not_disabled(&row.policies, plan)?;
    }
    if !is_active(tx, &plan.caller_id, now)? {
        return Err(outdated("the caller is not active any more").into());
    }
    Ok(())
}

/// Whether the policies still let the plan run; for a raw call every policy that has a say in it.
fn check_not_disabled(policies: &Policies, plan: &Plan) -> Result<(), Problem> {
    let Some(tool) = catalog::find(&plan.tool) else {
        return Err(Problem::new(Kind::PlanOutdated, format!("{} is not a tool of this version", plan.tool)));
    };
    let ruling = rule(policies, tool, &plan.arguments)?;
    if ruling.mode == Mode::Disabled {
        let message =
            format!("{} was disabled meanwhile ({}); nothing more was sent", plan.tool, ruling.decided_by);
        return Err(Problem::new(Kind::ToolDisabled, message));
    }
    Ok(())
}

/// What a stop switch answers.
pub(crate) fn stopped(stop: &store::stops::Stop) -> Problem {
    let what = if stop.scope == "*" { "all connections" } else { "this connection" };
    let why = if stop.reason.is_empty() { String::new() } else { format!(" ({})", stop.reason) };
    Problem::new(
        Kind::Stopped,
        format!("{} stopped {what} at {}{why}; nothing is changed or run", stop.by, stop.at),
    )
    .hint("an administrator resumes with `ncgate resume`")
}

fn is_active(tx: &mut Tx<'_>, caller: &CallerId, now: Timestamp) -> Result<bool, store::Error> {
    if [crate::LOCAL_AGENT, crate::OPERATOR].contains(&caller.as_str()) {
        return Ok(true);
    }
    if let Some(key) = store::keys::get(tx, caller)? {
        let owner_gone = match &key.caller.owner {
            Some(owner) => store::people::get(tx, owner)?.is_some_and(|person| person.disabled_at.is_some()),
            None => false,
        };
        let expired = key.expires_at.is_some_and(|at| at <= now);
        return Ok(key.revoked_at.is_none() && !expired && !owner_gone);
    }
    Ok(store::people::get(tx, caller)?.is_some_and(|person| person.disabled_at.is_none()))
}

/// Whether a plan's time is past.
fn check_in_time(
    row: &CallRow,
    plan: &Plan,
    decided_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Problem> {
    let from = plan.run_at.or(decided_at).unwrap_or(row.call.created_at);
    if now > from + LATEST {
        return Err(Problem::new(
            Kind::Expired,
            format!("it was to run at {from}, and more than an hour has passed since"),
        )
        .hint("ask for the call again"));
    }
    Ok(())
}

impl Gate {
    /// The full check, just before the first write: time, switch, policy, connection, caller, and every target as
    /// it was planned.
    pub(crate) async fn check_in_full(
        &self,
        row: &CallRow,
        plan: &Plan,
        live: &Arc<Live>,
        writer: Option<(&Writer, &Context)>,
    ) -> Result<(), Problem> {
        let decided_at = match &row.call.approval_id {
            Some(id) => self.approval_row(id).await?.decided_at,
            None => None,
        };
        check_in_time(row, plan, decided_at, self.now())?;
        let (checked, stored, now) = (plan.clone(), live.stored, self.now());
        check_not_disabled(&live.policies, plan)?;
        self.inner.store.read(move |tx| local(tx, &checked, stored, now)).await.map_err(Problem::from)?;
        let Some((writer, cx)) = writer else { return Ok(()) };
        let current = (writer.recheck)(cx, plan).await;
        self.watch_health(live, current.as_ref().err());
        match plan.drift(&current?) {
            None => Ok(()),
            Some(drift) => Err(Problem::new(Kind::PlanOutdated, format!("{drift}; nothing was sent"))
                .hint("ask for the call again, so that a person sees the devices as they are now")),
        }
    }
}
