//! PostgreSQL behind the interface, for several gateway nodes on one state.
//!
//! Every transaction was written for one writer at a time, and that stays true: the writers of all nodes take the
//! same advisory lock first, so that what a closure has checked still holds when it acts. Readers see a snapshot
//! and wait for nobody.
//!
//! A connection may be lost at any moment. What was not committed by then is run again on a new one; where the
//! commit itself was on its way nobody knows, and [`Error::CommitUnknown`] says so. The server could be asked what
//! became of the transaction, but after a fail-over another server would answer with its own numbers.

mod address;
mod feed;
mod session;
mod value;

pub(crate) use feed::Feed;

use crate::backend::Backend;
use crate::sql::bind;
use crate::value::Value;
use crate::{Change, Error, Result, Row, Sql, dialect};
use address::Address;
use postgres::error::{Severity, SqlState};
use secrecy::SecretString;
use session::Session;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;

/// The first half of the name of the writers' lock; the other tells the schema.
const LOCK: i32 = i32::from_be_bytes(*b"ncga");

/// How long nobody tries to connect again after a failure: at first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// A connection to a PostgreSQL database that comes back when it was lost.
pub(crate) struct Postgres {
    address: Address,
    session: Option<Session>,
    down: Option<Down>,
    mark: Mark,
    spoiled: Option<Error>,
    /// The server's name for the connection, by which the node knows its own announcements.
    process: Arc<AtomicI32>,
}

/// The last attempt to connect has failed.
struct Down {
    why: String,
    since: Instant,
    pause: Duration,
}

/// Where the savepoint stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Before everything that is not kept yet.
    Set,
    /// Before what the last closure did, which is kept.
    Behind,
}

/// Why a statement failed: the server, or whoever was given its rows.
enum Failure {
    Server(postgres::Error),
    Visitor(Error),
}

impl From<postgres::Error> for Failure {
    fn from(error: postgres::Error) -> Self {
        Failure::Server(error)
    }
}

impl Postgres {
    /// A database that is not connected to before it is needed.
    ///
    /// # Errors
    /// [`Error::Address`].
    pub(crate) fn new(url: &SecretString) -> Result<Self> {
        Ok(Self::at(Address::parse(url)?))
    }

    fn at(address: Address) -> Self {
        let process = Arc::new(AtomicI32::new(0));
        Self { address, session: None, down: None, mark: Mark::Set, spoiled: None, process }
    }

    /// Starts to listen to what other processes change; what this connection announces itself is left out, because
    /// its watchers are told at once.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub(crate) fn feed(&self, watchers: broadcast::Sender<Change>) -> Result<Feed> {
        Feed::start(Self::at(self.address.clone()), Arc::clone(&self.process), watchers)
            .map_err(|error| Error::file("a thread of the store", error))
    }

    fn session(&mut self) -> Result<&mut Session> {
        match &mut self.session {
            Some(session) => Ok(session),
            // Nothing of what was begun is there any more.
            None => Err(Error::Unreachable { why: "the connection was lost".into() }),
        }
    }

    /// Connects, unless that has failed just now.
    fn connect(&mut self) -> Result<&mut Session> {
        if self.session.as_ref().is_some_and(|session| session.client.is_closed()) {
            self.session = None;
        }
        if self.session.is_none() {
            if let Some(down) = self.down.as_ref().filter(|down| down.since.elapsed() < down.pause) {
                return Err(Error::Unreachable { why: down.why.clone() });
            }
            match Session::open(&self.address) {
                Ok(session) => {
                    if self.down.take().is_some() {
                        tracing::info!("the database is back");
                    }
                    self.process.store(session.process, Ordering::Relaxed);
                    self.session = Some(session);
                }
                Err(error) => {
                    let pause = self.down.as_ref().map_or(PAUSE.0, |down| (down.pause * 2).min(PAUSE.1));
                    let why = match &error {
                        Error::Unreachable { why } => why.clone(),
                        other => other.to_string(),
                    };
                    self.down = Some(Down { why, since: Instant::now(), pause });
                    return Err(error);
                }
            }
        }
        self.session()
    }

    /// Runs a batch of the transaction's own.
    fn run(&mut self, sql: &str) -> Result<()> {
        let ran = self.session()?.client.batch_execute(sql);
        self.noted(ran.map_err(Failure::Server))
    }

    /// Makes the store's error of a failure, and forgets a connection that can't be used any more.
    fn noted<T>(&mut self, ran: Result<T, Failure>) -> Result<T> {
        let error = match ran {
            Ok(done) => return Ok(done),
            Err(Failure::Visitor(error)) => return Err(error),
            Err(Failure::Server(error)) => error,
        };
        let closed =
            error.is_closed() || self.session.as_ref().is_some_and(|session| session.client.is_closed());
        // A prepared statement whose tables have changed, or that is not there: both end with the connection.
        let stale = [&SqlState::FEATURE_NOT_SUPPORTED, &SqlState::INVALID_SQL_STATEMENT_NAME];
        if closed || is_fatal(&error) || error.code().is_some_and(|code| stale.contains(&code)) {
            self.session = None;
            let error = Error::Unreachable { why: describe(&error) };
            self.spoiled = Some(error.clone());
            return Err(error);
        }
        let error = Error::Postgres { message: describe(&error) };
        self.spoiled = Some(error.clone());
        Err(error)
    }

    fn tell(&mut self, changes: &[Change]) -> Result<()> {
        let Some(place) = self.session.as_ref().map(|session| session.place) else { return Ok(()) };
        for payload in feed::payloads(changes) {
            self.execute("SELECT pg_notify($1, $2)", bind![feed::channel(place), payload])?;
        }
        Ok(())
    }
}

impl Sql for Postgres {
    fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64> {
        let ran = self.session()?.execute(sql, params);
        self.noted(ran)
    }

    fn each(
        &mut self,
        sql: &'static str,
        params: &[Value],
        visit: &mut dyn FnMut(Row) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let ran = self.session()?.each(sql, params, visit);
        self.noted(ran)
    }

    fn batch(&mut self, sql: &'static str) -> Result<()> {
        self.run(sql)
    }
}

impl Backend for Postgres {
    fn begin(&mut self) -> Result<()> {
        let place = self.connect()?.place;
        (self.mark, self.spoiled) = (Mark::Set, None);
        // Waiting for the lock has a limit of its own.
        self.run(&format!(
            "BEGIN; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({LOCK}, {place});
             SET LOCAL statement_timeout = '10s'; SAVEPOINT one"
        ))
    }

    fn begin_reading(&mut self) -> Result<()> {
        self.connect()?;
        self.spoiled = None;
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    fn enter(&mut self, _: bool) -> Result<()> {
        if self.mark == Mark::Behind {
            self.run("RELEASE one; SAVEPOINT one")?;
        }
        (self.mark, self.spoiled) = (Mark::Set, None);
        Ok(())
    }

    fn spoiled(&self) -> Option<Error> {
        self.spoiled.clone()
    }

    fn leave(&mut self, keep: bool) -> Result<()> {
        if keep {
            self.mark = Mark::Behind;
            return self.session().map(|_| ());
        }
        self.spoiled = None;
        self.run("ROLLBACK TO one")
    }

    fn commit(&mut self, changes: &[Change]) -> Result<()> {
        self.tell(changes)?;
        match self.session()?.client.batch_execute("COMMIT") {
            Ok(()) => Ok(()),
            // The server refused and is still there, so it has undone everything.
            Err(error) if error.as_db_error().is_some() && !is_fatal(&error) => {
                Err(Error::Postgres { message: describe(&error) })
            }
            Err(error) => {
                tracing::error!(error = describe(&error), "the connection was lost during a commit");
                self.session = None;
                Err(Error::CommitUnknown)
            }
        }
    }

    fn roll_back(&mut self) {
        let ended = self.session.as_mut().map(|session| session.client.batch_execute("ROLLBACK"));
        if !matches!(ended, Some(Ok(()))) {
            self.session = None;
        }
    }

    fn after_migrations(&mut self) -> Result<()> {
        self.run(dialect::COMPARE_BY_BYTES)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

/// Whether the server ended the connection with this.
fn is_fatal(error: &postgres::Error) -> bool {
    let severity = error.as_db_error().and_then(|error| error.parsed_severity());
    matches!(severity, Some(Severity::Fatal | Severity::Panic))
}

/// What happened, in one line. Not the server's detail: it quotes rows.
fn describe(error: &postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return format!("{} (SQLSTATE {})", error.message(), error.code().code());
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}
