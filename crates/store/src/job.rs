//! A transaction on its way to the thread that runs it: the closure, its answer, and who waits for it.

use crate::{Error, Result, Tx};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::oneshot;

/// A transaction of whatever type.
pub(crate) trait Job: Send {
    /// Runs the closure; answers whether what it did shall be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;

    /// Puts an error in the place of a good answer, because what led to it can't be kept.
    fn spoil(&mut self, error: Error);

    /// Tells the one who waits, if he still does. An error is that of the commit.
    fn answer(self: Box<Self>, committed: Result<()>);
}

/// What threads are sent.
pub(crate) enum Message {
    /// Run this.
    Job {
        /// The transaction.
        job: Box<dyn Job>,
        /// Whether it only reads.
        only_reads: bool,
    },
    /// Finish what came before, close the database, and say so.
    Close(oneshot::Sender<()>),
}

struct Task<F, T, E> {
    work: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

/// Packs a closure, and gives the end on which its answer arrives.
pub(crate) fn pack<T, E>(
    work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
) -> (Box<dyn Job>, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Task { work, result: None, reply }), answer)
}

impl<F, T, E> Job for Task<F, T, E>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        // Nothing of a closure that panicked is looked at again: its transaction is rolled back, it is dropped.
        self.result = catch_unwind(AssertUnwindSafe(|| (self.work)(tx))).ok();
        matches!(self.result, Some(Ok(_)))
    }

    fn spoil(&mut self, error: Error) {
        if let Some(result @ Ok(_)) = &mut self.result {
            *result = Err(error.into());
        }
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let result = match (self.result, committed) {
            (Some(Ok(_)), Err(error)) => Err(error.into()),
            (Some(result), _) => result,
            (None, Ok(())) => Err(Error::Panicked.into()),
            (None, Err(error)) => Err(error.into()),
        };
        // The receiver is gone when the future was dropped; the transaction stands all the same.
        let _ = self.reply.send(result);
    }
}
