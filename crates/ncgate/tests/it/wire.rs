//! HTTP byte by byte, for tests that send what no client would, or have to see every header of the answer.

use serde_json::{Value, json};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// How long an answer may take on a busy machine, longer than any request may wait for its decision.
const PATIENCE: Duration = Duration::from_secs(90);

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn parse(text: &str) -> Option<Answer> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let header = |line: &str| line.split_once(": ").map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()));
        Some(Answer { status, headers: lines.filter_map(header).collect(), body: body.to_owned() })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The problem in it, which has the members of every problem.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, kind: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem: Value =
            serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert_eq!((&problem["kind"], &problem["status"]), (&json!(kind), &json!(status)), "{problem}");
        assert_eq!(problem["changed"], "no", "{problem}");
        for member in ["type", "title", "detail", "message"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
        }
        assert!(self.header("x-request-id").is_some(), "{self:?}");
        problem
    }
}

/// Sends bytes to an address and reads to the end.
pub(crate) fn send(address: &str, bytes: &[u8]) -> String {
    exchange(address, bytes, |_| {})
}

/// Sends bytes, says that no more come, and reads to the end.
pub(crate) fn break_off(address: &str, bytes: &[u8]) -> String {
    exchange(address, bytes, |stream| {
        let _ = stream.shutdown(Shutdown::Write);
    })
}

/// A request with these headers and this body, on a connection of its own. A `host` among the headers replaces the
/// address.
pub(crate) fn ask(address: &str, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut text = format!("{method} {target} HTTP/1.1\r\nconnection: close\r\n");
    if headers.iter().all(|(name, _)| *name != "host") {
        text += &format!("host: {address}\r\n");
    }
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        text += &format!("content-length: {}\r\n", body.len());
    }
    text += "\r\n";
    text += body;
    let answer = send(address, text.as_bytes());
    Answer::parse(&answer).unwrap_or_else(|| panic!("{method} {target}: {answer:?}"))
}

fn exchange(address: &str, bytes: &[u8], then: impl FnOnce(&TcpStream)) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // Whoever is refused early does not read the rest.
    let _ = stream.write_all(bytes);
    then(&stream);
    let (mut answer, mut part) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(some) => answer.extend_from_slice(&part[..some]),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset, "it neither answers nor ends");
                break;
            }
        }
    }
    String::from_utf8(answer).unwrap()
}
