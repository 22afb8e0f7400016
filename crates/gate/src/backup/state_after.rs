//! What a restored state may go on with. Between the backup and the restore anything may have been decided and run,
//! and this state knows nothing of it. So whatever was on its way is taken for having happened, nobody stays signed
//! in, and the stop switch is on until an administrator has looked.

use crate::record::Line;
use model::{CallState, Changed, Kind, Outcome, Problem, Timestamp};
use store::stops::{EVERYTHING, Stop};
use store::{Topic, Tx, restored};

/// What was not allowed to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Halted {
    /// Calls that may have run since.
    pub(super) unknown: u64,
    /// Approvals that nobody will decide any more.
    pub(super) expired: u64,
    /// Sessions that were ended.
    pub(super) sessions: u64,
}

/// Halts everything, in one transaction with its entries.
pub(super) fn halt(
    tx: &mut Tx<'_>,
    taken_at: Timestamp,
    by: &str,
    now: Timestamp,
) -> Result<Halted, store::Error> {
    let mut halted = Halted { sessions: restored::end_sessions(tx, now)?, ..Halted::default() };
    let said = format!("the state was restored from a backup of {taken_at}");
    let expired = Problem::new(
        Kind::Expired,
        format!("{said}; whether this was approved and run after that is not known here"),
    )
    .changed(Changed::Unknown)
    .hint("look in N-central whether it happened before you ask for it again");
    for approval in restored::expire_pending(tx, &expired, now)? {
        Line::new(Some(&approval.connection_id), "approval.expired", now)
            .call(&approval.call_id)
            .with("approval", &approval.id)
            .with("plan_digest", &approval.plan_digest)
            .with("problem", &expired)
            .append(tx)?;
        halted.expired += 1;
    }
    for id in restored::under_way(tx)? {
        let Some(row) = store::calls::get(tx, &id)? else { continue };
        let unknown = Problem::new(Kind::OutcomeUnknown, format!("{said}; it may have run after that"))
            .changed(Changed::Unknown)
            .hint("look in N-central whether it happened; nothing is repeated by itself, and a person settles it");
        restored::may_have_left(tx, &id, &unknown.message, now)?;
        store::calls::set_state(tx, &id, &[CallState::Queued], CallState::Executing)?;
        store::calls::finish(tx, &id, None, Outcome::Unknown, None, Some(&unknown), now)?;
        store::read_backs::schedule(tx, &id, now)?;
        Line::new(Some(&row.call.connection_id), "call.finished", now)
            .call(&id)
            .with("caller", &row.call.caller_id)
            .with("caller_name", &row.caller_name)
            .with("tool", &row.call.tool)
            .with("plan_digest", &row.call.plan_digest)
            .with("outcome", Outcome::Unknown)
            .with("problem", &unknown)
            .append(tx)?;
        halted.unknown += 1;
    }
    let stop = Stop {
        scope: EVERYTHING.to_owned(),
        on: true,
        reason: format!("{said}; look what happened since, then resume"),
        by: by.to_owned(),
        at: now,
    };
    store::stops::set(tx, &stop)?;
    tx.announce(Topic::Stop, EVERYTHING, None);
    Line::new(None, "state.restored", now)
        .with("taken_at", taken_at)
        .with("by", by)
        .with("calls_unknown", halted.unknown)
        .with("approvals_expired", halted.expired)
        .with("sessions_ended", halted.sessions)
        .with("stopped", true)
        .append(tx)?;
    Ok(halted)
}
