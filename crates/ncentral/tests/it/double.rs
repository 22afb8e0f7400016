//! A scripted server, plugged in as a service so that time can stand still.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use jiff::{SignedDuration, Timestamp};
use ncentral::{Client, ClientBuilder, Clock, ServerUrl};
use serde_json::{Value, json};

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, BoxError>;

/// The JWT that the double accepts.
pub(crate) const JWT: &str = "jwt-of-the-api-user";

/// A request as the double saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) authorization: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: String,
    /// How many requests to this path came before it.
    pub(crate) nth: usize,
}

/// What the double does.
pub(crate) enum Act {
    Answer(u16, Value),
    Raw(u16, Vec<(&'static str, &'static str)>, &'static str),
    /// The connection breaks before any answer.
    Break,
    /// It breaks after the first bytes of a body.
    BreakInBody,
    Hang,
    /// A body that never ends.
    Endless,
    /// Waits, then answers.
    Slow(Duration, Box<Act>),
}

pub(crate) fn ok(body: Value) -> Act {
    Act::Answer(200, body)
}

pub(crate) fn slow(millis: u64, then: Act) -> Act {
    Act::Slow(Duration::from_millis(millis), Box::new(then))
}

/// The tokens of a pair, named after its number.
pub(crate) fn tokens(number: usize) -> Value {
    json!({"tokens": {
        "access": {"token": format!("access-{number}"), "type": "Bearer", "expirySeconds": 3600},
        "refresh": {"token": format!("refresh-{number}"), "type": "Body", "expirySeconds": 90000},
    }})
}

type Script = dyn Fn(&Seen) -> Act + Send + Sync;

#[derive(Clone)]
pub(crate) struct Double {
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<Seen>>>,
    now: Arc<Mutex<Timestamp>>,
}

impl Double {
    /// A double that signs anybody in and leaves the rest to the script.
    pub(crate) fn new(script: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        Self::bare(move |seen| match seen.path.as_str() {
            "/api/auth/authenticate" | "/api/auth/refresh" => ok(tokens(seen.nth + 1)),
            _ => script(seen),
        })
    }

    /// A double that leaves even sign-in to the script.
    pub(crate) fn bare(script: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        let start = "2026-03-04T14:00:00Z".parse().expect("a timestamp");
        Self { script: Arc::new(script), seen: Arc::default(), now: Arc::new(Mutex::new(start)) }
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().expect("a client")
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        let (server, _) = ServerUrl::parse("https://nc.example").expect("an address");
        let double = self.clone();
        let service = tower::service_fn(move |request| double.clone().serve(request));
        let now = Arc::clone(&self.now);
        let clock: Clock = Arc::new(move || *now.lock().expect("the clock"));
        Client::builder(server, JWT).service(service).clock(clock)
    }

    /// Moves the time of day.
    pub(crate) fn advance(&self, seconds: i64) {
        *self.now.lock().expect("the clock") += SignedDuration::from_secs(seconds);
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("the log").clone()
    }

    /// How many requests a path had.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.seen().iter().filter(|seen| seen.path == path).count()
    }

    fn serve(self, request: Request<Full<Bytes>>) -> BoxFuture<'static, Result<Response<Body>, BoxError>> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let header = |name: &str| head.headers.get(name).map(|v| v.to_str().expect("text").to_owned());
            let path = head.uri.path().to_owned();
            let seen = Seen {
                method: head.method.to_string(),
                query: head.uri.query().unwrap_or_default().to_owned(),
                authorization: header("authorization"),
                content_type: header("content-type"),
                body: String::from_utf8(body.to_vec())?,
                nth: self.count(&path),
                path,
            };
            self.seen.lock().expect("the log").push(seen.clone());
            act((self.script)(&seen)).await
        })
    }
}

async fn act(what: Act) -> Result<Response<Body>, BoxError> {
    let json_of = |status, body: &Value| {
        let body = Full::new(Bytes::from(body.to_string())).map_err(|never: Infallible| match never {});
        Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .body(body.boxed_unsync())
            .map_err(BoxError::from)
    };
    match what {
        Act::Answer(status, Value::Null) => {
            let empty = Full::default().map_err(|never: Infallible| match never {});
            Ok(Response::builder().status(status).body(empty.boxed_unsync())?)
        }
        Act::Answer(status, body) => json_of(status, &body),
        Act::Raw(status, headers, body) => {
            let body =
                Full::new(Bytes::from_static(body.as_bytes())).map_err(|never: Infallible| match never {});
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            Ok(response.body(body.boxed_unsync())?)
        }
        Act::Break => Err(broken()),
        Act::BreakInBody => Ok(streamed(stream::iter([Ok(Bytes::from_static(b"{\"da")), Err(broken())]))),
        Act::Hang => std::future::pending().await,
        Act::Endless => Ok(streamed(stream::repeat_with(|| Ok(Bytes::from_static(&[b' '; 4096]))))),
        Act::Slow(wait, then) => {
            tokio::time::sleep(wait).await;
            Box::pin(act(*then)).await
        }
    }
}

fn broken() -> BoxError {
    std::io::Error::from(std::io::ErrorKind::ConnectionReset).into()
}

fn streamed(chunks: impl stream::Stream<Item = Result<Bytes, BoxError>> + Send + 'static) -> Response<Body> {
    let body = StreamBody::new(chunks.map(|chunk| chunk.map(Frame::data)));
    let mut response = Response::new(body.boxed_unsync());
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
    response
}
