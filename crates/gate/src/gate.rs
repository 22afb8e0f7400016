//! The gate itself: what it is made of, how it opens and how it goes down.

use crate::admin::{KnownKeys, Proofs};
use crate::boundary::{self, Owner};
use crate::clock::SystemClock;
use crate::events::History;
use crate::execute::held::Held;
use crate::keyring::MasterKey;
use crate::limits::{Limits, Taken};
use crate::metrics::Metrics;
use crate::nodes::{Commons, Member, same_key};
use crate::record::Recorder;
use crate::registry::Registry;
use crate::seal::Sealer;
use crate::webhooks::Webhooks;
use crate::{Event, execute, upkeep};
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
    /// In a database that other nodes use as well; the directory that this process owns holds the rest.
    Shared(Owner, SecretString),
    /// In what several gates of this process have in common, each under the name of its node; for tests.
    Common(Commons, String),
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
    /// How long a webhook's receiver may take to answer.
    pub webhook_deadline: Duration,
    /// Base address of the approval pages; none where no pages are served.
    pub public_url: Option<String>,
    /// Where this process listens, for the list of nodes.
    pub address: Option<String>,
    /// What one caller may take.
    pub limits: Limits,
    /// Free bytes on the state's disk below which the doctor warns.
    pub free_space: u64,
    /// Whether an agent's own program opens the state, so that the gate stands on the agent's side of the boundary.
    pub opened_by_agent: bool,
    /// How long a call that is over is kept; the record of it stays. None keeps them for ever.
    pub keep_calls: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            approval_ttl: Duration::from_secs(3600),
            upstream_deadline: Duration::from_secs(20),
            webhook_deadline: Duration::from_secs(15),
            public_url: None,
            address: None,
            limits: Limits::default(),
            free_space: 1 << 30,
            opened_by_agent: false,
            keep_calls: Some(upkeep::KEEP_CALLS),
        }
    }
}

/// How long after the last exchange's deadline what came of it may take to be written down.
const SETTLING: Duration = Duration::from_secs(5);

/// The one doorway. Clones are handles on the same gate.
#[derive(Clone)]
pub struct Gate {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) sealer: Sealer,
    pub(crate) options: Options,
    pub(crate) registry: Registry,
    pub(crate) known_keys: KnownKeys,
    pub(crate) taken: Taken,
    pub(crate) proofs: Proofs,
    pub(crate) recorder: Recorder,
    pub(crate) webhooks: Webhooks,
    pub(crate) events: broadcast::Sender<Event>,
    /// The same, kept for a while.
    pub(crate) history: History,
    /// Everything that outlives a request: executions, read-backs, the batch of the record.
    pub(crate) tasks: TaskTracker,
    pub(crate) stopping: CancellationToken,
    /// Cancelled earlier: nothing new is begun here, and whoever waits is told how things are.
    pub(crate) draining: CancellationToken,
    /// The calls that this process runs.
    pub(crate) held: Held,
    /// What this process is among the nodes on its database.
    pub(crate) member: Member,
    /// Tells the worker that there is something to run or to expire.
    pub(crate) wake: Notify,
    pub(crate) metrics: Arc<Metrics>,
    /// Held by whoever changes the master key.
    pub(crate) changing_key: tokio::sync::Mutex<()>,
    pub(crate) owner: Option<Owner>,
    /// Whether other gates of this process use the same store.
    has_common_store: bool,
}

/// A home that was entered.
struct Opened {
    owner: Option<Owner>,
    sealer: Sealer,
    store: Store,
    /// The id of this node, where there may be others.
    node: Option<String>,
}

impl Opened {
    fn new(home: Home) -> Result<Self, Problem> {
        let open = |location, checkpoints| {
            Store::open(location, store::Options { checkpoints }).map_err(store_problem)
        };
        let beside = |owner: &Owner, sealer: &Sealer| {
            Some(Checkpoints::file(boundary::checkpoints(owner.dir()), sealer.checkpoint_keys()))
        };
        Ok(match home {
            Home::State(owner) => {
                let sealer = Sealer::new(owner.master_key());
                let location = Location::Sqlite(boundary::database(owner.dir()));
                let store = open(location, beside(&owner, &sealer))?;
                Self { owner: Some(owner), sealer, store, node: None }
            }
            Home::Shared(owner, database) => {
                let sealer = Sealer::new(owner.master_key());
                let node = owner.node_id().map_err(|error| crate::state_error(&error))?;
                let store = Store::open(
                    Location::Postgres(database),
                    store::Options { checkpoints: beside(&owner, &sealer) },
                )
                .map_err(database_problem)?;
                Self { owner: Some(owner), sealer, store, node: Some(node) }
            }
            Home::Common(commons, node) => {
                Self { owner: None, sealer: Sealer::new(commons.key), store: commons.store, node: Some(node) }
            }
            Home::Memory => {
                let sealer = Sealer::new(MasterKey::generate());
                Self { owner: None, sealer, store: open(Location::Memory, None)?, node: None }
            }
        })
    }
}

impl Gate {
    /// Opens the state, recovers what an earlier owner left half done, and starts the worker.
    ///
    /// # Errors
    /// A state that can't be read, or was sealed under another key.
    pub async fn open(home: Home, options: Options) -> Result<Gate, Problem> {
        let has_common_store = matches!(home, Home::Common(..));
        let Opened { owner, sealer, store, node } = Opened::new(home)?;
        same_key::check(&store, &sealer.key()).await?;
        let tasks = TaskTracker::new();
        let inner = Arc::new(Inner {
            registry: Registry::new(),
            recorder: Recorder::new(),
            webhooks: Webhooks::new(options.webhook_deadline),
            known_keys: KnownKeys::default(),
            taken: Taken::default(),
            proofs: Proofs::default(),
            events: broadcast::channel(1024).0,
            history: History::new(),
            stopping: CancellationToken::new(),
            draining: CancellationToken::new(),
            held: Held::default(),
            member: Member::new(node, options.clock.now()),
            wake: Notify::new(),
            metrics: Metrics::new(options.clock.now()),
            changing_key: tokio::sync::Mutex::new(()),
            store,
            sealer,
            options,
            tasks,
            owner,
            has_common_store,
        });
        let gate = Gate { inner };
        gate.refresh_connections().await?;
        crate::ask::free_abandoned(&gate).await;
        if !gate.inner.member.is_alone() {
            gate.spawn(crate::nodes::follow(gate.clone()));
            gate.spawn(crate::nodes::beat(gate.clone()));
        }
        gate.spawn(crate::events::relay(gate.clone()));
        gate.spawn(crate::record::flush_regularly(gate.clone()));
        gate.spawn(execute::held::keep(gate.clone()));
        gate.spawn(execute::worker(gate.clone()));
        gate.spawn(crate::webhooks::worker(gate.clone()));
        gate.spawn(upkeep::resume_key_change(gate.clone()));
        gate.spawn(upkeep::forget_regularly(gate.clone()));
        Ok(gate)
    }

    /// Begins no more work and says that it is not ready, but goes on answering. What waits here for a decision or an
    /// outcome is told how things are; what is queued is left to other nodes, or to the next start.
    pub fn drain(&self) {
        self.inner.draining.cancel();
    }

    /// Whether it is on its way down.
    pub fn is_draining(&self) -> bool {
        self.inner.draining.is_cancelled()
    }

    /// Takes no more calls, lets what is being sent finish, writes the rest of the record, closes the store.
    pub async fn shutdown(&self) {
        self.drain();
        self.inner.stopping.cancel();
        self.inner.wake.notify_waiters();
        self.inner.tasks.close();
        // An exchange ends at its deadline; what takes longer than that goes on at the next start.
        let longest = self.inner.options.upstream_deadline + SETTLING;
        if tokio::time::timeout(longest, self.inner.tasks.wait()).await.is_err() {
            tracing::warn!(
                tasks = self.inner.tasks.len(),
                "not everything ended in time; the rest is cut off"
            );
        }
        if let Err(error) = self.flush_record().await {
            tracing::error!(%error, "the last audit entries of look-ups could not be written");
        }
        self.sign_off().await;
        if !self.inner.has_common_store {
            self.inner.store.clone().close().await;
        }
    }

    /// Whether the gate can do its work: the store answers and it is not going down.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn readiness(&self) -> Result<(), String> {
        if self.inner.draining.is_cancelled() {
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
        self.inner.webhooks.wake.notify_one();
    }

    /// How long one exchange with N-central may take.
    pub fn upstream_deadline(&self) -> Duration {
        self.inner.options.upstream_deadline
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
    /// Where the state is; none for a gate in memory.
    pub(crate) fn state_dir(&self) -> Option<&std::path::Path> {
        self.owner.as_ref().map(Owner::dir)
    }

    /// What identifies a command of the user who owns the state; none for a gate in memory.
    pub(crate) fn owner_token(&self) -> Option<&SecretString> {
        self.owner.as_ref().map(Owner::token)
    }
}

/// The problem for a failure of the store: nothing was changed, and the log has the rest.
pub(crate) fn store_problem(error: store::Error) -> Problem {
    if matches!(error, store::Error::Closed) {
        return going_down();
    }
    tracing::error!(%error, "the store failed");
    if matches!(error, store::Error::CommitUnknown) {
        return Problem::new(
            Kind::Internal,
            "the gateway lost its database while it kept this; it may have been kept",
        )
        .changed(Changed::Unknown)
        .hint("look at the call, or at what you changed, before you ask again");
    }
    Problem::new(Kind::Internal, "the gateway's own store failed; nothing was changed")
        .hint("look at the gateway's log and at `ncgate doctor`")
        .retryable(true)
}

/// The problem for a database that a node can't begin with: the address or the server is wrong, or it is not there.
fn database_problem(error: store::Error) -> Problem {
    Problem::new(Kind::Internal, format!("the database can't be used: {error}")).hint(
        "look at the address in NCGATE_DATABASE or its file, and whether that server runs and lets this machine in",
    )
}

/// The problem for what comes after the gateway was told to go down. Nothing was begun.
pub(crate) fn going_down() -> Problem {
    Problem::new(Kind::ShuttingDown, "the gateway is going down; nothing was begun")
        .retryable(true)
        .hint("try again in a moment; another node, or the next start, answers")
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
