//! The readers of a database file: each has a connection that can only read, and sees the last commit without
//! waiting for the writer.

use crate::job::{Job, Message};
use crate::sqlite::Sqlite;
use crate::{Result, Sql, Tx};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// How many there are: a long scan by one leaves the other for short look-ups.
pub(crate) const READERS: usize = 2;

/// Starts the readers; they end when told, or when the sender is dropped.
pub(crate) fn start(path: &Path) -> std::io::Result<Sender<Message>> {
    let (sender, queue) = channel();
    let queue = Arc::new(Mutex::new(queue));
    for _ in 0..READERS {
        let (queue, path) = (Arc::clone(&queue), path.to_owned());
        thread::Builder::new().name("store-reader".into()).spawn(move || work(path, &queue))?;
    }
    Ok(sender)
}

fn work(path: PathBuf, queue: &Mutex<Receiver<Message>>) {
    let mut database: Option<Sqlite> = None;
    loop {
        // Whoever waits for the next message holds the lock; the others wait for the lock.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(Message::Job { mut job, .. }) => {
                let ran = run(&path, &mut database, job.as_mut());
                if ran.is_err() {
                    // Whatever state the connection is in, the next closure gets a fresh one.
                    database = None;
                }
                job.answer(ran);
            }
            Ok(Message::Close(done)) => {
                drop(database);
                let _ = done.send(());
                return;
            }
            Err(_) => return,
        }
    }
}

/// Runs one closure on one snapshot. The connection is opened when it is first needed, so that a short-lived
/// process does not pay for it.
fn run(path: &Path, database: &mut Option<Sqlite>, job: &mut dyn Job) -> Result<()> {
    let database = match database {
        Some(database) => database,
        None => database.insert(Sqlite::open_to_read(path)?),
    };
    database.execute("BEGIN", &[])?;
    job.run(&mut Tx::new(database));
    database.execute("ROLLBACK", &[])?;
    Ok(())
}
