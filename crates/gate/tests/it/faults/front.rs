//! What stands before the emulator on its port: a tunnel that can refuse connections, or take them and stay silent.
//! No server that speaks HTTP can do either.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub(super) struct Front {
    address: SocketAddr,
    behind: String,
    accepting: JoinSet<()>,
    /// Open connections, which outlive the listening.
    tunnels: Arc<Mutex<JoinSet<()>>>,
    swallowed: Arc<Mutex<Vec<String>>>,
}

impl Front {
    /// A tunnel to this address, `http://HOST:PORT`.
    pub(super) async fn of(url: &str) -> Front {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut front = Front {
            address: listener.local_addr().unwrap(),
            behind: url.strip_prefix("http://").unwrap().to_owned(),
            accepting: JoinSet::new(),
            tunnels: Arc::default(),
            swallowed: Arc::default(),
        };
        front.accept(listener, false);
        front
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// New connections are refused from now on.
    pub(super) async fn refuse(&mut self) {
        // Only when the task has ended is its listener closed.
        self.accepting.shutdown().await;
    }

    /// New connections are taken, read and never answered from now on.
    pub(super) async fn fall_silent(&mut self) {
        self.listen_again(true).await;
    }

    /// New connections go through again.
    pub(super) async fn pass(&mut self) {
        self.listen_again(false).await;
    }

    /// Breaks every connection that is open.
    pub(super) fn cut(&self) {
        self.tunnels.lock().unwrap().abort_all();
    }

    /// How many requests went into the silence whose first line begins like this and contains that.
    pub(super) fn swallowed(&self, begins: &str, contains: &str) -> u64 {
        let lines = self.swallowed.lock().unwrap();
        lines.iter().filter(|line| line.starts_with(begins) && line.contains(contains)).count() as u64
    }

    async fn listen_again(&mut self, silent: bool) {
        self.accepting.shutdown().await;
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.accept(listener, silent);
    }

    fn accept(&mut self, listener: TcpListener, silent: bool) {
        let behind = self.behind.clone();
        let (tunnels, swallowed) = (Arc::clone(&self.tunnels), Arc::clone(&self.swallowed));
        self.accepting.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (behind, swallowed) = (behind.clone(), Arc::clone(&swallowed));
                let mut tunnels = tunnels.lock().unwrap();
                match silent {
                    true => tunnels.spawn(swallow(stream, swallowed)),
                    false => tunnels.spawn(tunnel(stream, behind)),
                };
            }
        });
    }
}

async fn tunnel(mut stream: TcpStream, behind: String) {
    if let Ok(mut server) = TcpStream::connect(&behind).await {
        // How it ended is for both ends to see.
        let _ = copy_bidirectional(&mut stream, &mut server).await;
    }
}

/// Reads until the client gives up, and keeps the first line.
async fn swallow(mut stream: TcpStream, swallowed: Arc<Mutex<Vec<String>>>) {
    let (mut head, mut bytes) = (Vec::new(), [0; 4096]);
    let mut kept = false;
    while let Ok(read @ 1..) = stream.read(&mut bytes).await {
        head.extend_from_slice(&bytes[..read]);
        let end = head.iter().position(|byte| *byte == b'\r');
        if let Some(end) = end.filter(|_| !kept) {
            swallowed.lock().unwrap().push(String::from_utf8_lossy(&head[..end]).into_owned());
            kept = true;
        }
    }
}
