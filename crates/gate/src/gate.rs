//! The gate itself: what it is made of, how it opens and how it goes down.

use crate::admin::KnownKeys;
use crate::boundary::{self, Owner};
use crate::clock::SystemClock;
use crate::record::Recorder;
use crate::registry::Registry;
use crate::seal::{MasterKey, Sealer};
use crate::{Event, execute};
use model::{CallId, Changed, Clock, ConnectionId, Kind, Problem, Timestamp};
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;
use store::{Checkpoints, Location, Store};
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Where the gate keeps its state.
#[derive(Debug)]
pub enum Home {
    /// In a state directory that this process owns.
    State(Owner),
    /// In memory, for tests.
    Memory,
}

/// Settings of a gate.
#[derive(Clone)]
pub struct Options {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// How long an approval waits for its decision.
    pub approval_ttl: Duration,
    /// How long one exchange with N-central may take, connect to last byte.
    pub upstream_deadline: Duration,
    /// Base address of the approval pages; none where no pages are served.
    pub public_url: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            approval_ttl: Duration::from_secs(3600),
            upstream_deadline: Duration::from_secs(20),
            public_url: None,
        }
    }
}

/// The one doorway. Clones are handles on the same gate.
#[derive(Clone)]
pub struct Gate {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) sealer: Sealer,
    pub(crate) vault_key: [u8; 32],
    pub(crate) options: Options,
    pub(crate) registry: Registry,
    pub(crate) known_keys: KnownKeys,
    pub(crate) recorder: Recorder,
    pub(crate) events: broadcast::Sender<Event>,
    /// Everything that outlives a request: executions, read-backs, the batch of the record.
    pub(crate) tasks: TaskTracker,
    pub(crate) stopping: CancellationToken,
    /// Tells the worker that there is something to run or to expire.
    pub(crate) wake: Notify,
    owner: Option<Owner>,
}

impl Gate {
    /// Opens the state, recovers what an earlier owner left half done, and starts the worker.
    ///
    /// # Errors
    /// A state that can't be read, or was sealed under another key.
    pub async fn open(home: Home, options: Options) -> Result<Gate, Problem> {
        let (owner, key, location, checkpoints) = match home {
            Home::State(owner) => {
                let key = owner.master_key();
                let points = Checkpoints::file(boundary::checkpoints(owner.dir()), key.checkpoint_key());
                let location = Location::Sqlite(boundary::database(owner.dir()));
                (Some(owner), key, location, Some(points))
            }
            Home::Memory => (None, MasterKey::generate(), Location::Memory, None),
        };
        let store = Store::open(location, store::Options { checkpoints }).map_err(store_problem)?;
        let sealer = key.sealer();
        let tasks = TaskTracker::new();
        let inner = Arc::new(Inner {
            registry: Registry::new(),
            recorder: Recorder::new(),
            known_keys: KnownKeys::default(),
            events: broadcast::channel(1024).0,
            stopping: CancellationToken::new(),
            wake: Notify::new(),
            vault_key: key.vault_key(),
            store,
            sealer,
            options,
            tasks,
            owner,
        });
        let gate = Gate { inner };
        gate.load_connections().await?;
        gate.spawn(crate::events::relay(gate.clone()));
        gate.spawn(crate::record::flush_regularly(gate.clone()));
        gate.spawn(execute::worker(gate.clone()));
        Ok(gate)
    }

    /// Takes no more calls, lets what is being sent finish, writes the rest of the record, closes the store.
    pub async fn shutdown(&self) {
        self.inner.stopping.cancel();
        self.inner.wake.notify_waiters();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
        if let Err(error) = self.flush_record().await {
            tracing::error!(%error, "the last audit entries of look-ups could not be written");
        }
        self.inner.store.clone().close().await;
    }

    /// Whether the gate can do its work: the store answers and it is not going down.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn readiness(&self) -> Result<(), String> {
        if self.inner.stopping.is_cancelled() {
            return Err("shutting down".into());
        }
        self.inner
            .store
            .read(|tx| store::stops::list(tx).map(|_| ()))
            .await
            .map_err(|error: store::Error| format!("the store does not answer: {error}"))
    }

    /// Has the worker look at once, for clocks that jump.
    pub fn nudge(&self) {
        self.inner.wake.notify_one();
    }

    /// What happens, as it happens.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.inner.events.subscribe()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.options.clock.now()
    }

    /// Runs something that outlives the request that began it; [`Gate::shutdown`] waits for it.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.tasks.spawn(task);
    }
}

impl Inner {
    /// What identifies a command of the user who owns the state; none for a gate in memory.
    pub(crate) fn owner_token(&self) -> Option<&SecretString> {
        self.owner.as_ref().map(Owner::token)
    }
}

/// The problem for a failure of the store: nothing was changed, and the log has the rest.
pub(crate) fn store_problem(error: store::Error) -> Problem {
    tracing::error!(%error, "the store failed");
    if matches!(error, store::Error::CommitUnknown) {
        return Problem::new(Kind::Internal, "the gateway lost its database while it kept this; it may have been kept")
            .changed(Changed::Unknown)
            .hint("look at the call, or at what you changed, before you ask again");
    }
    Problem::new(Kind::Internal, "the gateway's own store failed; nothing was changed")
        .hint("look at the gateway's log and at `ncgate doctor`")
        .retryable(true)
}

/// A refusal decided inside a transaction, or the store's own failure.
#[derive(Debug)]
pub(crate) enum Refused {
    Problem(Box<Problem>),
    Store(store::Error),
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Self {
        Refused::Store(error)
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Refused::Problem(Box::new(problem))
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Problem(problem) => *problem,
            Refused::Store(error) => store_problem(error),
        }
    }
}

/// A new id that sorts by time.
pub(crate) fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

pub(crate) fn new_call_id() -> CallId {
    CallId::new(new_id())
}

/// Where a connection's secrets lie, for sealing.
pub(crate) fn jwt_place(id: &ConnectionId) -> String {
    format!("connections/{id}/jwt")
}

/// Where a connection's tokens lie, for sealing.
pub(crate) fn tokens_place(id: &ConnectionId) -> String {
    format!("connections/{id}/tokens")
}

/// Where the secrets of a call's plan lie, for sealing.
pub(crate) fn secrets_place(id: &CallId) -> String {
    format!("calls/{id}/secrets")
}

/// Where the result of a call lies, for sealing.
pub(crate) fn result_place(id: &CallId) -> String {
    format!("calls/{id}/result")
}
