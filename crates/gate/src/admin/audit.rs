//! The record as people look at it, and its verification, which needs no gateway.

use super::filter::{canonical_name, just_after};
use super::roles::need;
use crate::api::{AuditFilter, AuditView, Page, Requester};
use crate::boundary::{self, StateError};
use crate::decide::list_problem;
use crate::gate::{Gate, store_problem};
use model::{Problem, Role, time};
use secrecy::SecretString;
use serde_json::Value;
use std::path::Path;
use store::CheckpointKeys;
use store::Tx;
use store::audit::Filter;

/// What verification found: the chains that were walked, and the first break.
pub use store::audit::Verdict as Verification;

impl Gate {
    /// Entries over all chains, newest first.
    ///
    /// # Errors
    /// [`model::Kind::Forbidden`] for keys; a name that several keys have.
    pub async fn audit(&self, who: &Requester, wanted: AuditFilter) -> Result<Page<AuditView>, Problem> {
        need(who, Role::Viewer)?;
        self.flush_record().await.map_err(store_problem)?;
        let AuditFilter { connection, caller, tool, event, call, outcome, customer, from, to, page } = wanted;
        let filter = Filter {
            connection: connection.map(|name| self.connection_on_record(name)),
            caller: self.caller_to_show(who, caller).await?.map(|id| id.to_string()),
            tool: tool.map(canonical_name),
            event,
            call,
            from,
            outcome: outcome.map(|outcome| outcome.as_str().to_owned()),
            to: to.map(just_after),
        };
        let limit = page.rows() as usize;
        let found =
            self.inner.store.read(move |tx| look(tx, &filter, customer, page.cursor.clone(), limit)).await;
        found.map_err(list_problem)
    }
}

/// Whether an entry's targets belong to a customer, or its arguments name it.
fn concerns(body: &Value, customer: i64) -> bool {
    let is = |id: &Value| match id {
        Value::String(text) => text.parse() == Ok(customer),
        id => id.as_i64() == Some(customer),
    };
    let mut targets = body["targets"].as_array().into_iter().flatten();
    is(&body["arguments"]["customer_id"])
        || targets
            .any(|target| is(&target["customer_id"]) || (target["kind"] == "customer" && is(&target["id"])))
}

/// One page of what fits. Customers stand in the entries themselves, where no index reaches: what has to be read for
/// one is bounded, so a page may hold less than asked for, or nothing, and still lead on.
fn look(
    tx: &mut Tx<'_>,
    filter: &Filter,
    customer: Option<i64>,
    mut cursor: Option<String>,
    limit: usize,
) -> Result<Page<AuditView>, store::Error> {
    /// Entries that are read at once, and at most for one page.
    const AT_ONCE: usize = 500;
    const MOST: usize = 20_000;
    let at_once = if customer.is_none() { limit } else { AT_ONCE };
    let (mut items, mut read) = (Vec::new(), 0);
    loop {
        let page =
            store::audit::list(tx, filter, cursor.as_deref(), u32::try_from(at_once).unwrap_or(u32::MAX))?;
        read += page.items.len();
        for entry in &page.items {
            let shown = view(entry)?;
            if customer.is_some_and(|customer| !concerns(&shown.body, customer)) {
                continue;
            }
            let place = store::audit::place(time::to_millis(shown.time), shown.seq, &shown.chain);
            items.push(shown);
            let is_last = page.next.is_none() && page.items.last() == Some(entry);
            if items.len() == limit && !is_last {
                return Ok(Page { items, next: Some(place) });
            }
        }
        cursor = page.next;
        if cursor.is_none() || read >= MOST {
            return Ok(Page { items, next: cursor });
        }
    }
}

pub(super) fn view(entry: &model::audit::Entry) -> Result<AuditView, store::Error> {
    let content = store::audit::content(entry)?;
    Ok(AuditView {
        chain: content.chain,
        seq: content.seq,
        time: time::from_millis(content.time),
        event: content.event,
        hash: entry.hash.clone(),
        body: content.body,
    })
}

/// Verifies the record of a state directory, whether or not a gateway has it open. Nothing is changed.
///
/// # Errors
/// A key, database or checkpoint file that can't be read. A broken record is no error.
pub fn verify_state(dir: &Path) -> Result<Verification, StateError> {
    verify_state_with(dir, None)
}

/// The same, with the master key in a file of its own.
///
/// # Errors
/// As [`verify_state`]; a key file that others can reach.
pub fn verify_state_with(dir: &Path, master_key: Option<&Path>) -> Result<Verification, StateError> {
    let key = boundary::key_of(dir, master_key)?;
    store::audit::verify_file(
        &boundary::database(dir),
        &boundary::checkpoints(dir),
        CheckpointKeys::new(key.checkpoint_keys()),
    )
    .map_err(|source| StateError::Store { path: dir.display().to_string(), source })
}

/// Verifies the record in a database that nodes share against the checkpoints of the node in this directory. Nothing
/// is changed. The master key is the directory's own, or in a file of its own.
///
/// # Errors
/// As [`verify_state`].
pub fn verify_shared_state(
    dir: &Path,
    database: &SecretString,
    master_key: Option<&Path>,
) -> Result<Verification, StateError> {
    let key = boundary::key_of(dir, master_key)?;
    let keys = CheckpointKeys::new(key.checkpoint_keys());
    store::audit::verify_database(database, &boundary::checkpoints(dir), keys)
        .map_err(|source| StateError::Store { path: dir.display().to_string(), source })
}
