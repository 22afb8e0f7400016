//! A receiver of webhooks on a real socket, which answers as a story wants it to and keeps what it was sent.

use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// How it answers one request.
#[derive(Clone, Debug)]
pub(super) enum Reaction {
    /// With this status and these further header lines.
    Status(u16, String),
    /// Not at all.
    Hang,
    /// With this status and a body that never ends.
    Endless(u16),
}

/// A request as it came.
#[derive(Debug)]
pub(super) struct Received {
    head: String,
    pub(super) body: String,
}

impl Received {
    pub(super) fn header(&self, name: &str) -> &str {
        self.find(name).unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }

    pub(super) fn find(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// How many of the signatures are right for this secret, as the reference implementation has it.
    pub(super) fn signed_with(&self, secret: &str) -> usize {
        let seconds = self.header("webhook-timestamp").parse().unwrap();
        let reference = standardwebhooks::Webhook::new(secret).unwrap();
        let right = reference.sign(self.header("webhook-id"), seconds, self.body.as_bytes()).unwrap();
        self.header("webhook-signature").split(' ').filter(|signature| *signature == right).count()
    }
}

pub(super) struct Receiver {
    pub(super) url: String,
    pub(super) port: u16,
    reactions: Arc<Mutex<VecDeque<Reaction>>>,
    received: mpsc::UnboundedReceiver<Received>,
    _server: JoinSet<()>,
}

impl Receiver {
    pub(super) async fn new() -> Receiver {
        Receiver::on(0).await
    }

    pub(super) async fn on(port: u16) -> Receiver {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let reactions = Arc::new(Mutex::new(VecDeque::new()));
        let (sender, received) = mpsc::unbounded_channel();
        let mut server = JoinSet::new();
        let shared = Arc::clone(&reactions);
        server.spawn(async move {
            let mut open = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                open.spawn(serve(stream, Arc::clone(&shared), sender.clone()));
            }
        });
        let url = format!("http://127.0.0.1:{port}/hook");
        Receiver { url, port, reactions, received, _server: server }
    }

    /// What comes next is answered so; what comes after, with 204.
    pub(super) fn react(&self, reaction: Reaction) {
        self.reactions.lock().unwrap().push_back(reaction);
    }

    pub(super) fn status(&self, status: u16) {
        self.react(Reaction::Status(status, String::new()));
    }

    /// The next request.
    pub(super) async fn next(&mut self) -> Received {
        let next = tokio::time::timeout(Duration::from_secs(20), self.received.recv());
        next.await.expect("a message comes").unwrap()
    }

    /// The next request, which tells of this event.
    pub(super) async fn told(&mut self, event: &str) -> Value {
        let message = self.next().await.json();
        assert_eq!(message["type"], event, "{message}");
        message["data"].clone()
    }

    pub(super) fn is_idle(&mut self) -> bool {
        self.received.try_recv().is_err()
    }
}

async fn serve(
    mut stream: TcpStream,
    reactions: Arc<Mutex<VecDeque<Reaction>>>,
    sender: mpsc::UnboundedSender<Received>,
) {
    let mut bytes = Vec::new();
    let Some(received) = read(&mut stream, &mut bytes).await else { return };
    let reaction = reactions.lock().unwrap().pop_front().unwrap_or(Reaction::Status(204, String::new()));
    let _ = sender.send(received);
    match reaction {
        Reaction::Status(status, more) => {
            let head = format!("HTTP/1.1 {status} X\r\n{more}content-length: 0\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).await;
        }
        Reaction::Hang => std::future::pending().await,
        Reaction::Endless(status) => {
            let head = format!("HTTP/1.1 {status} X\r\ntransfer-encoding: chunked\r\n\r\n");
            let mut sent = stream.write_all(head.as_bytes()).await;
            let chunk = format!("400\r\n{}\r\n", "x".repeat(1024));
            while sent.is_ok() {
                sent = stream.write_all(chunk.as_bytes()).await;
            }
        }
    }
}

async fn read(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<Received> {
    loop {
        let text = String::from_utf8_lossy(bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut received = Received { head: head.to_owned(), body: body.to_owned() };
            let length: usize = received.find("content-length")?.parse().ok()?;
            if received.body.len() >= length {
                received.body.truncate(length);
                return Some(received);
            }
        }
        if stream.read_buf(bytes).await.ok()? == 0 {
            return None;
        }
    }
}
