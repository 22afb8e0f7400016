//! What N-central says when it refuses, in one of the many ways in which it writes that (NOTES, section 3).

use serde_json::Value;

use crate::error::{Error, FieldError};
use crate::text;

/// The parts of `[ID=<correlation id>] <REASON PHRASE>: <ExceptionClass>: <detail>`, any of which may be missing.
pub(super) struct Said {
    pub(super) message: String,
    pub(super) correlation_id: Option<String>,
    pub(super) exception: Option<String>,
}

impl Said {
    pub(super) fn read(message: &str, phrase: &str, secrets: &[&str]) -> Self {
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

pub(super) fn field_errors(body: &Value, secrets: &[&str]) -> Vec<FieldError> {
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
pub(super) fn error_in_200(value: &Value, secrets: &[&str]) -> Option<Error> {
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
