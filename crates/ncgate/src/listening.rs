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
use std::sync::Mutex;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;
use tower_http::timeout::RequestBodyTimeoutLayer;

/// How long a connection may stay without a whole head of a request. It is longer than load balancers keep connections
/// that nobody uses, so that it is they who close them, and none is closed while a request is on its way.
const HEAD_WITHIN: Duration = Duration::from_secs(75);

/// The longest pause in a body. How long all of it may take is said where it is read.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long connections that were used before are kept once no more are taken: a request may be on its way on one of
/// them, and its answer says that the connection ends.
const LAST_WORD: Duration = Duration::from_millis(25);

/// How long whoever connected and has not asked for anything yet is waited for then: a client that stood still between
/// the two steps must not lose its call.
const FIRST_WORD: Duration = Duration::from_secs(1);

/// What a listener that can't accept, for want of file handles for instance, waits before it tries again.
const BREATHER: Duration = Duration::from_secs(1);

/// What closing a listener has come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Door {
    /// Takes no more connections.
    pub(crate) closed: CancellationToken,
    /// Has heard every request that it answers. Set some time after `closed`.
    pub(crate) heard: CancellationToken,
}

/// Serves until the door is closed; then takes no more connections, and returns when those that are open have ended.
/// Dropped, it breaks them off.
pub(crate) async fn serve(listener: TcpListener, router: Router, door: Door) {
    let router = router.layer(RequestBodyTimeoutLayer::new(LONGEST_PAUSE));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    let (graceful, mut connections, silent) = (GracefulShutdown::new(), JoinSet::new(), TaskTracker::new());
    let take = |stream: TcpStream, peer: SocketAddr, connections: &mut JoinSet<()>| {
        // Answers are small, and somebody waits for each.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let has_not_asked = Mutex::new(Some(silent.token()));
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let first = has_not_asked.lock().expect("no holder panics").take();
            let answering = router.clone().oneshot(request);
            async move {
                let answer = answering.await;
                // Whoever counts answers counts this one by now.
                drop(first);
                answer
            }
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), answer));
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%peer, %error, "a connection broke off");
            }
        });
    };
    // However this ends, nobody waits for it in vain.
    let heard = door.heard.drop_guard();
    let closing = async {
        door.closed.cancelled().await;
        turn_away(&listener);
        // Who was being let in gets in, and who is in gets to speak.
        tokio::time::sleep(LAST_WORD).await;
    };
    let taking = async {
        loop {
            tokio::select! {
                (stream, peer) = accept(&listener) => take(stream, peer, &mut connections),
                // Those that have ended are let go of.
                Some(_) = connections.join_next() => {}
            }
        }
    };
    tokio::select! {
        () = closing => {}
        () = taking => {}
    }
    for (stream, peer) in at_the_door(listener) {
        take(stream, peer, &mut connections);
    }
    silent.close();
    let _ = tokio::time::timeout(FIRST_WORD, silent.wait()).await;
    drop(heard);
    graceful.shutdown().await;
}

/// Has the system leave unanswered whoever begins to connect. Otherwise somebody could get in between the last
/// look at the door and its closing, and be thrown out with a request on its way. A client that is left unanswered tries
/// again after a second, and is refused then, as at any closed port.
#[cfg(target_os = "linux")]
fn turn_away(listener: &TcpListener) {
    use socket2::{SockFilter, SockRef};
    // Loads the byte of the TCP header that has the flags; drops what has SYN, and lets all else pass.
    let (load_byte, jump_if_set, answer) = (0x30, 0x45, 0x06);
    let (flags, syn) = (13, 0x02);
    let drop_syn = [
        SockFilter::new(load_byte, 0, 0, flags),
        SockFilter::new(jump_if_set, 0, 1, syn),
        SockFilter::new(answer, 0, 0, 0),
        SockFilter::new(answer, 0, 0, u32::MAX),
    ];
    if let Err(error) = SockRef::from(listener).attach_filter(&drop_syn) {
        tracing::debug!(%error, "who connects in the moment of closing can't be left unanswered");
    }
}

/// Elsewhere that moment stays: a few microseconds.
#[cfg(not(target_os = "linux"))]
fn turn_away(_: &TcpListener) {}

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

    /// A listener that echoes, its address, and its door.
    async fn open() -> (SocketAddr, Door, JoinSet<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let echo = post(|ConnectInfo(peer): ConnectInfo<SocketAddr>, body: Bytes| async move {
            assert!(peer.ip().is_loopback());
            body
        });
        let (door, mut server) = (Door::default(), JoinSet::new());
        let router = Router::new().route("/", echo).route("/endless", post(std::future::pending::<()>));
        server.spawn(serve(listener, router, door.clone()));
        (address, door, server)
    }

    /// Sends this and nothing more; what is answered until the connection ends.
    async fn ask(stream: &mut TcpStream, what: &str) -> io::Result<String> {
        stream.write_all(what.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    /// The same on a connection of its own, and after how long.
    async fn send(what: &str) -> (String, Duration) {
        let (address, door, server) = open().await;
        let begun = Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let answer = ask(&mut stream, what).await.unwrap();
        let after = begun.elapsed();
        door.closed.cancel();
        server.join_all().await;
        (answer, after)
    }

    const HI: &str = "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi";

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
    #[tokio::test(start_paused = true)]
    async fn who_is_in_when_it_closes_is_heard() {
        let (address, door, server) = open().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        door.closed.cancel();
        tokio::time::sleep(FIRST_WORD / 2).await;
        assert!(!door.heard.is_cancelled());
        let answer = ask(&mut stream, HI).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        door.heard.cancelled().await;
        server.join_all().await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_in_and_says_nothing_is_not_waited_for() {
        let (address, door, mut server) = open().await;
        let _stream = TcpStream::connect(address).await.unwrap();
        let begun = Instant::now();
        door.closed.cancel();
        door.heard.cancelled().await;
        assert!(begun.elapsed() < 2 * FIRST_WORD, "{:?}", begun.elapsed());
        server.shutdown().await;
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_goes_on_is_not_waited_for_to_hear_the_others() {
        let (address, door, mut server) = open().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(HI.replace("/ ", "/endless ").as_bytes()).await.unwrap();
        door.closed.cancel();
        let heard = tokio::time::timeout(HEAD_WITHIN, door.heard.cancelled()).await;
        assert!(heard.is_ok(), "every request is heard, and one is still being answered");
        server.shutdown().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn whoever_gets_in_while_it_closes_is_answered() {
        let (address, door, server) = open().await;
        let mut clients = JoinSet::new();
        for _ in 0..16 {
            clients.spawn(async move {
                let mut answered = 0;
                while let Ok(mut stream) = TcpStream::connect(address).await {
                    let answer = ask(&mut stream, HI).await;
                    assert!(answer.as_ref().is_ok_and(|text| text.starts_with("HTTP/1.1 200")), "{answer:?}");
                    answered += 1;
                }
                answered
            });
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        door.closed.cancel();
        let answered: u32 = clients.join_all().await.into_iter().sum();
        assert!(answered > 0);
        server.join_all().await;
    }
}
