//! Everything that the server refuses, with the text layout of NOTES §3: a correlation id, the reason phrase in
//! capitals, the exception's name, the detail.

use serde_json::{Value, json};

use crate::answer::Answer;

/// A refused request. The correlation id is given when it becomes an answer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    text: String,
    errors: Vec<(String, String)>,
}

impl Failure {
    fn new(status: u16, class: &str, detail: &str) -> Self {
        Self { status, text: format!("{}: {class}: {detail}", phrase(status)), errors: Vec::new() }
    }

    pub(crate) fn bad_request(detail: &str) -> Self {
        Self::new(400, "BadRequestException", detail)
    }

    /// An id or another number that is none.
    pub(crate) fn format(detail: &str) -> Self {
        Self::new(400, "InvalidInputFormatException", detail)
    }

    pub(crate) fn access_group(detail: &str) -> Self {
        Self::new(400, "InvalidAccessGroupCreateRequestException", detail)
    }

    /// One entry per offending member, under the header that bean validation uses.
    pub(crate) fn validation(errors: Vec<(String, String)>) -> Self {
        Self { status: 400, text: "Multiple Validations Failed.".to_owned(), errors }
    }

    /// A blank name on creation of a unit: `SO Create --` stands where the exception's name would (NOTES §3).
    pub(crate) fn blank_name(what: &str, member: &str) -> Self {
        let text = format!("{}: {what} Create -- {member} is required and cannot be blank.", phrase(400));
        Self { status: 400, text, errors: Vec::new() }
    }

    pub(crate) fn unauthorized(class: &str, detail: &str) -> Self {
        Self::new(401, class, detail)
    }

    pub(crate) fn forbidden(class: &str, detail: &str) -> Self {
        Self::new(403, class, detail)
    }

    pub(crate) fn not_found(detail: &str) -> Self {
        Self::new(404, "ResourceNotFoundException", detail)
    }

    pub(crate) fn no_device(id: i32) -> Self {
        Self::not_found(&format!("Device with ID {id} was not found!"))
    }

    pub(crate) fn no_unit(id: i32) -> Self {
        Self::not_found(&format!("Org Unit not found: '{id}'."))
    }

    pub(crate) fn method_not_allowed(method: &str) -> Self {
        Self::new(
            405,
            "HttpRequestMethodNotSupportedException",
            &format!("Request method '{method}' is not supported"),
        )
    }

    pub(crate) fn conflict(detail: &str) -> Self {
        Self { status: 409, text: format!("{}: {detail}", phrase(409)), errors: Vec::new() }
    }

    pub(crate) fn media_type(found: &str) -> Self {
        Self::new(
            415,
            "HttpMediaTypeNotSupportedException",
            &format!("Content-Type '{found}' is not supported"),
        )
    }

    pub(crate) fn server(class: &str, detail: &str) -> Self {
        Self::new(500, class, detail)
    }

    /// A failure that only an injected fault causes.
    pub(crate) fn injected(status: u16) -> Self {
        Self::new(status, "ApiServiceRuntimeException", "The request could not be processed at this time.")
    }

    pub(crate) fn into_answer(self, correlation_id: &str) -> Answer {
        let mut body =
            json!({"status": self.status, "message": format!("[ID={correlation_id}] {}", self.text)});
        if !self.errors.is_empty() {
            let errors: Vec<Value> = self
                .errors
                .iter()
                .map(|(field, message)| json!({"field": field, "message": message}))
                .collect();
            body["errors"] = Value::from(errors);
        }
        Answer::of(self.status, body)
    }
}

fn phrase(status: u16) -> String {
    let reason = http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason());
    reason.unwrap_or("Error").to_uppercase()
}
