//! Listening: plain HTTP or TLS, HTTP/1.1 with keep-alive. Every connection belongs to one task set, which ends with
//! the server. hyper is driven directly, because a fault may have to break the connection.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;

use crate::dispatch::{self, Core, ResetConnection};
use crate::socket::Socket;

/// How long open connections get to finish after the shutdown was asked for.
const GRACE: Duration = Duration::from_millis(500);

/// A certificate chain and its key, both PEM, as a TLS acceptor.
pub(crate) fn acceptor(cert_pem: &[u8], key_pem: &[u8]) -> io::Result<TlsAcceptor> {
    let invalid = |e: &dyn std::fmt::Display| io::Error::new(io::ErrorKind::InvalidInput, e.to_string());
    let certs = rustls_pemfile::certs(&mut &*cert_pem).collect::<Result<Vec<_>, _>>()?;
    let key = rustls_pemfile::private_key(&mut &*key_pem)?
        .ok_or_else(|| invalid(&"no private key in the key file"))?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| invalid(&e))?
        .with_no_client_auth()
        .with_single_cert(certs, key)
        .map_err(|e| invalid(&e))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

pub(crate) async fn serve(
    core: Arc<Core>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut connections = JoinSet::new();
    let (stop, stopping) = watch::channel(false);
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(Arc::clone(&core), stream, tls.clone(), stopping.clone()));
                }
                // Out of file handles, or a client gone before it was accepted: neither ends the server.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            },
        }
    }
    drop(listener);
    let _ = stop.send(true);
    let drained = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, drained).await;
    connections.shutdown().await;
    Ok(())
}

async fn connection(
    core: Arc<Core>,
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    stopping: watch::Receiver<bool>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was refused");
    }
    let (socket, reset) = Socket::new(stream);
    let on_reset = move || reset.store(true, Ordering::Release);
    match tls {
        None => exchange(core, socket, on_reset, stopping).await,
        Some(tls) => match tls.accept(socket).await {
            Ok(stream) => exchange(core, stream, on_reset, stopping).await,
            Err(error) => tracing::debug!(%error, "the TLS handshake failed"),
        },
    }
}

async fn exchange<S>(
    core: Arc<Core>,
    stream: S,
    on_reset: impl Fn() + Clone,
    mut stopping: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let (core, on_reset) = (Arc::clone(&core), on_reset.clone());
        async move {
            let response = dispatch::handle(core, request.map(Body::new)).await;
            if response.extensions().get::<ResetConnection>().is_some() {
                on_reset();
                return Err(io::Error::from(io::ErrorKind::ConnectionReset));
            }
            Ok(response)
        }
    });
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = async { let _ = stopping.wait_for(|stop| *stop).await; } => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The same server without a socket.
pub(crate) fn router(core: Arc<Core>) -> axum::Router {
    axum::Router::new().fallback_service(tower::service_fn(move |request: http::Request<Body>| {
        let core = Arc::clone(&core);
        async move { Ok::<_, Infallible>(dispatch::handle(core, request).await) }
    }))
}
