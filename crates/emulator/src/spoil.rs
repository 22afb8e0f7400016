//! What each fault puts on the wire in place of the right answer.

use std::io;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::dispatch::{reset, respond};
use crate::failure::Failure;
use crate::faults::{Fault, FaultKind};
use crate::limits::Slot;

/// Pace of a slow answer, per byte: steady enough that no time-out between two reads notices.
const SLOW: Duration = Duration::from_millis(250);
const BEFORE_CUT: Duration = Duration::from_millis(20);
const CHUNK: usize = 64 << 10;
const HUGE_CHUNKS: usize = 4096;

const LOGIN_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>N-central Login</title></head>\
    <body><form action=\"/login\" method=\"post\"><h1>Sign in</h1></form></body></html>\n";

/// The spoilt response. `answer` is the right one, where the call was performed.
pub(crate) fn response(fault: &Fault, answer: Option<Answer>, path: &str, slot: Slot) -> Response<Body> {
    let status = |usual: u16| fault.status.unwrap_or(usual);
    // A write that must not take effect has no right answer that could be bent.
    let bendable = || Answer::ok(json!({"data": {}, "_links": {}}));
    match fault.fault {
        FaultKind::Status => respond(Failure::injected(status(500)).into_answer("injected")),
        // A hanging call never gets here.
        FaultKind::Reset | FaultKind::Hang => reset(),
        FaultKind::Slow => {
            let answer = answer.unwrap_or_else(|| Failure::injected(status(503)).into_answer("injected"));
            slow(respond_with_body(answer), slot)
        }
        FaultKind::Truncate => truncated(&answer.unwrap_or_else(bendable), cut()),
        FaultKind::Stall => truncated(&answer.unwrap_or_else(bendable), silence(slot)),
        FaultKind::WrongType => {
            let Answer { status, body, .. } = answer.unwrap_or_else(bendable);
            respond(Answer::of(if status == 204 { 200 } else { status }, bent(body)))
        }
        FaultKind::ErrorIn200 => respond(Answer::of(
            200,
            json!({"Error Message": "An unexpected error occurred while processing the request."}),
        )),
        FaultKind::Html => with_type(Body::from(LOGIN_PAGE), status(200), "text/html;charset=UTF-8"),
        FaultKind::Redirect => {
            let mut response = respond(Answer::empty(status(302)));
            let location = HeaderValue::try_from(format!("/login?returnTo={path}"));
            response
                .headers_mut()
                .insert(header::LOCATION, location.unwrap_or(HeaderValue::from_static("/login")));
            response
        }
        FaultKind::Endless => with_type(streamed(padding(None), slot), 200, "application/json"),
        // These bend no answer, so none of them strikes one.
        FaultKind::Shrinks | FaultKind::Grows | FaultKind::Twice => respond(answer.unwrap_or_else(bendable)),
        FaultKind::Huge => with_type(streamed(padding(Some(HUGE_CHUNKS)), slot), 200, "application/json"),
    }
}

fn with_type(body: Body, status: u16, content_type: &'static str) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// An answer with its text; one without a body keeps none.
fn respond_with_body(answer: Answer) -> (Response<Body>, Bytes) {
    let text = answer.body.as_ref().map(Value::to_string).unwrap_or_default();
    (respond(answer), Bytes::from(text))
}

fn slow((mut response, text): (Response<Body>, Bytes), slot: Slot) -> Response<Body> {
    if text.is_empty() {
        return response;
    }
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
    let drip = stream::unfold((text, Some(slot)), |(mut text, mut slot)| async move {
        if text.is_empty() {
            return None;
        }
        tokio::time::sleep(SLOW).await;
        let byte = text.split_to(1);
        if text.is_empty() {
            slot = None;
        }
        Some((Ok::<_, io::Error>(byte), (text, slot)))
    });
    *response.body_mut() = Body::from_stream(drip);
    response
}

/// The first half of an answer that promises to be whole, and what follows it.
fn truncated(answer: &Answer, then: impl Future<Output = io::Error> + Send + 'static) -> Response<Body> {
    let text = answer.body.as_ref().map_or_else(|| "{\"data\":{}}".to_owned(), Value::to_string);
    let half = Bytes::copy_from_slice(&text.as_bytes()[..text.len() / 2]);
    let first = stream::iter([Ok(half)]);
    let then = stream::once(async { Err(then.await) });
    let status = if answer.status == 204 { 200 } else { answer.status };
    let mut response = with_type(Body::from_stream(first.chain(then)), status, "application/json");
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
    response
}

/// The error makes hyper close the connection with bytes owing; the pause lets the first half leave before that.
async fn cut() -> io::Error {
    tokio::time::sleep(BEFORE_CUT).await;
    io::Error::from(io::ErrorKind::UnexpectedEof)
}

/// Nothing more, while the call stays among those in flight.
async fn silence(slot: Slot) -> io::Error {
    let _held = slot;
    std::future::pending().await
}

/// The same answer in a shape the contract does not have.
fn bent(body: Option<Value>) -> Value {
    match body {
        Some(Value::Object(mut object)) if object.contains_key("data") => {
            object.insert("data".to_owned(), Value::from("unexpected"));
            object.into()
        }
        Some(Value::Object(object)) => json!([[object]]),
        _ => json!({"unexpected": true}),
    }
}

/// `{"data":["xxxx…","xxxx…"…]}`, closed after so many chunks, or never.
fn padding(chunks: Option<usize>) -> impl Stream<Item = Bytes> + Send {
    let filler = Bytes::from(format!("\"{}\",", "x".repeat(CHUNK)));
    let middle = stream::repeat(filler).then(|chunk| async {
        tokio::task::yield_now().await;
        chunk
    });
    let middle = middle.take(chunks.unwrap_or(usize::MAX));
    stream::iter([Bytes::from_static(b"{\"data\":[")])
        .chain(middle)
        .chain(stream::iter([Bytes::from_static(b"\"\"]}")]))
}

fn streamed(chunks: impl Stream<Item = Bytes> + Send + 'static, slot: Slot) -> Body {
    let chunks = chunks.map(move |chunk| {
        // The slot lives as long as the body does.
        let _held = &slot;
        Ok::<_, io::Error>(chunk)
    });
    Body::from_stream(chunks)
}
