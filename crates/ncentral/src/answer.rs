//! From a status and bytes to data or an error.
//!
//! Data is data only if the status, the content type, the envelope and the shape are right. Errors are read
//! leniently, because the server writes them in many ways (NOTES, section 3).

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use crate::error::{Error, FieldError};
use crate::operation::Envelope;
use crate::text;

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
    /// The data of a success, or what is wrong. Without an envelope any JSON will do.
    pub(crate) fn into_value(
        self,
        envelope: Option<Envelope>,
        write: bool,
        secrets: &[&str],
    ) -> Result<Value, Error> {
        if self.status.is_redirection() {
            return Err(self.redirect());
        }
        if !self.status.is_success() {
            return Err(self.refusal(secrets));
        }
        let empty = self.body.iter().all(u8::is_ascii_whitespace);
        if empty && self.may_be_empty(envelope) {
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
        if let Some(failure) = error_in_200(&value, secrets) {
            return Err(failure);
        }
        check_shape(&value, envelope, write)?;
        Ok(value)
    }

    /// 204 says so itself; some unit properties are set with it where the contract has a body (NOTES, section 6).
    fn may_be_empty(&self, envelope: Option<Envelope>) -> bool {
        match envelope {
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

fn web_page() -> Error {
    Error::NotNCentral { detail: "a web page came instead of JSON".to_owned() }
}

/// The parts of `[ID=<correlation id>] <REASON PHRASE>: <ExceptionClass>: <detail>`, any of which may be missing.
struct Said {
    message: String,
    correlation_id: Option<String>,
    exception: Option<String>,
}

impl Said {
    fn read(message: &str, phrase: &str, secrets: &[&str]) -> Self {
        let message = text::clean(message, secrets);
        let (correlation_id, mut rest) = match message
            .strip_prefix("[ID=")
            .and_then(|rest| rest.split_once(']'))
        {
            Some((id, rest)) => (Some(id.trim().to_owned()).filter(|id| !id.is_empty()), rest.trim_start()),
            None => (None, message.as_str()),
        };
        let mut exception = None;
        // The phrase can come twice, with or without an exception's name behind it.
        while let Some((head, tail)) = rest.split_once(':') {
            let head = head.trim();
            if is_phrase(head, phrase) {
                rest = tail.trim_start();
            } else if exception.is_none() && is_exception(head) {
                exception = Some(head.rsplit('.').next().unwrap_or(head).to_owned());
                rest = tail.trim_start();
            } else {
                break;
            }
        }
        let said = if rest.is_empty() { phrase.to_owned() } else { rest.to_owned() };
        Self { message: said, correlation_id, exception }
    }
}

fn is_phrase(text: &str, phrase: &str) -> bool {
    text.eq_ignore_ascii_case(phrase)
        || text.eq_ignore_ascii_case(&phrase.replace(' ', "_"))
        || (!text.is_empty() && text.chars().all(|c| c.is_ascii_uppercase() || matches!(c, ' ' | '_')))
}

fn is_exception(text: &str) -> bool {
    (text.ends_with("Exception") || text.ends_with("Error"))
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '$' | '_'))
}

fn field_errors(body: &Value, secrets: &[&str]) -> Vec<FieldError> {
    let entries = body.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let part = |entry: &Value, name| {
        text::clean(entry.get(name).and_then(Value::as_str).unwrap_or_default(), secrets)
    };
    entries
        .iter()
        .map(|entry| FieldError { field: part(entry, "field"), message: part(entry, "message") })
        .collect()
}

/// An error that came with 200: a member named "error message" in any case, or the plain error body itself.
fn error_in_200(value: &Value, secrets: &[&str]) -> Option<Error> {
    let object = value.as_object()?;
    let members = object.iter().chain(object.get("data").and_then(Value::as_object).into_iter().flatten());
    let named = members
        .filter(|(name, said)| name.eq_ignore_ascii_case("error message") && !said.is_null())
        .map(|(_, said)| said.as_str().map_or_else(|| said.to_string(), str::to_owned))
        .find(|said| !said.is_empty());
    let said = named.or_else(|| {
        let status = match object.get("status")? {
            Value::Number(number) => number.as_u64()?,
            Value::String(text) => text.parse().ok()?,
            _ => return None,
        };
        let message = object.get("message")?.as_str()?;
        (400..600).contains(&status).then(|| message.to_owned())
    })?;
    let said = Said::read(&said, "no reason given", secrets);
    Some(Error::ErrorIn200 { message: said.message, correlation_id: said.correlation_id })
}

fn check_shape(value: &Value, envelope: Option<Envelope>, write: bool) -> Result<(), Error> {
    let (fits, expected) = match envelope {
        Some(Envelope::Page | Envelope::List) => {
            (value.get("data").is_some_and(Value::is_array), "an object with a list under \"data\"")
        }
        // The deprecated PSA mapping answers a list on some servers and an object on others (NOTES, section 13).
        Some(Envelope::Array) => (value.is_array() || value.is_object(), "a list"),
        // Creations answer a bare id, a wrapped one, or the echoed request.
        Some(Envelope::Bare) if write => (!value.is_array() && !value.is_null(), "an object or an id"),
        // Some servers send a body where the contract has none.
        Some(Envelope::Empty) | None => (true, ""),
        Some(_) => (value.is_object(), "an object"),
    };
    if fits { Ok(()) } else { Err(Error::BadShape { detail: format!("expected {expected}") }) }
}
