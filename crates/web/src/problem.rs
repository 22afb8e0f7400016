//! Failures as HTTP answers: `application/problem+json` (RFC 9457) with the members that every face reports. Whatever
//! is refused, by the gate or by HTTP itself, leaves in this one shape.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use model::{Kind, Problem};
use serde_json::{Map, Value, json};

/// Names the call that an answer is about.
pub(crate) const CALL_ID: HeaderName = HeaderName::from_static("ncgate-call-id");

/// Seconds to wait where a retry helps and the problem does not say when.
const RETRY_AFTER: u64 = 1;

/// A problem with the status it is answered with.
#[derive(Debug)]
pub(crate) struct Failure {
    problem: Problem,
    status: StatusCode,
}

impl Failure {
    /// A problem of HTTP's own.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Problem::new(kind, message).into()
    }

    /// Says what to do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.problem = self.problem.hint(hint);
        self
    }

    /// Takes another status than the kind's: HTTP has statuses (405, 415) that are no kinds of the product.
    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The answer to a failed attempt to connect: what N-central did wrong is a property of the connection that was
    /// asked for, so it is the request that can't be processed (422), and not this gateway that fails.
    pub(crate) fn of_connecting(problem: Problem) -> Self {
        let ours = matches!(problem.kind, Kind::Internal | Kind::ShuttingDown);
        let failure = Self::from(problem);
        if failure.status.is_server_error() && !ours {
            failure.status(StatusCode::UNPROCESSABLE_ENTITY)
        } else {
            failure
        }
    }

    /// The problem itself, for a face that shows it in another form.
    pub(crate) fn into_problem(self) -> Problem {
        self.problem
    }

    /// The members of RFC 9457 and, flat beside them, those of the product.
    fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("type".into(), format!("urn:ncgate:problem:{}", self.problem.kind).into());
        body.insert("title".into(), title(self.problem.kind).into());
        body.insert("status".into(), self.status.as_u16().into());
        body.insert("detail".into(), self.problem.message.clone().into());
        if let Value::Object(members) = serde_json::to_value(&self.problem).expect("a problem is JSON") {
            for (name, value) in members {
                body.entry(name).or_insert(value);
            }
        }
        Value::Object(body)
    }

    /// When to come back, in seconds, where coming back helps.
    fn retry_after(&self) -> Option<u64> {
        let busy = matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        let told = self.problem.details.get("retry_after").and_then(Value::as_u64);
        (busy && self.problem.retryable).then(|| told.unwrap_or(RETRY_AFTER))
    }
}

/// The schema of a failure: that of a problem, with the members of the standard before it.
pub(crate) fn details_schema(mut problem: Value) -> Value {
    let standard = [
        ("type", "string", "`urn:ncgate:problem:` and the kind"),
        ("title", "string", "The kind in words"),
        ("status", "integer", "The status of the answer"),
        ("detail", "string", "As `message`"),
    ];
    let own = problem["properties"].take();
    for (name, kind, description) in standard {
        problem["properties"][name] = json!({ "type": kind, "description": description });
    }
    for (name, member) in own.as_object().into_iter().flatten() {
        problem["properties"][name] = member.clone();
    }
    let required = problem["required"].as_array_mut().expect("a problem has members that are always there");
    required.splice(0..0, standard.map(|(name, ..)| name.into()));
    problem
}

/// The kind in words, for people: the same for every occurrence of it.
pub(crate) fn title(kind: Kind) -> String {
    let mut words = kind.as_str().replace('-', " ");
    words[..1].make_ascii_uppercase();
    words
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let status =
            StatusCode::from_u16(problem.kind.http_status()).expect("every kind has a valid HTTP status");
        Self { problem, status }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        let call = self.problem.details.get("call_id").and_then(Value::as_str);
        if let Some(Ok(call)) = call.map(HeaderValue::from_str) {
            headers.insert(CALL_ID, call);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_members_name_of_the_standard_is_never_overwritten() {
        let problem =
            Problem::new(Kind::UnknownTool, "no such tool").detail("status", "odd").detail("columns", 3);
        let body = Failure::from(problem).body();
        assert_eq!(body["type"], "urn:ncgate:problem:unknown-tool");
        assert_eq!(body["title"], "Unknown tool");
        assert_eq!((&body["status"], &body["kind"]), (&404.into(), &"unknown-tool".into()));
        assert_eq!((&body["detail"], &body["message"]), (&"no such tool".into(), &"no such tool".into()));
        assert_eq!(body["columns"], 3);
    }

    #[test]
    fn only_what_helps_says_when_to_come_back() {
        let busy = Problem::new(Kind::TooManyRequests, "slowly");
        assert_eq!(Failure::from(busy.clone()).retry_after(), None);
        assert_eq!(Failure::from(busy.clone().retryable(true)).retry_after(), Some(RETRY_AFTER));
        assert_eq!(Failure::from(busy.retryable(true).detail("retry_after", 30)).retry_after(), Some(30));
    }

    #[test]
    fn an_unreachable_server_is_the_requests_fault_when_connecting() {
        let status = |kind| Failure::of_connecting(Problem::new(kind, "")).status;
        assert_eq!(status(Kind::Unreachable), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(status(Kind::Internal), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(status(Kind::Conflict), StatusCode::CONFLICT);
    }
}
