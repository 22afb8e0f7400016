//! The store as the rest of the house holds it: where it lives, and the two ways in.

use crate::checkpoints::Book;
use crate::job::{Message, pack};
use crate::sqlite::Sqlite;
use crate::writer::Writer;
use crate::{Change, Checkpoints, Error, Result, Tx, migrations, readers};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use tokio::sync::{broadcast, oneshot};

/// How many changes a slow watcher may lag behind before it is told that it missed some.
const WATCHERS_LAG: usize = 1024;

/// Where the state lives.
#[derive(Clone, Debug)]
pub enum Location {
    /// In memory, as long as the store is open.
    Memory,
    /// In an SQLite file, made if it is not there.
    Sqlite(PathBuf),
}

/// How the store is opened.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where the ends of the audit chains are noted outside the database, if anywhere.
    pub checkpoints: Option<Checkpoints>,
}

/// An open store. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writer: Sender<Message>,
    readers: Option<Sender<Message>>,
    changes: broadcast::Sender<Change>,
    torn: Vec<String>,
}

impl Store {
    /// Opens the state, brings it to the newest version, and starts its threads.
    ///
    /// # Errors
    /// When the file can't be opened, is no such database, or is of a newer version.
    pub fn open(location: Location, options: Options) -> Result<Store> {
        let mut database = match &location {
            Location::Memory => Sqlite::memory()?,
            Location::Sqlite(path) => Sqlite::open(path)?,
        };
        migrations::run(&mut database)?;
        let book = options.checkpoints.map(|place| Book::open(place, &mut database)).transpose()?;
        let torn = book.as_ref().map(Book::torn).unwrap_or_default();

        let (changes, _) = broadcast::channel(WATCHERS_LAG);
        let (sender, queue) = channel();
        let writer = Writer { database, book, changes: changes.clone() };
        thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer.work(&queue))
            .map_err(|error| Error::file("store-writer", error))?;
        let readers = match location {
            Location::Memory => None,
            Location::Sqlite(path) => Some(readers::start(&path).map_err(|error| Error::file(path, error))?),
        };
        Ok(Store { inner: Arc::new(Inner { writer: sender, readers, changes, torn }) })
    }

    /// Runs a transaction, and answers once it is durable. An error of the closure rolls back what it did and
    /// nothing else. Once begun it is not undone by dropping the future.
    ///
    /// The closure may be run again by a database that asks for it, so it must not have other effects.
    ///
    /// # Errors
    /// The closure's own, or the store's.
    pub async fn write<T, E>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        send(&self.inner.writer, false, work).await
    }

    /// Runs a closure on the last commit. It can't change anything; trying to is an error.
    ///
    /// # Errors
    /// The closure's own, or the store's.
    pub async fn read<T, E>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        send(self.inner.readers.as_ref().unwrap_or(&self.inner.writer), true, work).await
    }

    /// What changes from now on, after each commit.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.inner.changes.subscribe()
    }

    /// The chains whose checkpoint did not fit the database, when it was opened or earlier: somebody cut, replaced
    /// or restored one of the two. Their checkpoints don't advance, and the place of the break is kept beside them,
    /// so that verification goes on naming it.
    pub fn torn_chains(&self) -> &[String] {
        &self.inner.torn
    }

    /// Finishes what was begun and closes the database. Whoever comes later is told that it is closed.
    pub async fn close(self) {
        let readers = self.inner.readers.iter().flat_map(|readers| [readers; readers::READERS]);
        // The writer last: it is the one that tidies the files.
        for thread in readers.chain([&self.inner.writer]) {
            let (done, closed) = oneshot::channel();
            if thread.send(Message::Close(done)).is_ok() {
                // An error means that it was closed already.
                let _ = closed.await;
            }
        }
    }
}

async fn send<T, E>(
    thread: &Sender<Message>,
    only_reads: bool,
    work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (job, answer) = pack(work);
    thread.send(Message::Job { job, only_reads }).map_err(|_| Error::Closed)?;
    answer.await.unwrap_or_else(|_| Err(Error::Closed.into()))
}
