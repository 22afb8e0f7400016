//! Who has the last word before a write leaves.

use futures::future::BoxFuture;

use crate::error::Error;

/// Is asked before each attempt at a write, once there is a slot for it and a token, and nothing is left to do but to
/// send it. Waiting for a slot can take a while, and what held when the call began may not hold any more.
pub trait LastWord: Send + Sync {
    /// Lets the attempt leave, the first being 1. An earlier one is certain to have been refused.
    ///
    /// # Errors
    ///
    /// Nothing is sent, and the call ends with this error; [`Error::NotSent`] says so.
    fn may_leave(&self, attempt: u32) -> BoxFuture<'_, Result<(), Error>>;
}
