//! What the front page and every page's head tell: how much waits. Cheap enough to be asked with each page.

use crate::api::Requester;
use crate::gate::{Gate, store_problem};
use model::Problem;

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
}
