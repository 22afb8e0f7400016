//! The readers of a database: each has a connection that can only read, and sees the last commit without waiting
//! for the writer.

use crate::backend::Backend;
use crate::job::{Job, Message};
use crate::{Error, Result, Tx};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// How many there are: a long scan by one leaves the other for short look-ups.
pub(crate) const READERS: usize = 2;

/// Makes a connection for a reader.
pub(crate) type Connect = Arc<dyn Fn() -> Result<Box<dyn Backend>> + Send + Sync>;

/// Starts the readers; they end when told, or when the sender is dropped.
pub(crate) fn start(connect: Connect) -> std::io::Result<Sender<Message>> {
    let (sender, queue) = channel();
    let queue = Arc::new(Mutex::new(queue));
    for _ in 0..READERS {
        let (queue, connect) = (Arc::clone(&queue), Arc::clone(&connect));
        thread::Builder::new().name("store-reader".into()).spawn(move || work(&connect, &queue))?;
    }
    Ok(sender)
}

fn work(connect: &Connect, queue: &Mutex<Receiver<Message>>) {
    let mut database = None;
    loop {
        // Whoever waits for the next message holds the lock; the others wait for the lock.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(Message::Job { mut job, .. }) => {
                let mut ran = run(connect, &mut database, job.as_mut());
                if matches!(ran, Err(Error::Unreachable { .. })) {
                    // The connection was lost since it was last used, or just now; a new one may do.
                    ran = run(connect, &mut database, job.as_mut());
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
fn run(connect: &Connect, database: &mut Option<Box<dyn Backend>>, job: &mut dyn Job) -> Result<()> {
    let database = match database {
        Some(database) => database,
        None => database.insert(connect()?),
    };
    let mut ran = database.begin_reading();
    if ran.is_ok() {
        job.run(&mut Tx::new(database.as_mut()));
        if let Some(lost @ Error::Unreachable { .. }) = database.spoiled() {
            ran = Err(lost);
        }
    }
    database.roll_back();
    ran
}
