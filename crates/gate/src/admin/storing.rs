//! The two ways into the store as administration uses them, with the store's failures told as problems.

use crate::gate::{Gate, Refused, store_problem};
use model::Problem;
use store::Tx;

impl Gate {
    /// Runs a transaction that may refuse.
    pub(super) async fn commit<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Problem> {
        self.inner.store.write(work).await.map_err(Problem::from)
    }

    /// Reads the last commit.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, store::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        self.inner.store.read(work).await.map_err(store_problem)
    }
}
