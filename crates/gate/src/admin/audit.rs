//! The record as people look at it, and its verification, which needs no gateway.

use super::input::invalid;
use super::roles::need;
use crate::api::{AuditFilter, AuditView, Page, Requester};
use crate::boundary::{self, StateError};
use crate::decide::list_problem;
use crate::gate::{Gate, store_problem};
use model::{CallerId, Problem, Role, time};
use std::path::Path;
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
        let AuditFilter { connection, caller, tool, call, from, to, page } = wanted;
        let caller = match caller {
            Some(name) => Some(self.caller_id(name).await?),
            None => None,
        };
        let filter = Filter {
            connection: connection.map(|name| match self.inner.registry.named(&name) {
                Some(live) => live.connection.id.to_string(),
                // One that was removed is still on the record under its id.
                None => name,
            }),
            caller,
            tool: tool.map(|name| catalog::find(&name).map_or(name, |entry| entry.record.name.to_owned())),
            event: None,
            call,
            from,
            // The store takes the first moment that is too late.
            to: to.map(|last| time::from_millis(time::to_millis(last).saturating_add(1))),
        };
        let limit = page.limit.unwrap_or(50).clamp(1, 500);
        let found = self
            .inner
            .store
            .read(move |tx| {
                let page = store::audit::list(tx, &filter, page.cursor.as_deref(), limit)?;
                let items = page.items.iter().map(view).collect::<Result<Vec<_>, store::Error>>()?;
                Ok(Page { items, next: page.next })
            })
            .await;
        found.map_err(list_problem)
    }

    /// The id of a caller: given as it is, or by the name of a person or a key.
    async fn caller_id(&self, given: String) -> Result<String, Problem> {
        let wanted = given.clone();
        let (person, keys) = self
            .look(move |tx| {
                if store::keys::get(tx, &CallerId::new(&wanted))?.is_some() {
                    return Ok((None, Vec::new()));
                }
                let person = store::people::by_name(tx, &wanted)?;
                let keys = store::keys::list(tx)?.into_iter().filter(|key| key.caller.name == wanted);
                Ok((person, keys.map(|key| key.id.to_string()).collect()))
            })
            .await?;
        match (person, keys.as_slice()) {
            (Some(person), []) => Ok(person.id.to_string()),
            (None, [only]) => Ok(only.clone()),
            (None, []) => Ok(given),
            (person, keys) => {
                let ids =
                    person.iter().map(|person| person.id.as_str()).chain(keys.iter().map(String::as_str));
                Err(invalid(format!("several callers are called `{given}`"))
                    .hint(format!("give the id of one: {}", ids.collect::<Vec<_>>().join(", "))))
            }
        }
    }
}

fn view(entry: &model::audit::Entry) -> Result<AuditView, store::Error> {
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
    let key = boundary::load_key(dir, false)?;
    store::audit::verify_file(&boundary::database(dir), &boundary::checkpoints(dir), &key.checkpoint_key())
        .map_err(|source| StateError::Store { path: dir.display().to_string(), source })
}
