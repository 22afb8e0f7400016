//! How answers of every kind are read.

use serde_json::json;

use super::*;
use crate::error::FieldError;
use crate::operations;

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

fn read(operation: &Operation, status: u16, content_type: Option<&str>, body: &str) -> Result<Value, Error> {
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
        (operations::CREATE_CUSTOMER, 201, r#"{"data": "412"}"#, "data"),
        (operations::CREATE_CUSTOMER, 201, r#"{"data": "unexpected"}"#, "bad_shape"),
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
        assert_eq!(kind(operation, status, Some(JSON), body), expected, "{} {status} {body}", operation.id);
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
        (500, "com.nable.ApiServiceRuntimeException: boom", None, Some("ApiServiceRuntimeException"), "boom"),
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

#[test]
fn what_is_nested_beyond_reason_is_no_data() {
    let nested = |levels: usize| {
        let (open, close) = ("{\"a\":".repeat(levels - 2), "}".repeat(levels - 2));
        format!("{{\"data\":{open}1{close}}}")
    };
    for operation in [operations::GET_DEVICE_ASSETS, operations::CREATE_USER_ROLE] {
        assert_eq!(kind(operation, 200, Some(JSON), &nested(DEEPEST)), "data");
        assert_eq!(kind(operation, 200, Some(JSON), &nested(DEEPEST + 1)), "bad_shape");
        assert_eq!(kind(operation, 200, Some(JSON), &nested(200)), "bad_json");
    }
}
