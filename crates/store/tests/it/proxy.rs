//! A way to the PostgreSQL server that can be cut and mended: to a client a server that is gone, and comes back.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The way.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    lines: Arc<Mutex<Lines>>,
}

#[derive(Default)]
struct Lines {
    cut: bool,
    open: Vec<TcpStream>,
}

impl Proxy {
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let lines = Arc::new(Mutex::new(Lines::default()));
        let shared = Arc::clone(&lines);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // Nobody is served where the way is cut: the connection ends at once.
                let _ = connect(client, server, &mut shared.lock().unwrap());
            }
        });
        Self { port, lines }
    }

    pub(crate) fn cut(&self) {
        let mut lines = self.lines.lock().unwrap();
        lines.cut = true;
        for line in lines.open.drain(..) {
            let _ = line.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn mend(&self) {
        self.lines.lock().unwrap().cut = false;
    }
}

fn connect(client: TcpStream, server: SocketAddr, lines: &mut Lines) -> io::Result<()> {
    if lines.cut {
        return Ok(());
    }
    let server = TcpStream::connect(server)?;
    lines.open.extend([client.try_clone()?, server.try_clone()?]);
    for (mut from, mut to) in [(client.try_clone()?, server.try_clone()?), (server, client)] {
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    Ok(())
}
