//! The shell around every HTTP face: each request gets an id and one log line, a panic becomes a problem instead of
//! a broken connection, and no answer is kept by anything between here and the caller.

use crate::problem::{CALL_ID, Failure};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use model::Kind;
use std::any::Any;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

/// Names a request; one that the caller sends is kept if it is short and plain.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken from a caller.
const ID_LENGTH: usize = 64;

/// Puts the shell around a router. Everything that listens on the gateway's port stands inside one.
pub fn around(router: Router) -> Router {
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(Arc::new(Ids::default()), observe))
}

/// Ids that are unlikely to meet those of another run: a random salt and a counter.
struct Ids {
    salt: u64,
    next: AtomicU64,
}

impl Default for Ids {
    fn default() -> Self {
        Self { salt: RandomState::new().hash_one(0), next: AtomicU64::new(1) }
    }
}

impl Ids {
    fn of(&self, headers: &HeaderMap) -> HeaderValue {
        let plain = |id: &&HeaderValue| {
            let bytes = id.as_bytes();
            (1..=ID_LENGTH).contains(&bytes.len())
                && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(b))
        };
        headers.get(REQUEST_ID).filter(plain).cloned().unwrap_or_else(|| {
            let id = format!("{:016x}-{:x}", self.salt, self.next.fetch_add(1, Ordering::Relaxed));
            HeaderValue::from_str(&id).expect("hexadecimal digits make a header value")
        })
    }
}

async fn observe(State(ids): State<Arc<Ids>>, request: Request, next: Next) -> Response {
    let id = ids.of(request.headers());
    let method = request.method().clone();
    // The pattern, where there is one: paths hold ids, queries hold whatever callers put there.
    let path = match request.extensions().get::<MatchedPath>() {
        Some(pattern) => pattern.as_str().to_owned(),
        None => model::text::shorten(request.uri().path(), 120),
    };
    // An error's span, so that a warning carries the id too where nothing else is logged.
    let span = tracing::error_span!("request", request_id = id.to_str().unwrap_or_default());
    let begun = Instant::now();
    async move {
        let mut response = next.run(request).await;
        let (status, elapsed) = (response.status().as_u16(), begun.elapsed());
        let call_id = response.headers().get(CALL_ID).and_then(|id| id.to_str().ok());
        tracing::info!(%method, path, status, ?elapsed, call_id, "answered");
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, id);
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        response
    }
    .instrument(span)
    .await
}

/// The panic's own words go to the log through the panic hook, and never to the caller.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Failure::new(Kind::Internal, "the gateway met a defect while it answered")
        .hint("the log has more, under the id in the `X-Request-Id` header")
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    async fn ask(path: &str, id: &str) -> Response {
        async fn defect() {
            panic!("hunter2");
        }
        let router =
            around(Router::new().route("/defect", get(defect)).route("/fine", get(|| async { "fine" })));
        let request = Request::get(path).header(REQUEST_ID, id).body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_that_does_not_tell() {
        let response = ask("/defect", "a-1").await;
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("hunter2"));
    }

    #[tokio::test]
    async fn a_plain_id_is_kept_and_another_one_replaced() {
        assert_eq!(ask("/fine", "a-1").await.headers()[REQUEST_ID], "a-1");
        let replaced = ask("/fine", "a 1").await.headers()[REQUEST_ID].clone();
        assert!(replaced.to_str().unwrap().ends_with("-1") && replaced != "a 1");
        assert_eq!(ask("/fine", "a").await.headers()[header::CACHE_CONTROL], "no-store");
    }
}
