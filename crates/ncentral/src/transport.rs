//! The wire as a tower service: HTTPS by default, or whatever a test or an emulator plugs in.
//!
//! Two properties matter here. Nothing is resent below this line, because only the call knows whether it may be.
//! And a write travels on a connection of its own, so that a kept-alive connection which the server has just
//! closed can't turn a write that never arrived into one of unknown outcome.

use std::error::Error as StdError;
use std::io::ErrorKind;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use tower::util::{BoxCloneSyncService, MapResponseLayer};
use tower::{Service, ServiceExt};

use crate::client::OnConnected;
use crate::error::Error;
use crate::url::ServerUrl;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;
pub(crate) type Body = UnsyncBoxBody<Bytes, Broken>;
pub(crate) type Wire = BoxCloneSyncService<Request<Full<Bytes>>, Response<Body>, Broken>;

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);

/// Connections kept open per server. N-central allows at most 50 calls at once on any endpoint.
const IDLE_CONNECTIONS: usize = 64;

/// Marks a request that wants a connection of its own.
#[derive(Clone, Copy)]
pub(crate) struct FreshConnection;

/// Why no whole answer came.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Broken {
    #[error("{0}")]
    Connect(String),
    #[error("{0}")]
    Tls(String),
    #[error("{0}")]
    Reset(String),
    #[error("{0}")]
    Truncated(String),
    #[error("the body is larger than the cap")]
    TooLarge,
}

impl Broken {
    pub(crate) fn into_error(self, cap: usize) -> Error {
        match self {
            Self::Connect(detail) => Error::Unreachable { detail },
            Self::Tls(detail) => Error::Tls { detail },
            Self::Reset(detail) => Error::Reset { detail },
            Self::Truncated(detail) => Error::Truncated { detail },
            Self::TooLarge => Error::TooLarge { limit: cap },
        }
    }

    /// A failure after the connection stood. An orderly end that came too early is a truncated answer; all else
    /// counts as a reset.
    fn after_connect(error: &(dyn StdError + 'static), reading: bool) -> Self {
        let detail = innermost(error);
        let reset = causes(error).any(|cause| {
            cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() != ErrorKind::UnexpectedEof)
        });
        if reading && !reset { Self::Truncated(detail) } else { Self::Reset(detail) }
    }
}

/// Wraps any HTTP service, for example an emulator's router, as the wire.
pub(crate) fn plug<S, B>(service: S) -> Wire
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let service = service
        .map_err(|error| {
            let error: BoxError = error.into();
            match error.downcast::<Broken>() {
                Ok(broken) => *broken,
                Err(other) => Broken::after_connect(other.as_ref(), false),
            }
        })
        .map_response(|response: Response<B>| response.map(boxed));
    BoxCloneSyncService::new(service)
}

fn boxed<B>(body: B) -> Body
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    body.map_err(|error| {
        let error: BoxError = error.into();
        Broken::after_connect(error.as_ref(), true)
    })
    .boxed_unsync()
}

/// Reads a body to its end, or up to the cap.
pub(crate) async fn read(mut body: Body, cap: usize) -> Result<Bytes, Broken> {
    if http_body::Body::size_hint(&body).lower() > cap as u64 {
        return Err(Broken::TooLarge);
    }
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            if whole.len() + data.len() > cap {
                return Err(Broken::TooLarge);
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.freeze())
}

/// The real wire. TLS roots are read at the first request, because a process that only starts shouldn't pay for it.
#[derive(Clone)]
pub(crate) struct Https(Arc<Shared>);

struct Shared {
    server: ServerUrl,
    private_ca: Vec<reqwest::Certificate>,
    connect_timeout: Duration,
    on_connected: Option<OnConnected>,
    kept_alive: OnceLock<Result<reqwest::Client, Broken>>,
    fresh: OnceLock<Result<reqwest::Client, Broken>>,
}

impl Https {
    /// `ca_pem`: certificates to trust besides the system's. A connection is waited for at most half a deadline, so
    /// that a dead host is reported as unreachable, which proves that nothing was sent, and not as a time-out,
    /// which proves nothing.
    pub(crate) fn new(
        server: ServerUrl,
        ca_pem: Option<&[u8]>,
        deadline: Duration,
        on_connected: Option<OnConnected>,
    ) -> Result<Self, Error> {
        let private_ca = match ca_pem {
            None => Vec::new(),
            Some(pem) => match reqwest::Certificate::from_pem_bundle(pem) {
                Ok(certificates) if !certificates.is_empty() => certificates,
                Ok(_) => return Err(Error::not_sent("the private CA holds no PEM certificate")),
                Err(error) => return Err(Error::not_sent(format!("the private CA: {}", innermost(&error)))),
            },
        };
        let connect_timeout = CONNECT_TIMEOUT.min(deadline / 2);
        let (kept_alive, fresh) = (OnceLock::new(), OnceLock::new());
        Ok(Self(Arc::new(Shared { server, private_ca, connect_timeout, on_connected, kept_alive, fresh })))
    }

    fn client(&self, fresh: bool) -> Result<reqwest::Client, Broken> {
        let (cell, idle) = match fresh {
            true => (&self.0.fresh, 0),
            false => (&self.0.kept_alive, IDLE_CONNECTIONS),
        };
        cell.get_or_init(|| self.0.build(idle)).clone()
    }
}

impl Shared {
    fn build(&self, idle: usize) -> Result<reqwest::Client, Broken> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("ncentral/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .https_only(self.server.is_https())
            .connect_timeout(self.connect_timeout)
            .pool_max_idle_per_host(idle);
        builder = match self.server.is_https() {
            true => builder.tls_certs_merge(self.private_ca.iter().cloned()),
            // Plain HTTP checks no certificates, and reading the system's takes longer than everything else here.
            false => builder.tls_certs_only([]),
        };
        if self.server.is_loopback() {
            // A proxy of the environment can't reach this machine's own loopback.
            builder = builder.no_proxy();
        }
        if let Some(tell) = &self.on_connected {
            builder = builder.connector_layer(MapResponseLayer::new(telling(Arc::clone(tell))));
        }
        builder.build().map_err(|error| Broken::Tls(innermost(&error)))
    }
}

impl Service<Request<Full<Bytes>>> for Https {
    type Response = Response<Body>;
    type Error = Broken;
    type Future = BoxFuture<'static, Result<Response<Body>, Broken>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        let fresh = request.extensions().get::<FreshConnection>().is_some();
        let client = self.client(fresh);
        Box::pin(async move {
            let request = request.map(reqwest::Body::wrap);
            let request = reqwest::Request::try_from(request).map_err(|e| Broken::Connect(innermost(&e)))?;
            match client?.execute(request).await {
                Ok(response) => Ok(Response::<reqwest::Body>::from(response).map(boxed)),
                Err(error) if error.is_connect() && is_tls(&error) => Err(Broken::Tls(innermost(&error))),
                Err(error) if error.is_connect() => Err(Broken::Connect(innermost(&error))),
                Err(error) => Err(Broken::after_connect(&error, false)),
            }
        })
    }
}

/// Hands on a connection that stands, once that is told.
fn telling<C>(tell: OnConnected) -> impl FnOnce(C) -> C + Clone + Send + Sync + 'static {
    move |connection| {
        tell();
        connection
    }
}

fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(|cause| cause.is::<rustls::Error>())
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // An `io::Error` that wraps another hides it from `source`, which skips to the one below.
        match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

/// The cause at the bottom says what happened; the layers above repeat the address.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}
