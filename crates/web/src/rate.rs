//! Tells a caller how much it may ask for and what is left of it (draft-ietf-httpapi-ratelimit-headers). The gate
//! counts; this only says so, beside whatever the answer is.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use gate::Allowance;
use http::{Extensions, HeaderName, HeaderValue};
use std::sync::{Arc, OnceLock};

/// What is left, and when it is renewed.
pub(crate) const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// How much is allowed in which time.
pub(crate) const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Where the allowance is put as soon as it is known who asks.
#[derive(Clone, Default)]
struct Slot(Arc<OnceLock<Allowance>>);

/// Notes what is left to the caller of this request.
pub(crate) fn note(request: &Extensions, allowance: Option<Allowance>) {
    if let (Some(Slot(slot)), Some(allowance)) = (request.get(), allowance) {
        // A second look at the same request finds what the first one did.
        let _ = slot.set(allowance);
    }
}

/// Puts what was noted into the headers of the answer.
pub(crate) async fn tell(mut request: Request, next: Next) -> Response {
    let slot = Slot::default();
    request.extensions_mut().insert(slot.clone());
    let mut response = next.run(request).await;
    if let Some(allowance) = slot.0.get() {
        response.headers_mut().extend([(LIMIT, left(allowance)), (POLICY, policy(allowance))]);
    }
    response
}

fn left(allowance: &Allowance) -> HeaderValue {
    let seconds = allowance.reset.as_secs_f64().ceil();
    value(format!("\"key\";r={};t={seconds}", allowance.remaining))
}

fn policy(allowance: &Allowance) -> HeaderValue {
    value(format!("\"key\";q={};w=60", allowance.limit))
}

fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("numbers make a header value")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_headers_are_structured_fields() {
        let allowance = Allowance { limit: 120, remaining: 7, reset: Duration::from_millis(56_500) };
        assert_eq!(left(&allowance), "\"key\";r=7;t=57");
        assert_eq!(policy(&allowance), "\"key\";q=120;w=60");
    }
}
