//! How a caller wants a call to be answered: how long it may be held (`Prefer: wait=N`, RFC 7240), under which
//! `Idempotency-Key`, and in which form.

use super::download;
use crate::openapi::{Sheet, Taken};
use crate::problem::Failure;
use crate::rows::Format;
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use model::Kind;
use serde_json::json;
use std::convert::Infallible;

const PREFER: HeaderName = HeaderName::from_static("prefer");
pub(super) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The longest that an answer is held, in seconds.
const LONGEST_WAIT: u64 = 45;

/// How long the answer may be held, in seconds.
pub(super) struct Wait(pub(super) Option<u64>);

impl<S: Send + Sync> FromRequestParts<S> for Wait {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(preferred_wait(&parts.headers)))
    }
}

impl Taken for Wait {
    fn describe(sheet: &mut Sheet<'_>) {
        let about =
            "`wait=N` holds the answer for up to N seconds while the call waits for its decision; 45 at most";
        sheet.header("Prefer", json!({ "type": "string", "examples": ["wait=30"] }), about);
    }
}

/// The seconds of `Prefer: wait=N`, cut to the longest that is given.
fn preferred_wait(headers: &HeaderMap) -> Option<u64> {
    let preferences = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
    preferences.flat_map(|text| text.split(',')).find_map(|preference| {
        let (name, seconds) = preference.split_once('=')?;
        let seconds = seconds.split(';').next()?.trim().trim_matches('"');
        name.trim()
            .eq_ignore_ascii_case("wait")
            .then(|| seconds.parse::<u64>().ok())?
            .map(|n| n.min(LONGEST_WAIT))
    })
}

/// The caller's own name for the call.
pub(super) struct IdempotencyKey(pub(super) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        idempotency_key(&parts.headers).map(Self)
    }
}

impl Taken for IdempotencyKey {
    fn describe(sheet: &mut Sheet<'_>) {
        let about =
            "The same key with the same request stands for the same call for 24 hours, whatever its state";
        sheet.header("Idempotency-Key", json!({ "type": "string", "minLength": 1, "maxLength": 200 }), about);
    }
}

/// The `Idempotency-Key`; the gate says what is a good one. Two of them, or one that is no text, is none.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    let (first, second) = (given.next(), given.next());
    match (first.map(HeaderValue::to_str), second) {
        (None, _) => Ok(None),
        (Some(Ok(key)), None) => Ok(Some(key.to_owned())),
        _ => Err(Failure::new(Kind::BadRequest, "the `Idempotency-Key` header can't be used")
            .hint("send it once, as plain text")),
    }
}

/// The form in which the caller would rather have a list than in JSON.
pub(super) struct Wanted(pub(super) Option<Format>);

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(download::wanted(&parts.headers)))
    }
}

impl Taken for Wanted {
    // The media types of the answers say it.
    fn describe(_: &mut Sheet<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_a_preference_with_an_end() {
        let wait = |text: &'static str| {
            preferred_wait(&HeaderMap::from_iter([(PREFER, HeaderValue::from_static(text))]))
        };
        assert_eq!(wait("wait=10"), Some(10));
        assert_eq!(wait("respond-async, Wait = 20"), Some(20));
        assert_eq!(wait("wait=600"), Some(LONGEST_WAIT));
        assert_eq!((wait("wait"), wait("wait=soon"), wait("handling=strict")), (None, None, None));
    }

    #[test]
    fn an_idempotency_key_comes_once() {
        let key = |keys: &[&'static str]| {
            idempotency_key(&keys.iter().map(|k| (IDEMPOTENCY_KEY, HeaderValue::from_static(k))).collect())
        };
        assert_eq!(key(&[]).unwrap(), None);
        assert_eq!(key(&["a"]).unwrap().as_deref(), Some("a"));
        assert!(key(&["a", "b"]).is_err());
    }
}
