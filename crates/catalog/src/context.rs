//! What a tool is given when it works: the client, the clock, the caller's scope, the gateway's own lists. All of
//! it is passed as a value; nothing about the connection or the caller is ambient.

use futures::future::BoxFuture;
use model::secret::Vault;
use model::{CallId, Clock, Problem, Script};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the gateway itself knows and N-central does not. The gate implements it.
pub trait Local: Send + Sync {
    /// The connection's script list.
    fn scripts(&self) -> BoxFuture<'_, Result<Vec<Script>, Problem>>;

    /// The state of a held call of this caller, waiting for a decision up to `wait` (capped at 45 s by the gate);
    /// the object that surface.md gives for `n_central-get-approval`.
    fn approval<'a>(&'a self, approval_id: &'a str, wait: Duration) -> BoxFuture<'a, Result<Value, Problem>>;
}

/// Is told how far a long look-up has come.
pub trait Progress: Send + Sync {
    /// `done` of `total` steps are behind it; `what` says in a few words which.
    fn advance(&self, done: u64, total: Option<u64>, what: &str);
}

/// Progress that nobody follows.
#[derive(Debug)]
pub struct Silent;

impl Progress for Silent {
    fn advance(&self, _done: u64, _total: Option<u64>, _what: &str) {}
}

/// What a tool is given when it works.
pub struct Context {
    /// N-central, scoped to this call: every exchange is recorded, every permit is asked for in the caller's name.
    pub client: ncentral::Client,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// The call's id; task names carry it.
    pub call_id: CallId,
    /// The customers a key is narrowed to; none means all.
    pub customers: Option<Vec<i64>>,
    /// Most targets one call may act on.
    pub max_targets: u32,
    /// The gateway's own lists.
    pub local: Arc<dyn Local>,
    /// Who follows.
    pub progress: Arc<dyn Progress>,
    /// Takes the secrets of the plan that is being made.
    pub vault: Mutex<Vault>,
}

impl Context {
    /// Hides a secret in the plan that is being made: returns the mark that stands for it.
    pub fn hide(&self, secret: &str) -> Value {
        self.vault.lock().expect("no holder of the vault panics").hide(secret)
    }
}
