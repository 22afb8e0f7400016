//! Permits within one process.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::fair::FairQueue;
use super::limit::Limit;
use super::{Outcome, Permit, Permits, Slot};

/// Is told a class and its newly learned limit.
type OnChange = Arc<dyn Fn(&str, u16) + Send + Sync>;

/// A fair queue for each class, in memory. Published limits hold from the start; unknown ones are learned.
///
/// One instance belongs to one server: limits are the server's, whoever calls.
#[derive(Clone)]
pub struct LocalPermits {
    shared: Arc<Shared>,
}

struct Shared {
    classes: Mutex<HashMap<String, Class>>,
    on_change: Option<OnChange>,
    began: Instant,
}

struct Class {
    limit: Limit,
    in_flight: usize,
    queue: FairQueue<oneshot::Sender<()>>,
    next_ticket: u64,
}

impl Default for LocalPermits {
    fn default() -> Self {
        Self::new()
    }
}

impl LocalPermits {
    /// Permits that know the published limits only.
    pub fn new() -> Self {
        Self::assemble(HashMap::new(), None)
    }

    /// The same permits, which tell each newly learned limit, so that it can be remembered. The callback is called
    /// from within a call and should return at once.
    #[must_use]
    pub fn on_change(self, callback: impl Fn(&str, u16) + Send + Sync + 'static) -> Self {
        let classes = std::mem::take(&mut *self.shared.lock());
        Self::assemble(classes, Some(Arc::new(callback)))
    }

    /// The same permits, starting from limits that were learned earlier.
    #[must_use]
    pub fn with_learned(self, learned: BTreeMap<String, u16>) -> Self {
        let now = self.shared.began.elapsed();
        for (class, limit) in learned {
            self.shared.lock().insert(class, Class::new(Limit::remembered(limit, now)));
        }
        self
    }

    /// Fixes the limit of a class, for example by a connection's settings. Calls in flight are not disturbed.
    pub fn set_limit(&self, class: &str, limit: u16) {
        let mut classes = self.shared.lock();
        match classes.get_mut(class) {
            Some(known) => {
                known.limit = Limit::known(limit);
                known.admit();
            }
            None => {
                classes.insert(class.to_owned(), Class::new(Limit::known(limit)));
            }
        }
    }

    /// The limits that were learned, by class. Published and set ones aren't among them.
    pub fn learned(&self) -> BTreeMap<String, u16> {
        let classes = self.shared.lock();
        classes.iter().filter_map(|(name, class)| Some((name.clone(), class.limit.learned()?))).collect()
    }

    /// How many calls wait for a permit of the class.
    pub fn waiting(&self, class: &str) -> usize {
        self.shared.lock().get(class).map_or(0, |class| class.queue.len())
    }

    /// How many permits of the class are held.
    pub fn in_flight(&self, class: &str) -> usize {
        self.shared.lock().get(class).map_or(0, |class| class.in_flight)
    }

    /// The current limit of the class, if it has been used or set.
    pub fn limit(&self, class: &str) -> Option<usize> {
        self.shared.lock().get(class).map(|class| class.limit.current())
    }

    fn assemble(classes: HashMap<String, Class>, on_change: Option<OnChange>) -> Self {
        Self { shared: Arc::new(Shared { classes: Mutex::new(classes), on_change, began: Instant::now() }) }
    }
}

impl Permits for LocalPermits {
    fn acquire<'a>(
        &'a self,
        class: &'a str,
        published: Option<u16>,
        caller: &'a str,
    ) -> BoxFuture<'a, Permit> {
        Box::pin(async move {
            let mut place = Place {
                shared: Arc::clone(&self.shared),
                class: class.to_owned(),
                caller: caller.to_owned(),
                ticket: 0,
                epoch: 0,
                state: Holding::Nothing,
                outcome: None,
            };
            if let Some(turn) = place.enter(published) {
                // The sender lives in the queue until it is this call's turn; it is never dropped before.
                let _ = turn.await;
                place.admitted();
            }
            Permit::new(place)
        })
    }
}

impl Shared {
    /// Nothing that runs under the lock can leave the classes half changed, so a poisoned lock is as good.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Class>> {
        self.classes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Class {
    fn new(limit: Limit) -> Self {
        Self { limit, in_flight: 0, queue: FairQueue::default(), next_ticket: 0 }
    }

    /// Lets in whoever is next, as far as the limit allows.
    fn admit(&mut self) {
        while self.in_flight < self.limit.current() {
            let Some(turn) = self.queue.pop() else { break };
            self.in_flight += 1;
            // A receiver that is just going away gives the slot back in its `Drop`, which waits for this lock.
            let _ = turn.send(());
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Holding {
    Nothing,
    /// A ticket in the queue, or a slot that was granted and not yet noticed.
    Ticket,
    Slot,
}

/// A call's place: first in the queue, then in flight. Dropping it gives back whichever it is.
struct Place {
    shared: Arc<Shared>,
    class: String,
    caller: String,
    ticket: u64,
    epoch: u64,
    state: Holding,
    outcome: Option<Outcome>,
}

impl Place {
    /// Takes a slot at once, or a ticket.
    fn enter(&mut self, published: Option<u16>) -> Option<oneshot::Receiver<()>> {
        let mut classes = self.shared.lock();
        if !classes.contains_key(&self.class) {
            let limit = published.map_or_else(Limit::unknown, Limit::known);
            classes.insert(self.class.clone(), Class::new(limit));
        }
        let class = classes.get_mut(&self.class)?;
        if class.in_flight < class.limit.current() && class.queue.is_empty() {
            class.in_flight += 1;
            self.epoch = class.limit.epoch();
            self.state = Holding::Slot;
            return None;
        }
        self.ticket = class.next_ticket;
        class.next_ticket += 1;
        let (turn, wait) = oneshot::channel();
        class.queue.push(&self.caller, self.ticket, turn);
        self.state = Holding::Ticket;
        Some(wait)
    }

    fn admitted(&mut self) {
        self.state = Holding::Slot;
        if let Some(class) = self.shared.lock().get(&self.class) {
            self.epoch = class.limit.epoch();
        }
    }
}

impl Slot for Place {
    fn feedback(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let now = self.shared.began.elapsed();
        let mut classes = self.shared.lock();
        let Some(class) = classes.get_mut(&self.class) else { return };
        let before = class.limit.learned();
        match self.state {
            Holding::Nothing => return,
            Holding::Ticket if class.queue.remove(&self.caller, self.ticket) => return,
            Holding::Ticket | Holding::Slot => {}
        }
        let saturated = class.in_flight >= class.limit.current();
        class.in_flight = class.in_flight.saturating_sub(1);
        match self.outcome {
            Some(Outcome::Ok) => class.limit.succeeded(self.epoch, saturated, now),
            Some(Outcome::Throttled) => class.limit.throttled(self.epoch, now),
            None => {}
        }
        class.admit();
        let after = class.limit.learned();
        drop(classes);
        if let (Some(on_change), Some(limit)) = (&self.shared.on_change, after.filter(|_| after != before)) {
            on_change(&self.class, limit);
        }
    }
}

impl fmt::Debug for LocalPermits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalPermits").field("learned", &self.learned()).finish_non_exhaustive()
    }
}
