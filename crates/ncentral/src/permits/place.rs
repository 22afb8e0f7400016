//! A call's place: first in the queue, then in flight. Dropping it gives back whichever it is, so a call that is
//! cancelled anywhere keeps nothing.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::{Outcome, Permit, Slot};

/// The queue and the slots of each class, however many processes share them.
pub trait Classes: Send + Sync {
    /// Takes a slot at once if one is free and nobody waits for it, or else a ticket.
    fn enter(&self, class: &str, published: Option<u16>, caller: &str) -> Entry;

    /// Counts how often the limit of a class has changed, so that what is heard of a call that began before a change
    /// is not held against what came after it.
    fn epoch(&self, class: &str) -> u64;

    /// Leaves the queue; false if the slot was granted meanwhile.
    fn give_up(&self, class: &str, caller: &str, ticket: u64) -> bool;

    /// Gives back the slot of a call that began under `epoch`, with what became of the call, if that is known.
    fn leave(&self, class: &str, epoch: u64, outcome: Option<Outcome>);
}

/// How a call came in.
#[derive(Debug)]
pub enum Entry {
    /// It has a slot, taken under this epoch.
    Slot(u64),
    /// It waits.
    Ticket {
        /// Its number in the queue of its caller.
        ticket: u64,
        /// Is told when a slot was granted. The sender is kept until then and never dropped before.
        turn: oneshot::Receiver<()>,
    },
}

impl Permit {
    /// Waits for a slot, and gives it back when the permit is dropped. Dropping the future gives up the place in the
    /// queue, and a slot that was granted and not yet noticed.
    pub async fn wait(
        classes: Arc<impl Classes + 'static>,
        class: &str,
        published: Option<u16>,
        caller: &str,
    ) -> Self {
        let (class, caller) = (class.to_owned(), caller.to_owned());
        match classes.enter(&class, published, &caller) {
            Entry::Slot(epoch) => {
                Permit::new(Place { classes, class, caller, holds: Holds::Slot(epoch), outcome: None })
            }
            Entry::Ticket { ticket, turn } => {
                let mut place = Place { classes, class, caller, holds: Holds::Ticket(ticket), outcome: None };
                let _ = turn.await;
                place.holds = Holds::Slot(place.classes.epoch(&place.class));
                Permit::new(place)
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Holds {
    /// A ticket, or a slot that was granted and not yet noticed.
    Ticket(u64),
    /// A slot, taken under this epoch.
    Slot(u64),
}

struct Place<C: Classes> {
    classes: Arc<C>,
    class: String,
    caller: String,
    holds: Holds,
    outcome: Option<Outcome>,
}

impl<C: Classes> Slot for Place<C> {
    fn feedback(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

impl<C: Classes> Drop for Place<C> {
    fn drop(&mut self) {
        let epoch = match self.holds {
            Holds::Ticket(ticket) if self.classes.give_up(&self.class, &self.caller, ticket) => return,
            Holds::Ticket(_) => self.classes.epoch(&self.class),
            Holds::Slot(epoch) => epoch,
        };
        self.classes.leave(&self.class, epoch, self.outcome);
    }
}
