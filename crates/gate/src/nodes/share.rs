//! Who of several nodes gets how many slots of one class: arithmetic alone, made by each node in its own turn.
//!
//! Slots are dealt out one by one to those that want some, whoever has waited longest first, so nobody gets two before
//! everybody has one, and a scarce slot goes around. What is in use is never taken away: a node that has more than its
//! part gives back as its calls end.

use store::permits::Lease;

/// What a node brings into its turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    /// Slots in use.
    pub(super) used: u16,
    /// Callers that wait for one.
    pub(super) waiting: u16,
    /// Unused slots that it would rather keep, if nobody else wants them.
    pub(super) spare: u16,
}

/// What comes of a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dealt {
    /// What the node holds now.
    pub(super) lease: Lease,
    /// How many of them it may have in use before others have had their part.
    pub(super) part: u16,
    /// Whether every slot of the class is held by somebody.
    pub(super) exhausted: bool,
    /// Whether another node wants more than it holds.
    pub(super) others_wait: bool,
    /// Whether there is something in it for others: this node gave slots back, or waits for some.
    pub(super) tell: bool,
}

/// Deals a node its part. `before` is what it held, `others` what the others hold; `mine.until` is taken over.
pub(super) fn deal(limit: u16, turn: i64, need: Need, mine: Lease, others: &[Lease]) -> Dealt {
    let wants = need.used.saturating_add(need.waiting);
    let was_waiting = mine.wants > mine.slots;
    // Whoever has had a call end was served since, and stands in line anew: a scarce slot is not kept call after call.
    let is_served = need.used < mine.slots;
    let since = if was_waiting && !is_served { mine.since } else { turn };
    let held: u16 = others.iter().map(|other| other.slots).fold(0, u16::saturating_add);
    let free = limit.saturating_sub(held);
    let others_wait = others.iter().any(|other| other.wants > other.slots);

    let part = part(limit, wants, since, &mine.node, others);
    let spare = if others_wait { 0 } else { need.spare };
    let slots = part.max(need.used).saturating_add(spare).min(free).max(need.used);
    let waits = wants > slots;
    // Whoever was served goes to the end of the line, even if he wants still more.
    let since = if waits && slots <= mine.slots { since } else { turn };
    let gave_back = slots < mine.slots && others_wait;
    let begins_to_wait = waits && (!was_waiting || slots > mine.slots);
    Dealt {
        part: if others_wait { part } else { slots },
        exhausted: held.saturating_add(slots) >= limit,
        others_wait,
        tell: gave_back || begins_to_wait,
        lease: Lease { slots, wants, since, ..mine },
    }
}

/// The node's part of the limit when it is dealt out one by one.
fn part(limit: u16, wants: u16, since: i64, node: &str, others: &[Lease]) -> u16 {
    let mut line: Vec<(i64, &str, u16)> =
        others.iter().map(|other| (other.since, other.node.as_str(), other.wants)).collect();
    line.push((since, node, wants));
    line.sort_unstable();
    let (mut left, mut got) = (limit, 0);
    for round in 1..=limit {
        for (_, of, wanted) in &line {
            if *wanted < round {
                continue;
            }
            if left == 0 {
                return got;
            }
            left -= 1;
            if *of == node {
                got = round;
            }
        }
    }
    got
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use std::collections::BTreeMap;

    fn lease(node: &str) -> Lease {
        Lease { node: node.to_owned(), slots: 0, wants: 0, since: 0, until: Timestamp::UNIX_EPOCH }
    }

    /// Nodes that take turns over one class; calls end one after the other.
    struct Table {
        limit: u16,
        turn: i64,
        leases: BTreeMap<String, Lease>,
        used: BTreeMap<String, u16>,
    }

    impl Table {
        fn new(limit: u16, nodes: &[&str]) -> Table {
            let leases = nodes.iter().map(|node| ((*node).to_owned(), lease(node))).collect();
            let used = nodes.iter().map(|node| ((*node).to_owned(), 0)).collect();
            Table { limit, turn: 0, leases, used }
        }

        /// A node's turn with so many callers: it begins as many calls as it may.
        fn turn(&mut self, node: &str, callers: u16) -> Dealt {
            self.turn += 1;
            let others: Vec<Lease> =
                self.leases.values().filter(|other| other.node != node).cloned().collect();
            let used = self.used[node];
            let need = Need { used, waiting: callers.saturating_sub(used), spare: 0 };
            let dealt = deal(self.limit, self.turn, need, self.leases[node].clone(), &others);
            self.leases.insert(node.to_owned(), dealt.lease.clone());
            self.used.insert(node.to_owned(), dealt.lease.slots.min(dealt.part).min(callers).max(used));
            let held: u16 = self.leases.values().map(|lease| lease.slots).sum();
            assert!(held <= self.limit, "{held} of {}", self.limit);
            dealt
        }

        fn end(&mut self, node: &str) {
            *self.used.get_mut(node).unwrap() -= 1;
        }
    }

    #[test]
    fn one_node_alone_may_have_all() {
        let mut table = Table::new(5, &["a", "b"]);
        assert_eq!(table.turn("a", 9).lease.slots, 5);
        assert!(table.turn("b", 0).lease.slots == 0);
    }

    #[test]
    fn who_comes_later_gets_its_part_as_calls_end() {
        let mut table = Table::new(5, &["a", "b"]);
        table.turn("a", 100);
        let b = table.turn("b", 100);
        assert_eq!((b.lease.slots, b.tell), (0, true), "all are in use, and the other is told");
        for _ in 0..2 {
            table.end("a");
            assert!(table.turn("a", 100).tell, "a slot is given back for the other");
            table.turn("b", 100);
        }
        assert_eq!((table.used["a"], table.used["b"]), (3, 2));
    }

    #[test]
    fn a_single_slot_goes_around() {
        let mut table = Table::new(1, &["a", "b", "c"]);
        let mut served = Vec::new();
        for node in ["a", "b", "c"] {
            table.turn(node, 10);
        }
        for _ in 0..9 {
            let holder = ["a", "b", "c"].into_iter().find(|node| table.used[*node] > 0).unwrap();
            served.push(holder);
            table.end(holder);
            for node in [holder, "a", "b", "c"] {
                table.turn(node, 10);
            }
        }
        for node in ["a", "b", "c"] {
            assert_eq!(served.iter().filter(|of| **of == node).count(), 3, "{served:?}");
        }
    }

    #[test]
    fn spare_slots_are_kept_only_while_nobody_wants_them() {
        let need = Need { used: 1, waiting: 0, spare: 3 };
        let held = Lease { slots: 4, wants: 1, ..lease("a") };
        assert_eq!(deal(5, 9, need, held.clone(), &[]).lease.slots, 4);
        let other = Lease { slots: 1, wants: 2, ..lease("b") };
        let dealt = deal(5, 9, need, held, &[other]);
        assert_eq!((dealt.lease.slots, dealt.tell), (1, true));
    }

    #[test]
    fn a_limit_that_was_halved_is_met_as_calls_end() {
        let held = Lease { slots: 6, wants: 6, ..lease("a") };
        let dealt = deal(3, 9, Need { used: 6, waiting: 4, spare: 0 }, held, &[]);
        assert_eq!(dealt.lease.slots, 6, "what is in use can't be taken back");
        assert!(dealt.exhausted);
        let dealt = deal(3, 10, Need { used: 2, waiting: 4, spare: 0 }, dealt.lease, &[]);
        assert_eq!(dealt.lease.slots, 3);
    }

    proptest::proptest! {
        /// However turns and ends fall, the limit holds, nothing in use is taken away, and nobody who wants a slot is
        /// left without one for ever.
        #[test]
        fn the_limit_holds_and_everybody_is_served(
            limit in 1_u16..8,
            steps in proptest::collection::vec((0_usize..3, 0_u16..6, proptest::prelude::any::<bool>()), 1..80),
        ) {
            let nodes = ["a", "b", "c"];
            let mut table = Table::new(limit, &nodes);
            for (node, callers, end) in steps {
                let node = nodes[node];
                if end && table.used[node] > 0 {
                    table.end(node);
                }
                let used = table.used[node];
                let dealt = table.turn(node, callers.max(used));
                proptest::prop_assert!(dealt.lease.slots >= used);
            }
            for _ in 0..40 {
                for node in nodes {
                    while table.used[node] > 0 {
                        table.end(node);
                    }
                    table.turn(node, 0);
                }
            }
            for node in nodes {
                proptest::prop_assert!(table.turn(node, 1).lease.slots >= 1);
                table.end(node);
                table.turn(node, 0);
            }
        }
    }
}
