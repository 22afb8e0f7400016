//! The one writer. It takes whatever waits, runs each transaction inside its own savepoint, commits them with one
//! flush to the disk, and only then answers: thirty-two callers pay for one flush instead of thirty-two.

use crate::backend::Backend;
use crate::checkpoints::Book;
use crate::job::{Job, Message};
use crate::tx::AfterCommit;
use crate::{Change, Error, Result, Tx};
use std::iter;
use std::sync::mpsc::Receiver;
use tokio::sync::{broadcast, oneshot};

/// Most transactions in one commit, so that the first does not wait for an endless queue.
const GROUP: usize = 256;

pub(crate) struct Writer {
    pub(crate) database: Box<dyn Backend>,
    pub(crate) book: Option<Book>,
    pub(crate) changes: broadcast::Sender<Change>,
}

impl Writer {
    /// Works until the store is closed or dropped.
    pub(crate) fn work(mut self, queue: &Receiver<Message>) {
        let mut closing: Option<oneshot::Sender<()>> = None;
        while closing.is_none() {
            let Ok(first) = queue.recv() else { break };
            let mut group = Vec::new();
            for message in iter::once(first).chain(queue.try_iter()).take(GROUP) {
                match message {
                    Message::Job { job, only_reads } => group.push((job, only_reads)),
                    Message::Close(done) => {
                        closing = Some(done);
                        break;
                    }
                }
            }
            if !group.is_empty() {
                self.run(group);
            }
        }
        drop(self);
        if let Some(done) = closing {
            let _ = done.send(());
        }
    }

    fn run(&mut self, mut group: Vec<(Box<dyn Job>, bool)>) {
        let (mut committed, mut after) = self.commit(&mut group);
        if matches!(committed, Err(Error::Unreachable { .. })) {
            // The connection was lost before anything was kept; a new one may do.
            (committed, after) = self.commit(&mut group);
        }
        match &committed {
            Ok(()) => {
                if let Some(book) = &mut self.book {
                    book.extend(&after.heads);
                }
            }
            Err(error) => tracing::error!(%error, transactions = group.len(), "a commit failed"),
        }
        if matches!(committed, Ok(()) | Err(Error::CommitUnknown)) {
            for change in after.changes {
                // Nobody watches: nobody to tell.
                let _ = self.changes.send(change);
            }
        }
        for (job, _) in group {
            job.answer(committed.clone());
        }
    }

    /// Runs a group and commits it. Of one that failed nothing is kept, but for [`Error::CommitUnknown`].
    fn commit(&mut self, group: &mut [(Box<dyn Job>, bool)]) -> (Result<()>, AfterCommit) {
        let mut after = AfterCommit::default();
        let mut committed = self.work_off(group, &mut after);
        if committed.is_ok() {
            committed = self.database.commit(&after.changes);
        }
        if committed.is_err() {
            self.database.roll_back();
        }
        (committed, after)
    }

    fn work_off(&mut self, group: &mut [(Box<dyn Job>, bool)], after: &mut AfterCommit) -> Result<()> {
        self.database.begin()?;
        for (job, only_reads) in group {
            self.database.enter(*only_reads)?;
            let mut tx = Tx::new(self.database.as_mut());
            let mut keep = job.run(&mut tx) && !*only_reads;
            let left = tx.after;
            if let (true, Some(error)) = (keep, self.database.spoiled()) {
                job.spoil(error);
                keep = false;
            }
            self.database.leave(keep)?;
            if keep {
                after.extend(left);
            }
        }
        match &mut self.book {
            Some(book) => book.introduce(self.database.as_mut(), &after.heads),
            None => Ok(()),
        }
    }
}
