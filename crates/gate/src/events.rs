//! What happens, as it happens: the store's committed changes, numbered and passed on to whoever follows, and kept
//! for a while for whoever was away.

use crate::api::{Event, Requester};
use crate::gate::{Gate, new_id};
use model::{ApprovalId, CallId, ConnectionId};
use std::collections::VecDeque;
use std::sync::Mutex;
use store::{Change, Topic};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// How many events are kept for followers that come back.
const KEPT: usize = 4096;

/// The events of this process. Another process, or this one after a restart, numbers its own, and says so.
pub(crate) struct History {
    /// Told apart from every other numbering.
    series: String,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    events: VecDeque<Event>,
    last: u64,
}

impl Kept {
    /// What came after this number; none where some of it is not kept.
    fn after(&self, number: u64) -> Option<Vec<Event>> {
        let first = self.events.front().map_or(self.last + 1, |event| event.number);
        let complete = (first - 1..=self.last).contains(&number);
        complete.then(|| self.events.iter().filter(|event| event.number > number).cloned().collect())
    }
}

impl History {
    pub(crate) fn new() -> Self {
        Self { series: new_id().replace('-', ""), kept: Mutex::default() }
    }

    /// Numbers a change and keeps it.
    fn push(&self, change: Change, send: impl FnOnce(Event)) {
        let mut kept = self.kept.lock().expect("no holder panics");
        kept.last += 1;
        let event = Event {
            number: kept.last,
            topic: change.topic,
            id: change.id,
            connection: change.connection.map(ConnectionId::new),
        };
        if kept.events.len() == KEPT {
            kept.events.pop_front();
        }
        kept.events.push_back(event.clone());
        // Under the lock, so that whoever starts to follow gets every event either from here or from there.
        send(event);
    }

    /// Some changes were missed: nobody can go on from before them.
    fn interrupt(&self) {
        let mut kept = self.kept.lock().expect("no holder panics");
        kept.last += 1;
        kept.events.clear();
    }
}

/// Passes on what is committed from this moment on, until the gate goes down.
pub(crate) fn relay(gate: Gate) -> impl Future<Output = ()> + Send {
    let changes = gate.inner.store.changes();
    pass_on(gate, changes)
}

async fn pass_on(gate: Gate, mut changes: Receiver<Change>) {
    let history = &gate.inner.history;
    loop {
        match gate.inner.stopping.run_until_cancelled(changes.recv()).await {
            // Of one node to the others, about what no caller sees.
            Some(Ok(Change { topic: Topic::Permit, .. })) => {}
            Some(Ok(change)) => history.push(change, |event| {
                // Nobody may be listening, and that is fine.
                let _ = gate.inner.events.send(event);
            }),
            Some(Err(RecvError::Lagged(_))) => history.interrupt(),
            Some(Err(RecvError::Closed)) | None => return,
        }
    }
}

/// One follower's way through the events.
pub struct Following {
    series: String,
    last: u64,
    missed: bool,
    backlog: VecDeque<Event>,
    events: Receiver<Event>,
}

/// What a follower is told.
#[derive(Clone, Debug)]
pub struct Told {
    /// Where it is now; to be handed in by a follower that comes back.
    pub mark: String,
    /// What happened; none where events were missed, and whatever is shown has to be looked up again.
    pub event: Option<Event>,
}

impl Following {
    fn told(&self, event: Option<Event>) -> Told {
        Told { mark: format!("{}-{:016}", self.series, self.last), event }
    }

    /// Where the follower begins, to be handed in by one that comes back before it was told anything; none while it
    /// has yet to be told that events were missed.
    pub fn mark(&self) -> Option<String> {
        (!self.missed).then(|| self.told(None).mark)
    }

    /// The next event; none once the gate is gone. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            if std::mem::take(&mut self.missed) {
                return Some(self.told(None));
            }
            let event = match self.backlog.pop_front() {
                Some(event) => event,
                None => match self.events.recv().await {
                    Ok(event) => event,
                    // The number of the next one tells.
                    Err(RecvError::Lagged(_)) => continue,
                    Err(RecvError::Closed) => return None,
                },
            };
            if event.number == self.last + 1 {
                self.last = event.number;
                // What other nodes changed was missed here, and nobody knows what.
                let known = event.topic != Topic::Anything;
                return Some(self.told(known.then_some(event)));
            }
            self.last = event.number - 1;
            self.missed = true;
            self.backlog.push_front(event);
        }
    }
}

impl Gate {
    /// Follows what happens from now on, or from the mark of the last event that the follower has seen.
    pub fn follow(&self, mark: Option<&str>) -> Following {
        let history = &self.inner.history;
        let kept = history.kept.lock().expect("no holder panics");
        let seen = mark.map(|mark| {
            let (series, number) = mark.rsplit_once('-')?;
            let number = number.parse().ok().filter(|_| series == history.series)?;
            Some((number, kept.after(number)?))
        });
        let missed = matches!(seen, Some(None));
        let (last, backlog) = seen.flatten().unwrap_or_else(|| (kept.last, Vec::new()));
        Following {
            series: history.series.clone(),
            last,
            missed,
            backlog: backlog.into(),
            events: self.inner.events.subscribe(),
        }
    }

    /// Whether the requester may know of an event: people of all, a key of its own calls and approvals. Knowing of
    /// it is not being told what came of the call.
    pub async fn may_follow(&self, who: &Requester, event: &Event) -> bool {
        if who.caller.is_person() {
            return true;
        }
        let own = match event.topic {
            Topic::Call => {
                self.call_row(&CallId::new(&event.id)).await.map(|row| row.map(|r| r.call.caller_id))
            }
            Topic::Approval => {
                self.approval_row(&ApprovalId::new(&event.id)).await.map(|approval| Some(approval.caller_id))
            }
            _ => return false,
        };
        own.is_ok_and(|own| own.as_ref() == Some(&who.caller.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change() -> Change {
        Change { topic: Topic::Call, id: "c".to_owned(), connection: None }
    }

    #[test]
    fn what_is_kept_is_told_again_and_what_is_not_is_noticed() {
        let history = History::new();
        (0..KEPT + 10).for_each(|_| history.push(change(), drop));
        let kept = history.kept.lock().unwrap();
        let last = kept.last;
        assert!(kept.after(last).unwrap().is_empty());
        assert_eq!(kept.after(last - 2).unwrap().len(), 2);
        assert_eq!(kept.after(10).unwrap().len(), KEPT);
        assert!(kept.after(9).is_none(), "one is gone");
        assert!(kept.after(last + 1).is_none(), "it has not happened yet");
    }

    #[test]
    fn nobody_goes_on_over_an_interruption() {
        let history = History::new();
        history.push(change(), drop);
        history.interrupt();
        history.push(change(), drop);
        let kept = history.kept.lock().unwrap();
        assert!(kept.after(1).is_none());
        assert_eq!(kept.after(2).unwrap().len(), 1);
    }
}
