//! Seats: how many things of one kind somebody has going at once. A seat is given back by being dropped.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

type Counts = Arc<Mutex<HashMap<String, usize>>>;

/// The seats of one kind, by whoever has them.
#[derive(Default)]
pub(super) struct Seats(Counts);

impl Seats {
    /// One more seat, unless `most` are taken.
    pub(super) fn take(&self, who: &str, most: usize) -> Option<Seat> {
        let mut counts = self.0.lock().expect("no holder panics");
        let count = counts.get(who).copied().unwrap_or_default();
        if count >= most {
            return None;
        }
        counts.insert(who.to_owned(), count + 1);
        Some(Seat { counts: Arc::clone(&self.0), who: who.to_owned() })
    }

    /// How many somebody has taken.
    pub(super) fn taken(&self, who: &str) -> usize {
        self.0.lock().expect("no holder panics").get(who).copied().unwrap_or_default()
    }
}

/// A seat that is taken as long as the value lives.
#[must_use]
#[derive(Debug)]
pub struct Seat {
    counts: Counts,
    who: String,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().expect("no holder panics");
        match counts.get_mut(&self.who) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                counts.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_free_again_when_it_is_dropped() {
        let seats = Seats::default();
        let (one, two) = (seats.take("a", 2).unwrap(), seats.take("a", 2).unwrap());
        assert!(seats.take("a", 2).is_none());
        assert!(seats.take("b", 1).is_some(), "everybody has seats of their own");
        drop(one);
        let three = seats.take("a", 2).unwrap();
        drop((two, three));
        assert!(seats.0.lock().unwrap().is_empty(), "nothing is kept of who has none");
    }
}
