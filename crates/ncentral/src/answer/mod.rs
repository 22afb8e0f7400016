//! From a status and bytes to data or an error.
//!
//! Data is data only if the status, the content type, the envelope and the shape are right. Errors are read
//! leniently, because the server writes them in many ways (NOTES, section 3).

mod refusal;
mod shape;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use crate::error::Error;
use crate::operation::{Envelope, Operation};
use crate::text;

use self::refusal::{Said, error_in_200, field_errors};

/// How deep an answer may be nested. No operation's comes near it, and whoever wraps an answer in more layers has to be
/// able to read it again: readers of JSON give up at 128.
const DEEPEST: usize = 64;

/// A whole answer as it came.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) elapsed: Duration,
    /// What the server asks to wait.
    pub(crate) retry_after: Option<Duration>,
}

impl Answer {
    /// When the server says that it answered.
    pub(crate) fn date(&self) -> Option<Timestamp> {
        let text = self.headers.get(DATE)?.to_str().ok()?;
        jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp())
    }

    /// The data of a success, or what is wrong. Outside the contract any JSON will do.
    pub(crate) fn into_value(self, operation: Option<&Operation>, secrets: &[&str]) -> Result<Value, Error> {
        if self.status.is_redirection() {
            return Err(self.redirect());
        }
        if !self.status.is_success() {
            return Err(self.refusal(secrets));
        }
        let empty = self.body.iter().all(u8::is_ascii_whitespace);
        if empty && self.may_be_empty(operation) {
            return Ok(Value::Null);
        }
        self.check_content_type(secrets)?;
        if empty {
            return Err(Error::Truncated { detail: "the body is empty".to_owned() });
        }
        let value: Value = match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) if error.is_eof() => return Err(Error::Truncated { detail: error.to_string() }),
            Err(error) => return Err(Error::BadJson { detail: error.to_string() }),
        };
        if is_deeper_than(&value, DEEPEST) {
            return Err(Error::BadShape { detail: format!("nested more than {DEEPEST} levels deep") });
        }
        if let Some(failure) = error_in_200(&value, secrets) {
            return Err(failure);
        }
        shape::check(&value, operation)?;
        Ok(value)
    }

    /// 204 says so itself; some unit properties are set with it where the contract has a body (NOTES, section 6).
    fn may_be_empty(&self, operation: Option<&Operation>) -> bool {
        match operation.map(|operation| operation.envelope) {
            None | Some(Envelope::Empty) => true,
            Some(Envelope::Bare) => self.status == StatusCode::NO_CONTENT,
            Some(_) => false,
        }
    }

    fn check_content_type(&self, secrets: &[&str]) -> Result<(), Error> {
        let Some(declared) = self.headers.get(CONTENT_TYPE) else {
            return match self.first_byte() {
                Some(b'<') => Err(web_page()),
                Some(b'{' | b'[') | None => Ok(()),
                Some(_) => Err(Error::BadContentType { content_type: "of no declared type".to_owned() }),
            };
        };
        let declared = declared.to_str().unwrap_or_default();
        let kind = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/json" | "*/*" => Ok(()),
            _ if kind.starts_with("application/") && kind.ends_with("+json") => Ok(()),
            "text/html" | "application/xhtml+xml" => Err(web_page()),
            _ => Err(Error::BadContentType { content_type: text::clean(declared, secrets) }),
        }
    }

    fn first_byte(&self) -> Option<u8> {
        self.body.iter().copied().find(|b| !b.is_ascii_whitespace())
    }

    fn redirect(&self) -> Error {
        let location = self.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        // Only the origin: a path or query may carry what isn't ours to show.
        let location = location
            .and_then(|location| url::Url::parse(location).ok())
            .map(|location| location.origin().ascii_serialization());
        Error::Redirect { status: self.status.as_u16(), location }
    }

    fn refusal(&self, secrets: &[&str]) -> Error {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or(Value::Null);
        let phrase = self.status.canonical_reason().unwrap_or("no reason given");
        let said =
            Said::read(body.get("message").and_then(Value::as_str).unwrap_or_default(), phrase, secrets);
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            let (message, correlation_id) = (said.message, said.correlation_id);
            return Error::Throttled { retry_after: self.retry_after, message, correlation_id };
        }
        Error::Api {
            status: self.status.as_u16(),
            message: said.message,
            correlation_id: said.correlation_id,
            exception: said.exception,
            errors: field_errors(&body, secrets),
        }
    }
}

/// What the server asks to wait: seconds, or a date.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

fn is_deeper_than(value: &Value, levels: usize) -> bool {
    let Some(left) = levels.checked_sub(1) else { return true };
    match value {
        Value::Array(items) => items.iter().any(|item| is_deeper_than(item, left)),
        Value::Object(members) => members.values().any(|member| is_deeper_than(member, left)),
        _ => false,
    }
}

fn web_page() -> Error {
    Error::NotNCentral { detail: "a web page came instead of JSON".to_owned() }
}
