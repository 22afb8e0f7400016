//! A gateway in this process: the gate, pages, REST and MCP on one listener. `serve` is this and nothing else; every other
//! command that finds no owner of the state does the same on a loopback port for as long as it lives.

use crate::exit::defect;
use crate::listening::{self, Door};
use crate::settings::Settings;
use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CONNECTION, CONTENT_LENGTH};
use axum::middleware::{self, Next};
use axum::response::Response;
use gate::{Gate, Owner};
use http_body_util::BodyExt as _;
use model::{Kind, Problem};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long open answers get to end once the gate has drained.
const GRACE: Duration = Duration::from_millis(500);

/// A gateway in this process.
pub(crate) struct Host {
    gate: Gate,
    url: String,
    public_url: Option<String>,
    door: Door,
    /// Ends what agents still wait for.
    breaking_off: CancellationToken,
    answering: TaskTracker,
    patience: Duration,
    server: JoinSet<()>,
    watchers_url: Option<String>,
}

impl Host {
    /// Opens the state and serves it on whichever loopback port is free.
    ///
    /// # Errors
    /// As [`Host::open`]; no port that is free.
    pub(crate) async fn open_on_loopback(owner: Owner, settings: &Settings) -> Result<Host, Problem> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(|error| defect("no loopback port can be opened", &error))?;
        // No approval is told to be at an address that goes away with this command.
        let pages = settings.public_url().map(str::to_owned);
        Host::start(owner, listener, settings, pages).await
    }

    /// Opens the state and serves it. The address is published before the state is opened, so that whoever comes
    /// meanwhile waits at the listener instead of wondering.
    ///
    /// # Errors
    /// A state that can't be opened, an address that can't be written.
    pub(crate) async fn open(
        owner: Owner,
        listener: TcpListener,
        settings: &Settings,
    ) -> Result<Host, Problem> {
        let pages = match settings.public_url() {
            Some(url) => url.to_owned(),
            None => reachable(address_of(&listener)?),
        };
        Host::start(owner, listener, settings, Some(pages)).await
    }

    async fn start(
        owner: Owner,
        listener: TcpListener,
        settings: &Settings,
        pages: Option<String>,
    ) -> Result<Host, Problem> {
        let address = address_of(&listener)?;
        let url = reachable(address);
        owner.publish(&url).map_err(|error| defect("the gateway's address can't be written down", &error))?;
        let options =
            gate::Options { public_url: pages, address: Some(url.clone()), ..settings.gate_options() };
        let gate = Gate::open(settings.home(owner), options).await?;
        let (door, breaking_off) = (Door::default(), CancellationToken::new());
        let answering = TaskTracker::new();
        let router = router(&gate, address, settings, &door.closed, &breaking_off)?
            .layer(middleware::from_fn_with_state((gate.clone(), answering.clone()), count));
        let mut server = JoinSet::new();
        server.spawn(listening::serve(listener, router, door.clone()));
        Ok(Host {
            gate,
            url,
            public_url: settings.public_url().map(|url| url.trim_end_matches('/').to_owned()),
            door,
            breaking_off,
            answering,
            patience: settings.patience(),
            server,
            watchers_url: None,
        })
    }

    /// Serves metrics and probes on a port of their own, for whoever reaches it.
    pub(crate) fn serve_watchers(&mut self, listener: TcpListener) -> Result<(), Problem> {
        self.watchers_url = Some(reachable(address_of(&listener)?));
        let router = web::watching(self.gate.clone(), &web::Options::default());
        let door = Door { closed: self.breaking_off.clone(), ..Door::default() };
        self.server.spawn(listening::serve(listener, router, door));
        Ok(())
    }

    /// The base address of that port.
    pub(crate) fn watchers_url(&self) -> Option<&str> {
        self.watchers_url.as_deref()
    }

    /// Its base address, as a program on this machine reaches it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Its base address, as people reach it.
    pub(crate) fn public_url(&self) -> &str {
        self.public_url.as_deref().unwrap_or(&self.url)
    }

    /// The gate behind it.
    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Goes on answering for a while, and says that it is not ready, so that whoever distributes requests turns to other
    /// nodes.
    pub(crate) async fn drain(&self, time: Duration) {
        self.gate.drain();
        tokio::time::sleep(time).await;
    }

    /// Accepts no more, lets what has begun be answered, lets the gate finish, and returns when all is closed.
    pub(crate) async fn close(mut self) {
        self.gate.drain();
        self.door.closed.cancel();
        // What is on its way on a connection that was taken is answered as well.
        self.door.heard.cancelled().await;
        self.answering.close();
        if tokio::time::timeout(self.patience, self.answering.wait()).await.is_err() {
            tracing::warn!(requests = self.answering.len(), "some requests took too long and are broken off");
        }
        self.breaking_off.cancel();
        self.gate.shutdown().await;
        let ended = async { while self.server.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(GRACE, ended).await;
        self.server.shutdown().await;
    }
}

/// Counts a request until the last byte of its answer, and asks for another connection once this gateway is going.
async fn count(
    State((gate, answering)): State<(Gate, TaskTracker)>,
    request: Request,
    next: Next,
) -> Response {
    let counted = answering.token();
    let mut response = next.run(request).await;
    if gate.is_draining() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    // Below, the body forgets its length; without one it would be sent in chunks.
    if let Some(length @ 1..) = response.body().size_hint().exact() {
        response.headers_mut().entry(CONTENT_LENGTH).or_insert(length.into());
    }
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _ = &counted;
            frame
        }))
    })
}

/// REST and MCP, both behind the same guard and in the same shell.
fn router(
    gate: &Gate,
    address: SocketAddr,
    settings: &Settings,
    closing: &CancellationToken,
    breaking_off: &CancellationToken,
) -> Result<Router, Problem> {
    let mut trust = web::Trust::loopback();
    if !address.ip().is_loopback() {
        trust = trust.and_any_address();
    }
    let mut mcp = mcp::Options { shutdown: breaking_off.clone(), ..mcp::Options::default() };
    if let Some(url) = settings.public_url() {
        trust = trust.and_url(url)?;
        mcp.public_url = Some(url.to_owned());
        mcp.origins.push(url.to_owned());
    }
    // The guard knows the names that are ours, and stands before this.
    mcp.hosts = Vec::new();
    let options = web::Options {
        trust,
        public_url: settings.public_url().map(str::to_owned),
        closing: closing.clone(),
    };
    let agents = mcp::routes(mcp::LocalEntrance::new(gate.clone()), mcp).layer(web::guard(&options));
    Ok(web::router(gate.clone(), &options).merge(web::around(agents)))
}

/// Listens there.
///
/// # Errors
/// The address is none, is not this machine's, or is taken.
pub(crate) async fn listen(address: impl ToString) -> Result<TcpListener, Problem> {
    let address = address.to_string();
    TcpListener::bind(&address).await.map_err(|error| {
        let (kind, hint) = match error.kind() {
            ErrorKind::AddrInUse => (
                Kind::Conflict,
                "end the program that listens there, or give another address; port 0 stands for any that is free",
            ),
            ErrorKind::AddrNotAvailable => {
                (Kind::BadRequest, "this machine has no such address; 127.0.0.1 is for programs on it alone")
            }
            ErrorKind::PermissionDenied => {
                (Kind::Internal, "ports below 1024 take a privilege; give a higher one")
            }
            _ => (Kind::BadRequest, "give an address and a port, such as 127.0.0.1:8080"),
        };
        Problem::new(kind, format!("{address} can't be listened on: {error}")).hint(hint)
    })
}

fn address_of(listener: &TcpListener) -> Result<SocketAddr, Problem> {
    listener.local_addr().map_err(|error| defect("the listener has no address", &error))
}

/// An address that stands for every interface is reached at loopback.
fn reachable(address: SocketAddr) -> String {
    let ip = match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
        other => other.ip(),
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

/// Returns when the process is told to end: Ctrl-C, or what a supervisor sends.
///
/// It listens from the moment it is called, not only once it is awaited.
pub(crate) fn until_told() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async {
        let (Ok(mut interrupt), Ok(mut terminate)) = signals else {
            tracing::error!("signals can't be listened to, so only being killed ends this process");
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_for_every_interface_is_reached_at_loopback() {
        assert_eq!(reachable("0.0.0.0:8080".parse().unwrap()), "http://127.0.0.1:8080");
        assert_eq!(reachable("[::]:8080".parse().unwrap()), "http://[::1]:8080");
        assert_eq!(reachable("10.0.0.5:80".parse().unwrap()), "http://10.0.0.5:80");
    }
}
