//! The handle that programs and tests hold: start, serve, and everything that the control routes can do, without HTTP.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::auth::Expire;
use crate::config::Config;
use crate::control::{DevicePatch, UnknownUnit};
use crate::dispatch::Core;
use crate::faults::Fault;
use crate::fleet::scripts::RepositoryItem;
use crate::journal::JournalEntry;
use crate::requests::RequestCounts;
use crate::serve;

/// One emulated N-central server. Clones share it.
#[derive(Clone)]
pub struct Emulator {
    core: Arc<Core>,
}

impl Emulator {
    /// Sets a server up. Nothing is read or computed ahead, whatever the size of the fleet.
    pub fn new(config: Config) -> Self {
        Self { core: Arc::new(Core::new(config)) }
    }

    /// The server as a service, to be called without a socket. A reset shows as a body that fails at once.
    pub fn router(&self) -> axum::Router {
        serve::router(Arc::clone(&self.core))
    }

    /// The User-API token that works now.
    pub fn jwt(&self) -> String {
        self.core.world().access.jwt().to_owned()
    }

    /// Answers HTTP until `shutdown` is ready.
    ///
    /// # Errors
    /// When the listener fails for good.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        serve::serve(self.core, listener, None, shutdown).await
    }

    /// Answers HTTPS with this certificate chain and key, both PEM, until `shutdown` is ready.
    ///
    /// # Errors
    /// When certificate and key cannot be used, or the listener fails for good.
    pub async fn serve_tls(
        self,
        listener: TcpListener,
        cert_pem: &[u8],
        key_pem: &[u8],
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let tls = serve::acceptor(cert_pem, key_pem)?;
        serve::serve(self.core, listener, Some(tls), shutdown).await
    }

    /// Starts a server on an open loopback port.
    ///
    /// # Errors
    /// When no loopback port can be bound.
    pub async fn start_local(config: Config) -> io::Result<Running> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let emulator = Self::new(config);
        let jwt = emulator.jwt();
        let (stop, stopped) = oneshot::channel::<()>();
        let mut task = JoinSet::new();
        task.spawn(emulator.clone().serve(listener, async {
            let _ = stopped.await;
        }));
        Ok(Running { url, jwt, emulator, stop, task })
    }

    /// Moves the emulator's clock ahead.
    pub fn advance(&self, by: Duration) {
        self.core.world().clock.advance(by);
    }

    /// Every applied change since the start or the last clearing, in order.
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.core.world().journal.entries().to_vec()
    }

    /// Forgets the journal's entries; their numbers go on.
    pub fn clear_journal(&self) {
        self.core.world().journal.clear();
    }

    /// What came in, counted per operation.
    pub fn requests(&self) -> RequestCounts {
        self.core.requests.snapshot()
    }

    /// Sets the counters back.
    pub fn clear_requests(&self) {
        self.core.requests.clear();
    }

    /// Replaces all faults.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.core.faults().replace(faults);
    }

    /// Replaces the chosen limits of calls in flight, by operation id or `*`.
    pub fn set_limits(&self, limits: impl IntoIterator<Item = (String, u16)>) {
        self.core.limits.choose(limits.into_iter().collect::<BTreeMap<_, _>>());
    }

    /// Restarts the server, which voids every access and refresh token.
    pub fn restart(&self) {
        self.core.world().access.restart();
    }

    /// Ends tokens. Answers the JWT that works from now on, where the old one does not.
    pub fn expire(&self, what: Expire) -> Option<String> {
        self.core.world().access.expire(what)
    }

    /// The script repository, which N-central itself does not list.
    pub fn repository(&self) -> Vec<RepositoryItem> {
        self.core.world().fleet.repository()
    }

    /// Moves or renames a device, as a technician would in the console. False when there is no such device.
    ///
    /// # Errors
    /// When the customer or site it should move to does not exist.
    pub fn patch_device(&self, device_id: i32, patch: &DevicePatch) -> Result<bool, UnknownUnit> {
        self.core.world().patch_device(device_id, patch)
    }
}

/// A server on a loopback port; it stops when this is dropped.
pub struct Running {
    /// Its address, `http://127.0.0.1:PORT`.
    pub url: String,
    /// The User-API token that it accepted at the start.
    pub jwt: String,
    /// The server itself.
    pub emulator: Emulator,
    stop: oneshot::Sender<()>,
    task: JoinSet<io::Result<()>>,
}

impl Running {
    /// Stops listening, lets open answers end for half a second, and returns when all is closed.
    pub async fn stop(mut self) {
        let _ = self.stop.send(());
        while self.task.join_next().await.is_some() {}
    }
}
