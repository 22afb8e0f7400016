//! What the front page and every page's head tell: how much waits, what is under way, how calls ended. Cheap enough to
//! be asked with each page.

use crate::admin::need;
use crate::api::{Overview, Requester, Underway};
use crate::gate::{Gate, store_problem};
use model::{Problem, Role};
use std::time::Duration;

/// How far back the front page looks.
const SPAN: Duration = Duration::from_secs(23 * 3600);

impl Gate {
    /// How many approvals wait for a decision that this requester may know of.
    ///
    /// # Errors
    /// The store's.
    pub async fn waiting(&self, who: &Requester) -> Result<u64, Problem> {
        let (now, caller) = (self.now(), (!who.caller.is_person()).then(|| who.caller.id.clone()));
        let counted =
            self.inner.store.read(move |tx| store::overview::waiting(tx, caller.as_ref(), now)).await;
        counted.map_err(store_problem)
    }

    /// How calls ended in the last 24 hours, that of now included, and what is under way.
    ///
    /// # Errors
    /// [`model::Kind::Forbidden`] for keys.
    pub async fn overview(&self, who: &Requester) -> Result<Overview, Problem> {
        need(who, Role::Viewer)?;
        let now = self.now();
        let (activity, calls) = self
            .inner
            .store
            .read(move |tx| {
                Ok::<_, store::Error>((
                    store::overview::activity(tx, now - SPAN)?,
                    store::overview::underway(tx)?,
                ))
            })
            .await
            .map_err(store_problem)?;
        let underway = calls
            .into_iter()
            .map(|calls| Underway {
                connection: calls.connection,
                queued: calls.queued,
                running: calls.running,
            })
            .collect();
        Ok(Overview { now, activity: activity.into_iter().map(Into::into).collect(), underway })
    }
}
