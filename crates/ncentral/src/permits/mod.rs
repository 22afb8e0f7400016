//! Permission to have one more call in flight.
//!
//! N-central answers 429 when too many calls are on one endpoint at once, so each call holds a permit of its
//! operation's class from before the first byte until after the last. Who hands permits out can be exchanged:
//! [`LocalPermits`] serves one process; several processes need something that they share, which can be built of the
//! same parts: [`FairQueue`], whose turn it is, [`Limit`], how many may be in flight and how that is learned, and
//! [`Permit::wait`], which keeps a call's place in [`Classes`] of any kind.

mod fair;
mod limit;
mod local;
mod place;

use std::fmt;

use futures::future::BoxFuture;

pub use fair::FairQueue;
pub use limit::Limit;
pub use local::LocalPermits;
pub use place::{Classes, Entry};

/// Hands out permits.
pub trait Permits: Send + Sync {
    /// Waits for a slot of `class`. `published` is the contract's limit, where there is one. `caller` tells whose
    /// turn it is when several wait: each caller gets the same share, however many calls it has queued.
    ///
    /// Dropping the future gives up the place in the queue.
    fn acquire<'a>(
        &'a self,
        class: &'a str,
        published: Option<u16>,
        caller: &'a str,
    ) -> BoxFuture<'a, Permit>;
}

/// What became of the call that held a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it, whatever it answered.
    Ok,
    /// The server answered 429.
    Throttled,
}

/// One slot in use.
pub trait Slot: Send {
    /// Tells what became of the call, so that an unknown limit can be learned.
    fn feedback(&mut self, outcome: Outcome);
}

/// A slot that is released when dropped.
pub struct Permit(Box<dyn Slot>);

impl Permit {
    /// A permit whose slot is given back in the slot's own `Drop`.
    pub fn new(slot: impl Slot + 'static) -> Self {
        Self(Box::new(slot))
    }

    /// Tells what became of the call. Without it the limiter learns nothing from it.
    pub fn feedback(&mut self, outcome: Outcome) {
        self.0.feedback(outcome);
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit")
    }
}
