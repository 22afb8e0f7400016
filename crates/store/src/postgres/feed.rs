//! Changes that other nodes commit: announced inside their transactions, heard on a connection of its own.
//!
//! A node that does not listen for a while misses announcements. So whenever listening begins or breaks off, the
//! watchers are told that anything may have changed, and a connection that is silent is asked every second whether
//! it is still there.

use super::session::Session;
use super::{PAUSE, Postgres, describe};
use crate::{Change, Error, Result};
use postgres::fallible_iterator::FallibleIterator as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel as pipe};
use std::thread;
use std::time::Duration;
use tokio::sync::broadcast;

/// How long the connection may be silent before it is asked, and how long the answer may take.
const SILENCE: Duration = Duration::from_secs(1);

/// Most bytes in one announcement; the server takes 7999.
const PAYLOAD: usize = 7900;

/// The channel of the state in a schema.
pub(super) fn channel(place: i32) -> String {
    format!("ncgate_{place:08x}")
}

/// Packs changes into as few announcements as may be.
pub(super) fn payloads(changes: &[Change]) -> Vec<String> {
    let mut payloads = Vec::new();
    let mut packed = String::new();
    for change in changes {
        let mut text = serde_json::to_string(change).expect("a change is made of JSON types");
        if text.len() + 2 > PAYLOAD {
            text = serde_json::to_string(&Change::anything()).expect("a change is made of JSON types");
        }
        if packed.len() + text.len() + 2 > PAYLOAD {
            payloads.push(format!("[{packed}]"));
            packed.clear();
        }
        if !packed.is_empty() {
            packed.push(',');
        }
        packed.push_str(&text);
    }
    if !packed.is_empty() {
        payloads.push(format!("[{packed}]"));
    }
    payloads
}

/// What an announcement says; one that is not understood comes of a newer node.
fn changes(payload: &str) -> Vec<Change> {
    serde_json::from_str(payload).unwrap_or_else(|_| vec![Change::anything()])
}

/// The thread that listens. It ends, within [`SILENCE`], once this is dropped.
pub(crate) struct Feed {
    _open: Sender<()>,
}

impl Feed {
    /// Starts to listen on a connection, and leaves out what comes of the connection `own`.
    pub(super) fn start(
        database: Postgres,
        own: Arc<AtomicI32>,
        watchers: broadcast::Sender<Change>,
    ) -> std::io::Result<Self> {
        let (open, closed) = pipe();
        let listener = Listener { database, own, watchers, closed };
        thread::Builder::new().name("store-feed".into()).spawn(move || listener.work())?;
        Ok(Self { _open: open })
    }
}

struct Listener {
    database: Postgres,
    own: Arc<AtomicI32>,
    watchers: broadcast::Sender<Change>,
    closed: Receiver<()>,
}

impl Listener {
    fn work(mut self) {
        loop {
            if let Err(error) = self.listen() {
                tracing::warn!(%error, "the changes of other nodes can't be heard");
            }
            self.database.session = None;
            if self.is_closed(PAUSE.0) {
                return;
            }
            let _ = self.watchers.send(Change::anything());
        }
    }

    /// Whether the store is closed, now or within this time.
    fn is_closed(&self, wait: Duration) -> bool {
        self.closed.recv_timeout(wait) != Err(RecvTimeoutError::Timeout)
    }

    /// Listens until the store is closed or the connection is lost.
    fn listen(&mut self) -> Result<()> {
        let lost = |error: postgres::Error| Error::Unreachable { why: describe(&error) };
        let Session { client, place, .. } = self.database.connect()?;
        client.batch_execute(&format!("LISTEN {}", channel(*place))).map_err(lost)?;
        let _ = self.watchers.send(Change::anything());
        loop {
            let heard = client.notifications().timeout_iter(SILENCE).next().map_err(lost)?;
            match heard {
                Some(heard) if heard.process_id() == self.own.load(Ordering::Relaxed) => {}
                Some(heard) => changes(heard.payload()).into_iter().for_each(|change| {
                    // Nobody watches: nobody to tell.
                    let _ = self.watchers.send(change);
                }),
                None => client.is_valid(SILENCE).map_err(lost)?,
            }
            if self.closed.try_recv() == Err(TryRecvError::Disconnected) {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Topic;

    fn change(id: String) -> Change {
        Change { topic: Topic::Call, id, connection: Some("c1".into()) }
    }

    #[test]
    fn changes_come_out_of_their_announcements_as_they_went_in() {
        let many: Vec<_> = (0..500).map(|n| change(format!("call-{n:030}"))).collect();
        let packed = payloads(&many);
        assert!(packed.len() > 1 && packed.iter().all(|payload| payload.len() < 8000));
        assert_eq!(packed.iter().flat_map(|payload| changes(payload)).collect::<Vec<_>>(), many);
        assert!(payloads(&[]).is_empty());
    }

    #[test]
    fn what_is_too_long_or_not_understood_may_be_anything() {
        let long = payloads(&[change("x".repeat(9000)), change("c2".into())]);
        assert_eq!(changes(&long[0]), [Change::anything(), change("c2".into())]);
        assert_eq!(changes(r#"[{"topic":"weather","id":"1","connection":null}]"#), [Change::anything()]);
    }
}
