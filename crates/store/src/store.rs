//! The store as the rest of the house holds it: where it lives, and the two ways in.

use crate::backend::Backend;
use crate::checkpoints::{Book, Torn};
use crate::job::{Message, pack};
use crate::postgres::{Feed, Postgres};
use crate::readers::Connect;
use crate::sqlite::Sqlite;
use crate::writer::Writer;
use crate::{Change, Checkpoints, Error, Result, Tx, migrations, readers};
use secrecy::SecretString;
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
    /// In a PostgreSQL database, which several processes may have open at once. The address is of the form
    /// `postgres://user:password@host:port/database?sslmode=…`; see `docs/deploy-several-nodes.md`. Its user must
    /// be allowed to make tables in the first schema of the search path.
    Postgres(SecretString),
}

impl Location {
    /// How connections to it are made; none where there is but one, and that is made here.
    fn connect(&self) -> Option<Connect> {
        match self.clone() {
            Location::Memory => None,
            Location::Sqlite(path) => Some(Arc::new(move || Ok(Box::new(Sqlite::open_to_read(&path)?)))),
            Location::Postgres(url) => Some(Arc::new(move || Ok(Box::new(Postgres::new(&url)?)))),
        }
    }
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
    torn: Torn,
    _feed: Option<Feed>,
}

impl Store {
    /// Opens the state, brings it to the newest version, and starts its threads.
    ///
    /// # Errors
    /// When the file can't be opened or the database not be reached, when it is no such database, or is of a newer
    /// version.
    pub fn open(location: Location, options: Options) -> Result<Store> {
        let (changes, _) = broadcast::channel(WATCHERS_LAG);
        let no_thread = |error| Error::file("a thread of the store", error);
        let connect = location.connect();
        // On the writer's own thread from the beginning: a driver with a runtime of its own can't be used on one
        // that belongs to another runtime.
        let (opened, opening) = channel();
        let (sender, queue) = channel();
        let watchers = changes.clone();
        thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || match Writer::open(&location, options, watchers) {
                Ok((writer, feed)) => {
                    let torn = writer.book.as_ref().map(Book::torn).unwrap_or_default();
                    let _ = opened.send(Ok((torn, feed)));
                    writer.work(&queue);
                }
                Err(error) => {
                    let _ = opened.send(Err(error));
                }
            })
            .map_err(no_thread)?;
        let (torn, feed) = opening.recv().unwrap_or(Err(Error::Closed))?;
        let readers = connect.map(readers::start).transpose().map_err(no_thread)?;
        Ok(Store { inner: Arc::new(Inner { writer: sender, readers, changes, torn, _feed: feed }) })
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

    /// The chains whose checkpoint did not fit the database, when it was opened, earlier, or when they were last written
    /// on: somebody cut, replaced or restored one of the two. Their checkpoints don't advance, and the place of the break is kept beside them,
    /// so that verification goes on naming it.
    pub fn torn_chains(&self) -> Vec<String> {
        self.inner.torn.all()
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

impl Writer {
    /// Opens a database to write to, brings it to the newest version, and compares it with its checkpoints.
    fn open(
        location: &Location,
        options: Options,
        changes: broadcast::Sender<Change>,
    ) -> Result<(Self, Option<Feed>)> {
        let mut feed = None;
        let mut database: Box<dyn Backend> = match location {
            Location::Memory => Box::new(Sqlite::memory()?),
            Location::Sqlite(path) => Box::new(Sqlite::open(path)?),
            Location::Postgres(url) => {
                let database = Postgres::new(url)?;
                feed = Some(database.feed(changes.clone())?);
                Box::new(database)
            }
        };
        migrations::run(database.as_mut())?;
        // At one moment of the database, however others go on with it.
        database.begin_reading()?;
        let book = options.checkpoints.map(|place| Book::open(place, database.as_mut())).transpose();
        database.roll_back();
        let book = book?;
        Ok((Writer { database, book, changes }, feed))
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
