//! What the writer and the readers need of a database beside its statements: how a transaction begins and ends
//! there. There is one implementation for each of the databases, and neither thread knows which one it drives.

use crate::{Change, Error, Result, Sql};

/// A connection to a database.
pub(crate) trait Backend: Sql + Send {
    /// Begins the transaction of a writer. No other writer is inside one meanwhile, be it in another process.
    fn begin(&mut self) -> Result<()>;

    /// Begins a transaction that only looks, and sees one commit all the time.
    fn begin_reading(&mut self) -> Result<()>;

    /// Begins what one closure does inside the writer's transaction.
    fn enter(&mut self, only_reads: bool) -> Result<()>;

    /// The failure after which nothing that this closure did can be kept, whatever the closure made of it.
    fn spoiled(&self) -> Option<Error> {
        None
    }

    /// Ends what one closure did: it is kept, if the whole transaction is, or undone.
    fn leave(&mut self, keep: bool) -> Result<()>;

    /// Makes the transaction durable, and tells the other processes on this database what it changed.
    fn commit(&mut self, changes: &[Change]) -> Result<()>;

    /// Ends a transaction of which nothing is kept. Whatever state the connection was in, the next one can begin.
    fn roll_back(&mut self);

    /// Makes of the tables what the migrations' one text can't say.
    fn after_migrations(&mut self) -> Result<()> {
        Ok(())
    }

    /// Whether other processes write to the same database.
    fn is_shared(&self) -> bool {
        false
    }
}
