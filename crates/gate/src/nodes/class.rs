//! One class of operations as this node sees it: what it holds of the slots, what is in flight, who waits, and what is
//! yet to be told to the others. Bookkeeping alone; the turns are taken elsewhere.

use super::share::{Dealt, Need};
use ncentral::{Entry, FairQueue, Limit, Outcome};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

/// Up to this limit a slot goes back as soon as its call ends.
const SCARCE: usize = 2;

/// How long a slot that nobody uses is kept.
const KEEP: Duration = Duration::from_secs(2);

/// How often a node that waits looks for itself, in case nobody tells it that there is a slot.
const LOOK: Duration = Duration::from_millis(100);

/// The same, of one that holds all there are: its own calls free them.
const ALL_OURS: Duration = Duration::from_secs(1);

/// The part of a limit that is taken beyond what is needed now: one in so many.
const AHEAD: u16 = 4;

pub(super) struct Class {
    published: Option<u16>,
    queue: FairQueue<oneshot::Sender<()>>,
    next_ticket: u64,
    used: u16,
    slots: u16,
    /// How many may be in use before others have had their part.
    part: u16,
    /// How many may be in use while a turn is being taken: what it can't take away.
    turning_at: Option<u16>,
    valid_until: Option<Instant>,
    limit: usize,
    epoch: u64,
    exhausted: bool,
    others_wait: bool,
    last_used: Option<Instant>,
    /// Successes with all slots in use, and whether there was a refusal, since the last turn.
    successes: u16,
    throttled: bool,
    /// Whether somebody takes turns for this class, and whether something has changed since the last one began.
    turning: bool,
    again: bool,
    woken: Arc<Notify>,
}

/// What this node brings into a turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub(super) published: Option<u16>,
    pub(super) need: Need,
    epoch: u64,
    successes: u16,
    throttled: bool,
}

impl Turn {
    /// Tells the shared limit what happened here.
    pub(super) fn teach(&self, limit: &mut Limit, now: Duration) {
        if self.throttled {
            limit.throttled(self.epoch, now);
            return;
        }
        for _ in 0..self.successes {
            limit.succeeded(self.epoch, true, now);
        }
    }
}

impl Class {
    pub(super) fn new(published: Option<u16>) -> Self {
        Self {
            published,
            queue: FairQueue::default(),
            next_ticket: 0,
            used: 0,
            slots: 0,
            part: 0,
            turning_at: None,
            valid_until: None,
            limit: 0,
            epoch: 0,
            exhausted: false,
            others_wait: false,
            last_used: None,
            successes: 0,
            throttled: false,
            turning: false,
            again: false,
            woken: Arc::default(),
        }
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether this node holds or wants anything of the class.
    pub(super) fn is_in_use(&self) -> bool {
        self.slots > 0 || self.used > 0 || !self.queue.is_empty()
    }

    fn is_scarce(&self) -> bool {
        self.limit <= SCARCE
    }

    fn may_begin(&self) -> bool {
        let most = self.slots.min(self.part).min(self.turning_at.unwrap_or(u16::MAX));
        self.used < most && self.valid_until.is_some_and(|until| Instant::now() < until)
    }

    /// Begins a call at once, if there is a slot and nobody waits for it; else it queues up.
    pub(super) fn enter(&mut self, caller: &str) -> Entry {
        if self.queue.is_empty() && self.may_begin() {
            self.used += 1;
            return Entry::Slot(self.epoch);
        }
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let (granted, turn) = oneshot::channel();
        self.queue.push(caller, ticket, granted);
        Entry::Ticket { ticket, turn }
    }

    /// Leaves the queue; false if the slot was granted meanwhile.
    pub(super) fn give_up(&mut self, caller: &str, ticket: u64) -> bool {
        self.queue.remove(caller, ticket)
    }

    /// Lets in whoever is next, as far as there are slots.
    fn admit(&mut self) {
        while self.may_begin() {
            let Some(turn) = self.queue.pop() else { break };
            self.used += 1;
            // A receiver that is just going away gives the slot back in its `Drop`, which waits for this lock.
            let _ = turn.send(());
        }
    }

    /// Ends a call that began under an epoch. Answers whether the other nodes should hear of it now.
    pub(super) fn end(&mut self, epoch: u64, outcome: Option<Outcome>) -> bool {
        let saturated = self.exhausted && self.used >= self.slots.min(self.part);
        self.used = self.used.saturating_sub(1);
        self.last_used = Some(Instant::now());
        match outcome {
            Some(Outcome::Ok) if epoch == self.epoch && saturated => {
                self.successes = self.successes.saturating_add(1);
            }
            Some(Outcome::Throttled) if epoch == self.epoch => self.throttled = true,
            _ => {}
        }
        self.admit();
        let idle = self.used < self.slots;
        let learned = self.published.is_none() && usize::from(self.successes) >= self.limit;
        let of_use = self.others_wait || self.is_scarce() || !self.queue.is_empty();
        self.throttled || learned || (idle && of_use)
    }

    /// How long a caller waits here before it is looked whether there is a slot: not long, if others hold some.
    pub(super) fn patience(&self) -> Duration {
        if usize::from(self.slots) >= self.limit { ALL_OURS } else { LOOK }
    }

    /// Wants a turn to be taken. Answers whether somebody has to begin with it.
    pub(super) fn ask_for_turn(&mut self) -> bool {
        self.again = true;
        self.woken.notify_one();
        !std::mem::replace(&mut self.turning, true)
    }

    pub(super) fn begin_turn(&mut self) -> Turn {
        let waiting = u16::try_from(self.queue.len()).unwrap_or(u16::MAX);
        let idle = self.slots.saturating_sub(self.used);
        let fresh = self.last_used.is_some_and(|at| at.elapsed() < KEEP);
        let spare = match () {
            () if self.is_scarce() => 0,
            () if waiting > 0 => u16::try_from(self.limit).unwrap_or(u16::MAX) / AHEAD,
            () if fresh => idle,
            () => 0,
        };
        self.again = false;
        self.turning_at = Some(self.used);
        Turn {
            published: self.published,
            need: Need { used: self.used, waiting, spare },
            epoch: self.epoch,
            successes: std::mem::take(&mut self.successes),
            throttled: std::mem::take(&mut self.throttled),
        }
    }

    pub(super) fn end_turn(&mut self, dealt: &Dealt, limit: &Limit, valid_until: Instant) {
        self.turning_at = None;
        self.slots = dealt.lease.slots;
        self.part = dealt.part;
        self.exhausted = dealt.exhausted;
        self.others_wait = dealt.others_wait;
        self.limit = limit.current();
        self.epoch = limit.epoch();
        self.valid_until = Some(valid_until);
        self.admit();
    }

    /// A turn that could not be taken: what was held before is held still, as long as it lasts.
    pub(super) fn fail_turn(&mut self, turn: Turn) {
        self.turning_at = None;
        self.throttled |= turn.throttled;
        self.admit();
    }

    /// Whether no further turn is needed now; then nobody takes any.
    pub(super) fn is_settled(&mut self) -> bool {
        let settled = !self.again && self.queue.is_empty();
        self.turning = !settled;
        settled
    }

    pub(super) fn woken(&self) -> Arc<Notify> {
        Arc::clone(&self.woken)
    }
}
