//! What only real sockets show.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ncentral::{Certainty, Client, Error, Params, Scope, ServerUrl, operations};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::double::{JWT, tokens};

/// A server of raw bytes. It answers the sign-in itself and every other request with whatever it was given, and
/// counts connections.
struct Raw {
    url: String,
    connections: Arc<AtomicUsize>,
    others: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

/// What follows a request that isn't a sign-in.
#[derive(Clone, Copy)]
struct Then {
    bytes: &'static str,
    close: bool,
}

async fn raw(then: Then) -> Raw {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (connections, others) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (connected, asked) = (Arc::clone(&connections), Arc::clone(&others));
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut open = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connected.fetch_add(1, Ordering::SeqCst);
            open.spawn(serve(stream, then, Arc::clone(&asked)));
        }
    });
    Raw { url, connections, others, _tasks: tasks }
}

async fn serve(mut stream: TcpStream, then: Then, others: Arc<AtomicUsize>) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend_from_slice(&chunk[..read]),
        }
        if request.first() == Some(&0x16) {
            // The first byte of a TLS handshake, which this server doesn't speak.
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            return;
        }
        if !request.windows(4).any(|window| window == b"\r\n\r\n") {
            continue;
        }
        let sign_in = request.starts_with(b"POST /api/auth/authenticate");
        request.clear();
        let (bytes, close) = match sign_in {
            true => {
                let body = tokens(1).to_string();
                let length = body.len();
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length";
                (format!("{head}: {length}\r\n\r\n{body}"), false)
            }
            false => {
                others.fetch_add(1, Ordering::SeqCst);
                (then.bytes.to_owned(), then.close)
            }
        };
        if stream.write_all(bytes.as_bytes()).await.is_err() || close {
            return;
        }
    }
}

fn client(url: &str) -> Client {
    let (server, _) = ServerUrl::parse(url).expect("an address");
    Client::builder(server, JWT).build().expect("a client")
}

fn device() -> Params {
    Params::new().set("deviceId", 5)
}

#[tokio::test]
async fn an_answer_comes_through_and_the_connection_is_kept() {
    let body = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 23\r\n\r\n{\"data\":{\"deviceId\":5}}";
    let server = raw(Then { bytes: body, close: false }).await;
    let client = client(&server.url);
    for _ in 0..3 {
        let reply = client.call(operations::GET_DEVICE, device(), None).await.expect("an answer");
        assert_eq!(reply.data()["deviceId"], 5);
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_write_has_a_connection_of_its_own() {
    let server = raw(Then { bytes: "HTTP/1.1 204 No Content\r\n\r\n", close: false }).await;
    let client = client(&server.url);
    for _ in 0..3 {
        client.call(operations::DELETE_DEVICE, device(), None).await.expect("deleted");
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 4, "one for the sign-in, one for each write");
}

#[tokio::test]
async fn a_write_into_a_closing_connection_is_sent_once_and_unknown() {
    let server = raw(Then { bytes: "", close: true }).await;
    let error =
        client(&server.url).call(operations::DELETE_DEVICE, device(), None).await.expect_err("closed");
    assert_eq!((error.kind(), error.certainty()), ("reset", Certainty::Unknown), "{error:?}");
    assert_eq!(server.others.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_body_that_stops_early_is_truncated() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{\"data\":";
    let server = raw(Then { bytes: head, close: true }).await;
    let error = client(&server.url).call(operations::GET_DEVICE, device(), None).await.expect_err("cut off");
    assert_eq!(error.kind(), "truncated", "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = raw(Then { bytes: "", close: true }).await;
    let bytes = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: {}/x\r\ncontent-length: 0\r\n\r\n",
        elsewhere.url
    );
    let server = raw(Then { bytes: bytes.leak(), close: false }).await;
    let error =
        client(&server.url).call(operations::GET_DEVICE, device(), None).await.expect_err("redirected");
    assert_eq!(error, Error::Redirect { status: 307, location: Some(elsewhere.url.clone()) });
    assert_eq!(elsewhere.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn nobody_there_means_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let hurried = client(&url).with(Scope { deadline: Some(Duration::from_millis(500)), ..Scope::default() });
    let error = hurried.call(operations::DELETE_DEVICE, device(), None).await.expect_err("nobody there");
    assert_eq!((error.kind(), error.certainty()), ("unreachable", Certainty::NotSent), "{error:?}");
    assert!(error.retryable());
}

#[tokio::test]
async fn a_server_without_tls_is_a_tls_failure() {
    let server = raw(Then { bytes: "", close: true }).await;
    let url = server.url.replace("http:", "https:");
    let error = client(&url).authenticate().await.expect_err("no TLS");
    assert_eq!((error.kind(), error.certainty()), ("tls", Certainty::NotSent), "{error:?}");
}

#[test]
fn a_private_ca_that_is_none_is_refused_at_once() {
    let (server, _) = ServerUrl::parse("https://nc.example").expect("an address");
    let error = Client::builder(server, JWT).ca_pem("no certificate").build().expect_err("refused");
    assert_eq!(error.kind(), "not_sent");
}
