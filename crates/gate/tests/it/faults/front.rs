//! What stands before the emulator on its port: a tunnel that can refuse connections, or take them and stay silent,
//! which no server that speaks HTTP can do; and that knows when a write is about to arrive, because each has a
//! connection of its own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

pub(super) struct Front {
    address: SocketAddr,
    behind: String,
    to: Arc<Mutex<To>>,
    accepting: JoinSet<()>,
    /// Open connections, which outlive the listening.
    tunnels: Arc<Mutex<JoinSet<()>>>,
    swallowed: Arc<Mutex<Vec<String>>>,
    /// Never listens; keeps the port from being given to anybody else while nobody does.
    _place: TcpSocket,
}

/// What becomes of new connections.
#[derive(Clone)]
pub(super) enum To {
    /// They go through.
    Pass,
    /// They are read and never answered: those that bring a write, or all.
    Swallow { reads: bool },
    /// They go through, and this happens just before the second write does.
    Interrupt(Arc<Mutex<Interruption>>),
}

/// Something that happens once, between two writes.
pub(super) struct Interruption {
    writes: u32,
    happens: Option<Box<dyn FnOnce() + Send>>,
}

impl Front {
    /// A tunnel to this address, `http://HOST:PORT`.
    pub(super) fn of(url: &str) -> Front {
        let place = socket(([127, 0, 0, 1], 0).into());
        let mut front = Front {
            address: place.local_addr().unwrap(),
            behind: url.strip_prefix("http://").unwrap().to_owned(),
            to: Arc::new(Mutex::new(To::Pass)),
            accepting: JoinSet::new(),
            tunnels: Arc::default(),
            swallowed: Arc::default(),
            _place: place,
        };
        front.listen();
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

    /// New connections that bring a write, or all, are taken, read and never answered from now on.
    pub(super) fn fall_silent(&self, reads: bool) {
        *self.to.lock().unwrap() = To::Swallow { reads };
    }

    /// New connections go through again.
    pub(super) fn pass(&mut self) {
        *self.to.lock().unwrap() = To::Pass;
        if self.accepting.is_empty() {
            self.listen();
        }
    }

    /// This happens just before the second write from now on goes through.
    pub(super) fn interrupt(&self, happens: impl FnOnce() + Send + 'static) {
        let interruption = Interruption { writes: 0, happens: Some(Box::new(happens)) };
        *self.to.lock().unwrap() = To::Interrupt(Arc::new(Mutex::new(interruption)));
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

    /// Forgets what was swallowed.
    pub(super) fn forget(&self) {
        self.swallowed.lock().unwrap().clear();
    }

    fn listen(&mut self) {
        let listener: TcpListener = socket(self.address).listen(1024).unwrap();
        let (behind, to) = (self.behind.clone(), Arc::clone(&self.to));
        let (tunnels, swallowed) = (Arc::clone(&self.tunnels), Arc::clone(&self.swallowed));
        self.accepting.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (behind, to) = (behind.clone(), to.lock().unwrap().clone());
                let connection = Connection { stream, behind, to, swallowed: Arc::clone(&swallowed) };
                tunnels.lock().unwrap().spawn(connection.serve());
            }
        });
    }
}

/// Bound to an address that others of these may share.
fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

struct Connection {
    stream: TcpStream,
    behind: String,
    to: To,
    swallowed: Arc<Mutex<Vec<String>>>,
}

impl Connection {
    async fn serve(mut self) {
        // The head of its first request is looked at, whatever comes after it.
        let (mut head, mut bytes) = (Vec::new(), [0; 4096]);
        let end = loop {
            let Ok(read @ 1..) = self.stream.read(&mut bytes).await else { return };
            head.extend_from_slice(&bytes[..read]);
            if let Some(end) = head.iter().position(|byte| *byte == b'\r') {
                break end;
            }
        };
        let line = String::from_utf8_lossy(&head[..end]).into_owned();
        // Signing in is a POST as well, and no write.
        let write = !line.starts_with("GET ") && !line.contains(" /api/auth/");
        match &self.to {
            To::Swallow { reads } if write || *reads => {
                self.swallowed.lock().unwrap().push(line);
                while let Ok(1..) = self.stream.read(&mut bytes).await {}
                return;
            }
            To::Interrupt(interruption) if write => interruption.lock().unwrap().count(),
            _ => {}
        }
        if let Ok(mut server) = TcpStream::connect(&self.behind).await
            && server.write_all(&head).await.is_ok()
        {
            // How it ended is for both ends to see.
            let _ = copy_bidirectional(&mut self.stream, &mut server).await;
        }
    }
}

impl Interruption {
    fn count(&mut self) {
        self.writes += 1;
        if self.writes == 2
            && let Some(happens) = self.happens.take()
        {
            happens();
        }
    }
}
