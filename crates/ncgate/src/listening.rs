//! The listener: takes connections, hands each request on with the address that it came from, and gives up on whoever
//! begins a request and does not go on. Otherwise anybody who reaches the port could fill it up with nothing.

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt as _;
use tower_http::timeout::RequestBodyTimeoutLayer;

/// How long a connection may stay without a whole head of a request. It is longer than load balancers keep connections
/// that nobody uses, so that it is they who close them, and none is closed while a request is on its way.
const HEAD_WITHIN: Duration = Duration::from_secs(75);

/// The longest pause in a body. How long all of it may take is said where it is read.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long connections without a request are kept once no more are taken: a request may be on its way on one of them,
/// and its answer says that the connection ends.
pub(crate) const LAST_WORD: Duration = Duration::from_millis(25);

/// What a listener that can't accept, for want of file handles for instance, waits before it tries again.
const BREATHER: Duration = Duration::from_secs(1);

/// Serves until `closed`; then takes no more connections, and returns when those that are open have ended. Dropped, it
/// breaks them off.
pub(crate) async fn serve(listener: TcpListener, router: Router, closed: impl Future<Output = ()>) {
    let router = router.layer(RequestBodyTimeoutLayer::new(LONGEST_PAUSE));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    let (graceful, mut connections) = (GracefulShutdown::new(), JoinSet::new());
    let take = |stream: TcpStream, peer: SocketAddr, connections: &mut JoinSet<()>| {
        // Answers are small, and somebody waits for each.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request)
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), answer));
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%peer, %error, "a connection broke off");
            }
        });
    };
    let mut closed = pin!(closed);
    loop {
        tokio::select! {
            (stream, peer) = accept(&listener) => take(stream, peer, &mut connections),
            () = &mut closed => break,
            // Those that have ended are let go of.
            Some(_) = connections.join_next() => {}
        }
    }
    for (stream, peer) in at_the_door(listener) {
        take(stream, peer, &mut connections);
    }
    tokio::time::sleep(LAST_WORD).await;
    graceful.shutdown().await;
}

/// Closes the listener, and answers who had connected by then: to them the door was open, and a request may be on its way.
fn at_the_door(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    let Ok(listener) = listener.into_std() else { return Vec::new() };
    let waiting = std::iter::from_fn(|| listener.accept().ok());
    waiting
        .filter_map(|(stream, peer)| {
            stream.set_nonblocking(true).ok()?;
            Some((TcpStream::from_std(stream).ok()?, peer))
        })
        .collect()
}

/// The next connection. One that is gone before it is taken is nobody's problem.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionRefused
                        | io::ErrorKind::ConnectionAborted
                        | io::ErrorKind::ConnectionReset
                ) => {}
            Err(error) => {
                tracing::error!(%error, "connections can't be taken; it is tried again in a second");
                tokio::time::sleep(BREATHER).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;
    use axum::routing::post;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;

    /// Sends this and nothing more; what is answered until the connection ends, and after how long.
    async fn send(what: &str) -> (String, Duration) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let echo = post(|ConnectInfo(peer): ConnectInfo<SocketAddr>, body: Bytes| async move {
            assert!(peer.ip().is_loopback());
            body
        });
        let closing = CancellationToken::new();
        let mut server = JoinSet::new();
        server.spawn(serve(listener, Router::new().route("/", echo), closing.clone().cancelled_owned()));
        let begun = Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(what.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        closing.cancel();
        server.join_all().await;
        (answer, begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_is_answered_and_the_connection_kept_for_a_while() {
        let (answer, after) = send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi").await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hi"), "{answer}");
        assert!(after >= HEAD_WITHIN, "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_finish_a_head_is_given_up() {
        let (answer, after) = send("POST / HTTP/1.1\r\nhost: a\r\n").await;
        assert_eq!(answer, "");
        assert!((HEAD_WITHIN..HEAD_WITHIN * 2).contains(&after), "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_finish_a_body_is_given_up() {
        let (answer, after) = send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhi").await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!((LONGEST_PAUSE..HEAD_WITHIN * 2).contains(&after), "{after:?}");
    }
}
