//! A connection of its own that is kept open and does nothing, with just enough HTTP for it: a client library would pool
//! them, and a thousand of one would be measured with the server.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// An open connection.
pub(crate) struct Wire {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Wire {
    /// Connects to a server, given as its base address.
    pub(crate) async fn open(url: &str) -> Wire {
        let host = url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
        let stream = BufReader::with_capacity(1024, TcpStream::connect(&host).await.unwrap());
        Wire { stream, host }
    }

    /// Sends a request and reads the head of the answer: its status, and the length of its body where that is told.
    async fn send(&mut self, first: &str, headers: &[(&str, &str)], body: &str) -> (u16, Option<usize>) {
        let mut request =
            format!("{first} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n", self.host, body.len());
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        self.stream.write_all(format!("{request}\r\n{body}").as_bytes()).await.unwrap();
        let (mut status, mut length, mut line) = (0, None, String::new());
        while line != "\r\n" {
            line.clear();
            assert!(self.stream.read_line(&mut line).await.unwrap() > 0, "the server closed the connection");
            let line = line.trim().to_ascii_lowercase();
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest[..3].parse().unwrap();
            }
            if let Some(rest) = line.strip_prefix("content-length:") {
                length = rest.trim().parse().ok();
            }
        }
        (status, length)
    }

    /// Sends a request and reads its whole answer; its status.
    pub(crate) async fn ask(&mut self, first: &str, headers: &[(&str, &str)], body: &str) -> u16 {
        let (status, length) = self.send(first, headers, body).await;
        match length {
            Some(length) => self.pass(length).await,
            None if status == 202 || status == 204 => {}
            None => while self.chunk().await {},
        }
        status
    }

    /// Reads one chunk of a body whose length nobody told; false for the last one.
    async fn chunk(&mut self) -> bool {
        let mut line = String::new();
        self.stream.read_line(&mut line).await.unwrap();
        let length = usize::from_str_radix(line.trim(), 16).unwrap();
        self.pass(length + 2).await;
        length > 0
    }

    async fn pass(&mut self, length: usize) {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.unwrap();
    }

    /// Begins to follow a stream of events.
    pub(crate) async fn follow(&mut self, path: &str, headers: &[(&str, &str)]) {
        let (status, length) = self.send(&format!("GET {path}"), headers, "").await;
        assert_eq!((status, length), (200, None), "{path} goes on");
    }

    /// Reads whatever comes, to the end.
    pub(crate) async fn read_on(mut self) {
        let mut read = [0; 1024];
        while self.stream.read(&mut read).await.is_ok_and(|read| read > 0) {}
    }
}
