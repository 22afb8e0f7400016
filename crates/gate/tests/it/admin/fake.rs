//! A server that is none, or not the one that is wanted: it answers every path as a test says.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A path's status, content type and body.
pub(crate) type Answers = fn(&str) -> (u16, &'static str, &'static str);

/// Runs as long as it is held.
pub(crate) struct Fake {
    pub(crate) url: String,
    _task: JoinSet<()>,
}

impl Fake {
    pub(crate) async fn new(answers: Answers) -> Fake {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut task = JoinSet::new();
        task.spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                    if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                        break;
                    }
                }
                let text = String::from_utf8_lossy(&request).into_owned();
                let (status, content_type, body) = answers(text.split(' ').nth(1).unwrap_or_default());
                let answer = format!(
                    "HTTP/1.1 {status} Told\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Fake { url, _task: task }
    }
}

/// What N-central answers to a sign-in.
pub(crate) const TOKENS: &str = r#"{"tokens":{"access":{"token":"aaaaaaaa","type":"Bearer","expirySeconds":3600},
    "refresh":{"token":"rrrrrrrr","type":"Body","expirySeconds":90000}}}"#;
