//! The one writer. It takes whatever waits, runs each transaction inside its own savepoint, commits them with one
//! flush to the disk, and only then answers: thirty-two callers pay for one flush instead of thirty-two.

use crate::checkpoints::Book;
use crate::job::{Job, Message};
use crate::sqlite::Sqlite;
use crate::tx::AfterCommit;
use crate::{Change, Error, Result, Sql, Tx};
use std::iter;
use std::sync::mpsc::Receiver;
use tokio::sync::{broadcast, oneshot};

/// Most transactions in one commit, so that the first does not wait for an endless queue.
const GROUP: usize = 256;

pub(crate) struct Writer {
    pub(crate) database: Sqlite,
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
        let mut after = AfterCommit::default();
        let committed = self.commit(&mut group, &mut after);
        if let Err(error) = &committed {
            tracing::error!(%error, transactions = group.len(), "a commit failed, nothing of it is kept");
            // Refused where the failure itself has ended the transaction; otherwise it must not stay open.
            let _ = self.database.execute("ROLLBACK", &[]);
        } else {
            if let Some(book) = &mut self.book {
                book.extend(&after.heads);
            }
            for change in after.changes {
                // Nobody watches: nobody to tell.
                let _ = self.changes.send(change);
            }
        }
        for (job, _) in group {
            job.answer(committed.clone());
        }
    }

    fn commit(&mut self, group: &mut [(Box<dyn Job>, bool)], after: &mut AfterCommit) -> Result<()> {
        self.database.execute("BEGIN IMMEDIATE", &[])?;
        for (job, only_reads) in group {
            self.database.execute("SAVEPOINT one", &[])?;
            self.database.only_read(*only_reads)?;
            let mut tx = Tx::new(&mut self.database);
            let keep = job.run(&mut tx);
            let left = tx.after;
            self.database.only_read(false)?;
            if !self.database.in_transaction() {
                return Err(Error::Corrupt { what: "the database ended the transaction by itself".into() });
            }
            if keep && !*only_reads {
                after.extend(left);
            } else {
                self.database.execute("ROLLBACK TO one", &[])?;
            }
            self.database.execute("RELEASE one", &[])?;
        }
        if let Some(book) = &mut self.book {
            book.introduce(&after.heads)?;
        }
        self.database.execute("COMMIT", &[])?;
        Ok(())
    }
}
