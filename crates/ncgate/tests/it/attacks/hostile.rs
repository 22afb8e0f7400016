//! An N-central that means harm: what it is not told to spoil it hands on to the emulator, so that a gateway connects to
//! it like to any other. It remembers every request that it got.

use crate::support::Service;
use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is done to requests of one path.
#[derive(Clone)]
pub(super) enum Harm {
    /// This is sent, and the connection closed.
    Bytes(Vec<u8>),
    /// The first is sent, and then the second over and over, until nobody reads any more.
    Endless(Vec<u8>, Vec<u8>),
    /// A byte at a time, for ever.
    Drip(Vec<u8>),
    /// The head and body of the request come back in an error of this status.
    Echo(u16),
}

#[derive(Default)]
struct Plot {
    harm: HashMap<String, Harm>,
    seen: Vec<String>,
}

/// It listens until the process ends.
pub(super) struct Hostile {
    url: String,
    plot: Arc<Mutex<Plot>>,
}

impl Hostile {
    /// One that stands before this emulator.
    pub(super) fn before(emulator: &Service) -> Hostile {
        Hostile::listening(Some(emulator.url().trim_start_matches("http://").to_owned()))
    }

    /// One that has nobody behind it: whatever comes is remembered, and refused.
    pub(super) fn alone() -> Hostile {
        Hostile::listening(None)
    }

    fn listening(behind: Option<String>) -> Hostile {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let plot = Arc::new(Mutex::new(Plot::default()));
        let shared = Arc::clone(&plot);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (plot, behind) = (Arc::clone(&shared), behind.clone());
                // Whoever hangs up ends it.
                std::thread::spawn(move || answer(stream, &plot, behind.as_deref()));
            }
        });
        Hostile { url, plot }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn does(&self, path: &str, harm: Harm) {
        self.plot.lock().unwrap().harm.insert(path.to_owned(), harm);
    }

    pub(super) fn answers(&self, path: &str, status: u16, body: String) {
        self.does(path, Harm::Bytes(whole(status, &body)));
    }

    /// Every request so far, head and body.
    pub(super) fn seen(&self) -> Vec<String> {
        self.plot.lock().unwrap().seen.clone()
    }
}

/// An answer of JSON, whole.
fn whole(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} Odd\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n");
    format!("{head}connection: close\r\n\r\n{body}").into_bytes()
}

/// Answers one request; every one has a connection of its own.
fn answer(mut stream: TcpStream, plot: &Mutex<Plot>, behind: Option<&str>) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let request = read(&mut stream)?;
    let text = String::from_utf8_lossy(&request).into_owned();
    let target = text.split(' ').nth(1)?;
    let path = target.split('?').next()?;
    let harm = {
        let mut plot = plot.lock().unwrap();
        plot.seen.push(text.clone());
        plot.harm.get(path).cloned()
    };
    match (harm, behind) {
        (Some(Harm::Bytes(bytes)), _) => stream.write_all(&bytes).ok(),
        (Some(Harm::Endless(first, again)), _) => {
            stream.write_all(&first).ok()?;
            loop {
                stream.write_all(&again).ok()?;
            }
        }
        (Some(Harm::Drip(bytes)), _) => {
            for byte in bytes.iter().cycle() {
                stream.write_all(&[*byte]).ok()?;
                std::thread::sleep(Duration::from_millis(50));
            }
            None
        }
        (Some(Harm::Echo(status)), _) => {
            let body =
                serde_json::json!({"message": format!("[ID=c-1] Bad request: {text}"), "status": status})
                    .to_string();
            stream.write_all(&whole(status, &body)).ok()
        }
        (None, Some(behind)) => {
            let mut server = TcpStream::connect(behind).ok()?;
            server.write_all(&request).ok()?;
            std::io::copy(&mut server, &mut stream).ok().map(drop)
        }
        (None, None) => {
            stream.write_all(b"HTTP/1.1 404 Nothing\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").ok()
        }
    }
}

/// A whole request, its connection made to end with its answer.
fn read(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut request, mut part) = (Vec::new(), [0; 4096]);
    let head = loop {
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        match stream.read(&mut part) {
            Ok(0) => return None,
            Ok(some) => request.extend_from_slice(&part[..some]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    };
    let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    while request.len() < head + length.unwrap_or(0) {
        match stream.read(&mut part).ok()? {
            0 => return None,
            some => request.extend_from_slice(&part[..some]),
        }
    }
    request.splice(head - 2..head - 2, b"connection: close\r\n".iter().copied());
    Some(request)
}
