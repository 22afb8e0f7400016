//! Permits that several nodes share. N-central counts the calls in flight on each endpoint, whichever node they come
//! from, so the nodes share the slots of each class as leased rows of the database.
//!
//! A node holds the slots it uses and, where there are enough of them, keeps a few for a moment, so that most calls
//! begin without asking the database. A scarce slot goes back as soon as its call ends, and whatever is spare as soon
//! as another node waits. A slot is leased for no longer than a call that begins now can take, so those of a node that
//! died come free by themselves; and no call begins on a lease that would run out under it.

use super::class::{Class, Turn};
use crate::gate::{Gate, Inner, store_problem};
use futures::future::BoxFuture;
use model::{ConnectionId, Problem, Timestamp};
use ncentral::{Classes, Entry, Limit, Outcome, Permit, Permits};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;
use store::Topic;
use store::permits::Lease;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long calls may begin on a lease without its being renewed.
const VALID: Duration = Duration::from_secs(5);

/// What is added to a lease, for clocks that differ.
const SLACK: Duration = Duration::from_secs(1);

/// How long a node that can't reach the database waits before it tries again.
const RETRY: Duration = Duration::from_millis(500);

/// The permits of one connection on this node.
#[derive(Clone)]
pub(crate) struct LeasedPermits(Arc<Pool>);

struct Pool {
    gate: Weak<Inner>,
    connection: ConnectionId,
    node: String,
    deadline: Duration,
    learned: BTreeMap<String, u16>,
    classes: Mutex<HashMap<String, Class>>,
}

impl LeasedPermits {
    pub(crate) fn new(
        gate: &Gate,
        connection: ConnectionId,
        node: &str,
        learned: BTreeMap<String, u16>,
    ) -> Self {
        Self(Arc::new(Pool {
            gate: Arc::downgrade(&gate.inner),
            connection,
            node: node.to_owned(),
            deadline: gate.inner.options.upstream_deadline,
            learned,
            classes: Mutex::default(),
        }))
    }

    /// Another node waits for a slot of a class, or gave some back.
    pub(super) fn notice(&self, class: &str) {
        if self.0.lock().get(class).is_some_and(Class::is_in_use) {
            self.0.ask_for_turn(class);
        }
    }

    /// Renews what is held, and gives back what nobody has needed for a while.
    pub(super) fn tend(&self) {
        let held: Vec<String> = {
            let classes = self.0.lock();
            classes.iter().filter(|(_, class)| class.is_in_use()).map(|(name, _)| name.clone()).collect()
        };
        held.iter().for_each(|class| self.0.ask_for_turn(class));
    }
}

impl Permits for LeasedPermits {
    fn acquire<'a>(
        &'a self,
        class: &'a str,
        published: Option<u16>,
        caller: &'a str,
    ) -> BoxFuture<'a, Permit> {
        Box::pin(Permit::wait(Arc::new(self.clone()), class, published, caller))
    }
}

impl Classes for LeasedPermits {
    fn enter(&self, name: &str, published: Option<u16>, caller: &str) -> Entry {
        let entry = {
            let mut classes = self.0.lock();
            let class = classes.entry(name.to_owned()).or_insert_with(|| Class::new(published));
            class.enter(caller)
        };
        if matches!(entry, Entry::Ticket { .. }) {
            self.0.ask_for_turn(name);
        }
        entry
    }

    fn epoch(&self, class: &str) -> u64 {
        self.0.lock().get(class).map_or(0, Class::epoch)
    }

    fn give_up(&self, class: &str, caller: &str, ticket: u64) -> bool {
        self.0.lock().get_mut(class).is_some_and(|class| class.give_up(caller, ticket))
    }

    fn leave(&self, name: &str, epoch: u64, outcome: Option<Outcome>) {
        if self.0.lock().get_mut(name).is_some_and(|class| class.end(epoch, outcome)) {
            self.0.ask_for_turn(name);
        }
    }
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Class>> {
        self.classes.lock().expect("no holder panics")
    }

    /// Has a turn taken for a class, at once or after the one that is being taken.
    fn ask_for_turn(self: &Arc<Self>, class: &str) {
        let begins = self.lock().get_mut(class).is_some_and(Class::ask_for_turn);
        if !begins {
            return;
        }
        // A gate that is gone serves nobody.
        let Some(inner) = self.gate.upgrade() else { return };
        let (pool, class) = (Arc::clone(self), class.to_owned());
        Gate { inner }.spawn(async move { pool.take_turns(&class).await });
    }

    /// Takes turns until nobody here waits and nothing has changed.
    async fn take_turns(self: Arc<Self>, class: &str) {
        loop {
            let Some(inner) = self.gate.upgrade() else { return };
            let gate = Gate { inner };
            let Some(turn) = self.lock().get_mut(class).map(Class::begin_turn) else { return };
            let began = Instant::now();
            let taken = self.take_turn(&gate, class, turn).await;
            drop(gate);
            let (woken, pause): (Arc<Notify>, _) = {
                let mut classes = self.lock();
                let Some(class) = classes.get_mut(class) else { return };
                let pause = match taken {
                    Ok((dealt, limit)) => {
                        class.end_turn(&dealt, &limit, began + VALID);
                        class.patience()
                    }
                    Err(problem) => {
                        tracing::warn!(%problem, "slots could not be shared with the other nodes; calls wait");
                        class.fail_turn(turn);
                        RETRY
                    }
                };
                if class.is_settled() {
                    return;
                }
                (class.woken(), pause)
            };
            let _ = tokio::time::timeout(pause, woken.notified()).await;
        }
    }

    /// One turn: what this node found out of the limit, and its new part of it.
    async fn take_turn(
        &self,
        gate: &Gate,
        class: &str,
        turn: Turn,
    ) -> Result<(super::share::Dealt, Limit), Problem> {
        let now = gate.now();
        let at = since_1970(now);
        let fresh = match (turn.published, self.learned.get(class)) {
            (Some(limit), _) => Limit::known(limit),
            (None, Some(learned)) => Limit::remembered(*learned, at),
            (None, None) => Limit::unknown(),
        };
        let until = now + self.deadline + VALID + SLACK;
        let (connection, node, class) = (self.connection.clone(), self.node.clone(), class.to_owned());
        gate.inner
            .store
            .write(move |tx| -> Result<_, store::Error> {
                let (number, known) = store::permits::take(tx, &connection, &class, &text(&fresh))?;
                let before: Option<Limit> = serde_json::from_str(&known).ok();
                let mut limit = before
                    .clone()
                    .filter(|limit| limit.published() == turn.published)
                    .unwrap_or_else(|| fresh.clone());
                turn.teach(&mut limit, at);
                if before.as_ref() != Some(&limit) {
                    store::permits::put_limit(tx, &connection, &class, &text(&limit))?;
                }
                if let Some(learned) = limit.learned()
                    && before.and_then(|before| before.learned()) != Some(learned)
                {
                    store::limits::put(tx, &connection, &class, learned)?;
                }
                let (mine, others): (Vec<Lease>, Vec<Lease>) =
                    store::permits::leases(tx, &connection, &class, now)?
                        .into_iter()
                        .partition(|lease| lease.node == node);
                let nothing = Lease { node: node.clone(), slots: 0, wants: 0, since: number, until };
                let mine = Lease { until, ..mine.into_iter().next().unwrap_or(nothing) };
                let most = u16::try_from(limit.current()).unwrap_or(u16::MAX);
                let dealt = super::share::deal(most, number, turn.need, mine, &others);
                store::permits::put(tx, &connection, &class, &dealt.lease)?;
                if dealt.tell {
                    tx.announce(Topic::Permit, message(&node, &class), Some(&connection));
                }
                Ok((dealt, limit))
            })
            .await
            .map_err(store_problem)
    }
}

fn text(limit: &Limit) -> String {
    serde_json::to_string(limit).expect("a limit is JSON")
}

fn since_1970(now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(now.as_millisecond()).unwrap_or(0))
}

/// What nodes tell each other of a class.
fn message(node: &str, class: &str) -> String {
    format!("{node} {class}")
}

/// Who tells something of which class.
pub(super) fn read_message(id: &str) -> Option<(&str, &str)> {
    id.split_once(' ')
}
