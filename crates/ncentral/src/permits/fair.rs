//! A queue that is fair to callers: round robin over them, first in first out within each.
//!
//! One caller that asks for three hundred devices at once must not keep another waiting for its one.

use std::collections::VecDeque;

/// Waiting tickets by caller.
#[derive(Debug)]
pub struct FairQueue<T> {
    /// The caller at the front is next. No caller here has an empty line.
    callers: VecDeque<(String, VecDeque<(u64, T)>)>,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        Self { callers: VecDeque::new() }
    }
}

impl<T> FairQueue<T> {
    /// Puts a ticket at the end of its caller's line. Tickets of a caller differ.
    pub fn push(&mut self, caller: &str, ticket: u64, item: T) {
        match self.callers.iter_mut().find(|(known, _)| known == caller) {
            Some((_, line)) => line.push_back((ticket, item)),
            None => self.callers.push_back((caller.to_owned(), VecDeque::from([(ticket, item)]))),
        }
    }

    /// The next in turn; its caller goes to the end.
    pub fn pop(&mut self) -> Option<T> {
        let (caller, mut line) = self.callers.pop_front()?;
        let (_, item) = line.pop_front()?;
        if !line.is_empty() {
            self.callers.push_back((caller, line));
        }
        Some(item)
    }

    /// Takes a ticket out; false if it isn't here any more.
    pub fn remove(&mut self, caller: &str, ticket: u64) -> bool {
        let Some(at) = self.callers.iter().position(|(known, _)| known == caller) else { return false };
        let line = &mut self.callers[at].1;
        let before = line.len();
        line.retain(|(known, _)| *known != ticket);
        let found = line.len() < before;
        if line.is_empty() {
            self.callers.remove(at);
        }
        found
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.callers.is_empty()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.callers.iter().map(|(_, line)| line.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn callers_take_turns_and_keep_their_own_order() {
        let mut queue = FairQueue::default();
        for (ticket, caller) in ["a", "a", "a", "b", "c", "b"].into_iter().enumerate() {
            queue.push(caller, ticket as u64, (caller, ticket));
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, [("a", 0), ("b", 3), ("c", 4), ("a", 1), ("b", 5), ("a", 2)]);
    }

    proptest! {
        /// However pushes and removals fall, everything that was not removed comes out once, and no caller is
        /// served twice while another one, already waiting, is not served at all.
        #[test]
        fn nobody_is_lost_and_nobody_is_passed_over(
            pushes in prop::collection::vec((0_u8..4, any::<bool>()), 0..60),
        ) {
            let mut queue = FairQueue::default();
            let mut kept = vec![0_usize; 4];
            for (ticket, (caller, keep)) in pushes.iter().enumerate() {
                let name = caller.to_string();
                queue.push(&name, ticket as u64, *caller as usize);
                if *keep {
                    kept[*caller as usize] += 1;
                } else {
                    prop_assert!(queue.remove(&name, ticket as u64));
                    prop_assert!(!queue.remove(&name, ticket as u64));
                }
            }
            prop_assert_eq!(queue.len(), kept.iter().sum::<usize>());
            let mut served = vec![0_usize; 4];
            while let Some(caller) = queue.pop() {
                served[caller] += 1;
                for other in 0..4 {
                    if served[other] < kept[other] {
                        prop_assert!(served[caller] <= served[other] + 1);
                    }
                }
            }
            prop_assert_eq!(served, kept);
        }
    }
}
