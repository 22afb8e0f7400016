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
use crate::operation::{Envelope, Operation};
use crate::operations;
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
        if let Some(failure) = error_in_200(&value, secrets) {
            return Err(failure);
        }
        check_shape(&value, operation)?;
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

/// Members that may stand in an answer whose contract has no body.
const ENVELOPE_MEMBERS: [&str; 6] = ["_links", "_warnings", "status", "message", "success", "data"];

fn check_shape(value: &Value, operation: Option<&Operation>) -> Result<(), Error> {
    let Some(operation) = operation else { return Ok(()) };
    let (fits, expected) = match operation.envelope {
        Envelope::Page | Envelope::List => {
            (value.get("data").is_some_and(Value::is_array), "an object with a list under \"data\"")
        }
        // The deprecated PSA mapping answers a list on some servers and an object on others (NOTES, section 13).
        Envelope::Array if operation.id == operations::GET_PSA_CUSTOMER_MAPPING_DEPRECATED.id => {
            (value.is_array() || value.is_object(), "a list or an object")
        }
        Envelope::Array => (value.is_array(), "a list"),
        // Creations answer a bare id, a wrapped one, or the echoed request.
        Envelope::Bare if operation.effect.is_write() => {
            (!value.is_array() && !value.is_null(), "an object or an id")
        }
        Envelope::Bare | Envelope::Links => (value.is_object(), "an object"),
        // Assets come without the wrapper on some servers; a report's data is null until it is complete.
        Envelope::Data | Envelope::Report | Envelope::StatusMessageData | Envelope::MessageData => {
            let inner =
                value.get("data").is_none_or(|data| data.is_object() || data.is_array() || data.is_null());
            (value.is_object() && inner, "an object, with an object under \"data\" if there is such a member")
        }
        Envelope::Empty => (is_envelope_only(value), "no body"),
    };
    if fits { Ok(()) } else { Err(Error::BadShape { detail: format!("expected {expected}") }) }
}

fn is_envelope_only(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.keys().all(|name| ENVELOPE_MEMBERS.contains(&name.as_str())),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const JSON: &str = "application/json;charset=UTF-8";

    fn answer(status: u16, content_type: Option<&str>, body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some(kind) = content_type {
            headers.insert(CONTENT_TYPE, kind.parse().expect("a header value"));
        }
        Answer {
            status: StatusCode::from_u16(status).expect("a status"),
            headers,
            body: Bytes::copy_from_slice(body.as_bytes()),
            elapsed: Duration::ZERO,
            retry_after: None,
        }
    }

    fn read(
        operation: &Operation,
        status: u16,
        content_type: Option<&str>,
        body: &str,
    ) -> Result<Value, Error> {
        answer(status, content_type, body).into_value(Some(operation), &["s3cr3t-token"])
    }

    fn kind(operation: &Operation, status: u16, content_type: Option<&str>, body: &str) -> &'static str {
        match read(operation, status, content_type, body) {
            Ok(_) => "data",
            Err(error) => error.kind(),
        }
    }

    #[test]
    fn data_is_data_only_if_everything_is_right() {
        let list = operations::LIST_DEVICES;
        for (content_type, body, expected) in [
            (Some(JSON), r#"{"data": []}"#, "data"),
            (Some("application/hal+json"), r#"{"data": []}"#, "data"),
            (Some("*/*"), r#"{"data": []}"#, "data"),
            (None, r#" {"data": []}"#, "data"),
            (None, "<html>", "not_ncentral"),
            (None, "data", "bad_content_type"),
            (Some("text/html"), r#"{"data": []}"#, "not_ncentral"),
            (Some("text/plain"), r#"{"data": []}"#, "bad_content_type"),
            (Some(JSON), r#"{"data": [1, 2"#, "truncated"),
            (Some(JSON), "", "truncated"),
            (Some(JSON), r#"{"data": ]}"#, "bad_json"),
            (Some(JSON), r#"{"data": "unexpected"}"#, "bad_shape"),
            (Some(JSON), "[]", "bad_shape"),
            (Some(JSON), "{}", "bad_shape"),
            (Some(JSON), r#"{"data": [], "Error Message": "no"}"#, "error_in_200"),
            (Some(JSON), r#"{"error message": "no"}"#, "error_in_200"),
            (Some(JSON), r#"{"status": "500", "message": "no"}"#, "error_in_200"),
        ] {
            assert_eq!(kind(list, 200, content_type, body), expected, "{content_type:?} {body}");
        }
        assert_eq!(kind(list, 302, Some("text/html"), ""), "redirect");
        assert_eq!(kind(list, 204, None, ""), "truncated");
    }

    #[test]
    fn each_envelope_has_its_shape() {
        for (operation, status, body, expected) in [
            (operations::GET_DEVICE_ASSETS, 200, r#"{"os": {}}"#, "data"),
            (operations::GET_DEVICE_ASSETS, 200, r#"{"data": "x"}"#, "bad_shape"),
            (operations::GET_REPORT, 200, r#"{"reportId": 1, "data": null}"#, "data"),
            (operations::GET_CUSTOMER, 200, "[[{}]]", "bad_shape"),
            (operations::CREATE_CUSTOMER, 201, "412", "data"),
            (operations::CREATE_CUSTOMER, 201, r#"{"data": {"customerId": 412}}"#, "data"),
            (operations::CREATE_CUSTOMER, 201, "[]", "bad_shape"),
            (operations::LIST_SOFTWARE_INSTALLERS, 200, "[]", "data"),
            (operations::LIST_SOFTWARE_INSTALLERS, 200, "{}", "bad_shape"),
            (operations::GET_PSA_CUSTOMER_MAPPING_DEPRECATED, 200, "{}", "data"),
            (operations::SET_ORG_CUSTOM_PROPERTY, 204, "", "data"),
            (operations::SET_ORG_CUSTOM_PROPERTY, 200, "", "truncated"),
            (operations::DELETE_DEVICE, 204, "", "data"),
            (operations::DELETE_DEVICE, 200, r#"{"message": "Deleted."}"#, "data"),
            (operations::DELETE_DEVICE, 200, r#"{"unexpected": true}"#, "bad_shape"),
            (operations::CREATE_DIRECT_SCHEDULED_TASK, 201, "", "truncated"),
        ] {
            assert_eq!(
                kind(operation, status, Some(JSON), body),
                expected,
                "{} {status} {body}",
                operation.id
            );
        }
    }

    #[test]
    fn error_texts_are_taken_apart_however_they_are_laid_out() {
        for (status, said, id, exception, message) in [
            (
                404,
                "[ID=a-1] NOT FOUND: ResourceNotFoundException: Org Unit not found: '9'",
                Some("a-1"),
                Some("ResourceNotFoundException"),
                "Org Unit not found: '9'",
            ),
            (
                401,
                "[ID=a-1]UNAUTHORIZED: UNAUTHORIZED: UnauthorizedException: Missing authorization header bearer.",
                Some("a-1"),
                Some("UnauthorizedException"),
                "Missing authorization header bearer.",
            ),
            (400, "[ID=b] Multiple Validations Failed.", Some("b"), None, "Multiple Validations Failed."),
            (
                500,
                "com.nable.ApiServiceRuntimeException: boom",
                None,
                Some("ApiServiceRuntimeException"),
                "boom",
            ),
            (400, "Customer Create -- name is blank", None, None, "Customer Create -- name is blank"),
            (403, "", None, None, "Forbidden"),
            (400, "bad s3cr3t-token\\u001b[0m", None, None, "bad [removed][0m"),
        ] {
            let body = format!(r#"{{"status": "{status}", "message": "{said}"}}"#);
            let error = read(operations::GET_DEVICE, status, Some(JSON), &body).expect_err("a refusal");
            let Error::Api { status: got, message: text, correlation_id, exception: class, errors } = error
            else {
                panic!("{error:?}");
            };
            assert_eq!(
                (got, text.as_str(), correlation_id.as_deref(), class.as_deref(), errors.len()),
                (status, message, id, exception, 0),
                "{said}"
            );
        }
    }

    #[test]
    fn validation_errors_name_the_members() {
        let body = json!({"status": 400, "message": "[ID=x] Multiple Validations Failed.",
            "errors": [{"field": "startDate", "message": "must not be null"}]});
        let error = read(operations::GET_DEVICE, 400, Some(JSON), &body.to_string()).expect_err("a refusal");
        let Error::Api { errors, .. } = error else { panic!("{error:?}") };
        assert_eq!(errors, [FieldError { field: "startDate".into(), message: "must not be null".into() }]);
    }

    #[test]
    fn a_refusal_is_one_whatever_its_body() {
        for body in ["", "<html>", "[1", "null"] {
            assert_eq!(kind(operations::GET_DEVICE, 403, Some("text/html"), body), "forbidden", "{body}");
        }
    }

    #[test]
    fn a_redirect_shows_where_to_but_not_what() {
        let mut redirect = answer(302, None, "");
        redirect.headers.insert(LOCATION, "https://login.example/x?token=1".parse().expect("a header"));
        let error = redirect.into_value(None, &[]).expect_err("no data");
        assert_eq!(error, Error::Redirect { status: 302, location: Some("https://login.example".into()) });
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-03-04T14:00:00Z".parse().expect("a timestamp");
        let asked = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().expect("a header value"));
            retry_after(&headers, now).map(|wait| wait.as_secs())
        };
        assert_eq!(asked("7"), Some(7));
        assert_eq!(asked("Wed, 04 Mar 2026 14:00:09 GMT"), Some(9));
        assert_eq!(asked("Wed, 04 Mar 2026 13:00:00 GMT"), Some(0));
        assert_eq!(asked("soon"), None);
    }
}
