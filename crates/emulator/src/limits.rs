//! How many calls may be in flight: per path template and method, and over all methods where the published limit is of
//! the path (NOTES §4). Over the limit the answer is 429 at once; nothing queues.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::generated::routes::ROUTES;

/// The limit of an operation that has no published one.
const UNPUBLISHED: u16 = 5;

pub(crate) struct Limits {
    state: Mutex<State>,
}

struct State {
    chosen: BTreeMap<String, u16>,
    /// Calls in flight by operation; the group's limit is compared with the sum over the group.
    in_flight: HashMap<&'static str, u64>,
}

/// A place among the calls in flight; it is free again when this is dropped.
pub(crate) struct Slot {
    limits: Arc<Limits>,
    operation: &'static str,
    /// Calls of this operation in flight when it was admitted, this one included.
    pub(crate) in_flight: u64,
}

impl Limits {
    pub(crate) fn new(chosen: impl IntoIterator<Item = (String, u16)>) -> Self {
        Self { state: Mutex::new(State { chosen: chosen.into_iter().collect(), in_flight: HashMap::new() }) }
    }

    /// Replaces the chosen limits. Calls in flight keep their places.
    pub(crate) fn choose(&self, chosen: BTreeMap<String, u16>) {
        self.lock().chosen = chosen;
    }

    pub(crate) fn enter(self: &Arc<Self>, at: usize) -> Option<Slot> {
        let mut state = self.lock();
        let busy: u64 = group(at).map(|id| state.in_flight.get(id).copied().unwrap_or(0)).sum();
        if busy >= u64::from(state.limit(at)) {
            return None;
        }
        let operation = ROUTES[at].id;
        let own = state.in_flight.entry(operation).or_default();
        *own += 1;
        let in_flight = *own;
        drop(state);
        Some(Slot { limits: Arc::clone(self), operation, in_flight })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn limit(&self, at: usize) -> u16 {
        let named = group(at).filter_map(|id| self.chosen.get(id)).min();
        let chosen = named.or_else(|| self.chosen.get("*")).copied();
        chosen.or(ROUTES[at].concurrency).unwrap_or(UNPUBLISHED)
    }
}

/// The operations that share one limit. The only published limit that names no method is that of the life-cycle path,
/// and its three methods are the only ones of one path that carry the same published limit.
fn group(at: usize) -> impl Iterator<Item = &'static str> {
    let own = &ROUTES[at];
    ROUTES
        .iter()
        .filter(move |r| {
            std::ptr::eq(*r, own)
                || (own.concurrency.is_some() && r.concurrency == own.concurrency && r.path == own.path)
        })
        .map(|r| r.id)
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(busy) = self.limits.lock().in_flight.get_mut(self.operation) {
            *busy = busy.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::index_of;

    fn enter(limits: &Arc<Limits>, operation: &str) -> Option<Slot> {
        limits.enter(index_of(operation).unwrap())
    }

    #[test]
    fn the_life_cycle_limit_is_shared_by_its_methods() {
        let limits = Arc::new(Limits::new([]));
        let held = enter(&limits, "getDeviceLifecycleInfo").unwrap();
        assert!(enter(&limits, "updateDeviceLifecycleInfo").is_none());
        drop(held);
        assert!(enter(&limits, "updateDeviceLifecycleInfo").is_some());
    }

    #[test]
    fn an_unpublished_limit_is_five_and_a_chosen_one_wins() {
        let limits = Arc::new(Limits::new([]));
        let held: Vec<_> = (0..5).filter_map(|_| enter(&limits, "getDevice")).collect();
        assert_eq!(held.len(), 5);
        assert!(enter(&limits, "getDevice").is_none());
        limits.choose(BTreeMap::from([("getDevice".to_owned(), 6)]));
        assert!(enter(&limits, "getDevice").is_some());
        limits.choose(BTreeMap::from([("*".to_owned(), 2)]));
        assert!(enter(&limits, "listDevices").is_some());
    }
}
