//! Permits within one process.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::fair::FairQueue;
use super::limit::Limit;
use super::{Classes, Entry, Outcome, Permit, Permits};

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
        Box::pin(Permit::wait(Arc::clone(&self.shared), class, published, caller))
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

impl Classes for Shared {
    fn enter(&self, class: &str, published: Option<u16>, caller: &str) -> Entry {
        let mut classes = self.lock();
        let class = classes
            .entry(class.to_owned())
            .or_insert_with(|| Class::new(published.map_or_else(Limit::unknown, Limit::known)));
        if class.in_flight < class.limit.current() && class.queue.is_empty() {
            class.in_flight += 1;
            return Entry::Slot(class.limit.epoch());
        }
        let ticket = class.next_ticket;
        class.next_ticket += 1;
        let (granted, turn) = oneshot::channel();
        class.queue.push(caller, ticket, granted);
        Entry::Ticket { ticket, turn }
    }

    fn epoch(&self, class: &str) -> u64 {
        self.lock().get(class).map_or(0, |class| class.limit.epoch())
    }

    fn give_up(&self, class: &str, caller: &str, ticket: u64) -> bool {
        self.lock().get_mut(class).is_some_and(|class| class.queue.remove(caller, ticket))
    }

    fn leave(&self, name: &str, epoch: u64, outcome: Option<Outcome>) {
        let now = self.began.elapsed();
        let mut classes = self.lock();
        let Some(class) = classes.get_mut(name) else { return };
        let before = class.limit.learned();
        let saturated = class.in_flight >= class.limit.current();
        class.in_flight = class.in_flight.saturating_sub(1);
        match outcome {
            Some(Outcome::Ok) => class.limit.succeeded(epoch, saturated, now),
            Some(Outcome::Throttled) => class.limit.throttled(epoch, now),
            None => {}
        }
        class.admit();
        let after = class.limit.learned();
        drop(classes);
        if let (Some(on_change), Some(limit)) = (&self.on_change, after.filter(|_| after != before)) {
            on_change(name, limit);
        }
    }
}

impl fmt::Debug for LocalPermits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalPermits").field("learned", &self.learned()).finish_non_exhaustive()
    }
}
