//! Requests, built by pure code from an operation, its parameters and a body.
//!
//! Nothing here touches the network, so whatever is wrong with a request is known before a byte of it leaves.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::error::Error;
use crate::operation::{Method, Operation, Place};
use crate::params::Params;
use crate::url::ServerUrl;

/// Everything but RFC 3986's unreserved characters is encoded, in a path segment and in a query alike.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Builds the request of an operation of the contract.
pub(crate) fn build(
    server: &ServerUrl,
    operation: &Operation,
    params: &Params,
    body: Option<&Value>,
) -> Result<Request<Bytes>, Error> {
    for (name, _) in params.iter() {
        if !operation.parameters.iter().any(|parameter| parameter.name == name) {
            return Err(Error::not_sent(format!("{} has no parameter {name}", operation.id)));
        }
    }
    let mut path = operation.path.to_owned();
    let mut query = Vec::new();
    let mut headers = Vec::new();
    for parameter in operation.parameters {
        match (params.get(parameter.name), parameter.place) {
            (Some(value), Place::Path) => {
                path = path.replace(&format!("{{{}}}", parameter.name), &segment(parameter.name, value)?);
            }
            (Some(value), Place::Query) => query.push((parameter.name, value)),
            (Some(value), Place::Header) => headers.push((parameter.name, value)),
            (None, _) if parameter.required => {
                return Err(Error::not_sent(format!("{} needs {}", operation.id, parameter.name)));
            }
            (None, _) => {}
        }
    }
    if body.is_some() && !operation.body {
        return Err(Error::not_sent(format!("{} takes no body", operation.id)));
    }
    let mut request = assemble(server, operation.method, &path, query.into_iter(), body)?;
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_str(value);
        match (name, value) {
            (Ok(name), Ok(value)) => request.headers_mut().insert(name, value),
            _ => return Err(Error::not_sent("a header value has characters that a header can't carry")),
        };
    }
    Ok(request)
}

/// Builds a request to a path that the contract may not know. The path is checked again, whoever checked it before.
pub(crate) fn build_raw(
    server: &ServerUrl,
    method: Method,
    path: &str,
    query: &[(String, String)],
    body: Option<&Value>,
) -> Result<Request<Bytes>, Error> {
    if !is_plain_api_path(path) {
        return Err(Error::not_sent("the path must be /api or below, of plain segments, without . and .."));
    }
    let query = query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    assemble(server, method, path, query, body)
}

/// Whether a path may be asked raw: `^/api(/[A-Za-z0-9._~-]+)*$` without `.` and `..` segments. Nothing is repaired,
/// because whatever else there is could name another host, another route or another query.
pub fn is_plain_api_path(path: &str) -> bool {
    let mut segments = path.split('/');
    segments.next() == Some("")
        && segments.next() == Some("api")
        && segments.all(|segment| {
            !matches!(segment, "" | "." | "..")
                && segment
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b'-'))
        })
}

/// One encoded path segment. An empty one, `.` and `..` would name another route.
fn segment(name: &str, value: &str) -> Result<String, Error> {
    if matches!(value, "" | "." | "..") {
        return Err(Error::not_sent(format!("{name} can't be {value:?}")));
    }
    Ok(utf8_percent_encode(value, ENCODED).to_string())
}

fn assemble<'a>(
    server: &ServerUrl,
    method: Method,
    path: &str,
    query: impl Iterator<Item = (&'a str, &'a str)>,
    body: Option<&Value>,
) -> Result<Request<Bytes>, Error> {
    let mut target = format!("{server}{path}");
    for (index, (name, value)) in query.enumerate() {
        target.push(if index == 0 { '?' } else { '&' });
        target.extend(utf8_percent_encode(name, ENCODED));
        target.push('=');
        target.extend(utf8_percent_encode(value, ENCODED));
    }
    let mut request = Request::builder().method(http::Method::from(method)).uri(target);
    request = request.header(ACCEPT, "application/json");
    let bytes = match body {
        Some(body) => {
            request = request.header(CONTENT_TYPE, "application/json");
            Bytes::from(body.to_string())
        }
        None => Bytes::new(),
    };
    request.body(bytes).map_err(|error| Error::not_sent(error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::operations;

    fn server() -> ServerUrl {
        ServerUrl::parse("https://nc.example").expect("a good address").0
    }

    #[test]
    fn path_and_query_values_are_encoded() {
        let params = Params::new().set("orgUnitId", "5/../1").set("select", "longName==a b;x");
        let request = build(&server(), operations::LIST_ORG_UNIT_DEVICES, &params, None).expect("it builds");
        assert_eq!(
            request.uri().to_string(),
            "https://nc.example/api/org-units/5%2F..%2F1/devices?select=longName%3D%3Da%20b%3Bx"
        );
    }

    #[test]
    fn a_body_is_json_and_says_so() {
        let params = Params::new().set("deviceId", 7).set("propertyId", 9);
        let body = json!({"value": "x"});
        let request = build(&server(), operations::SET_DEVICE_CUSTOM_PROPERTY, &params, Some(&body))
            .expect("it builds");
        assert_eq!(request.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(request.body().as_ref(), br#"{"value":"x"}"#);
    }

    #[test]
    fn what_the_contract_does_not_have_is_refused() {
        let get = operations::GET_DEVICE;
        for (params, body) in [
            (Params::new(), None),
            (Params::new().set("deviceId", ""), None),
            (Params::new().set("deviceId", ".."), None),
            (Params::new().set("deviceId", 1).set("pageNumber", 1), None),
            (Params::new().set("deviceId", 1), Some(json!({}))),
        ] {
            let error = build(&server(), get, &params, body.as_ref()).expect_err("refused");
            assert_eq!(error.kind(), "not_sent", "{params:?}");
        }
    }

    #[test]
    fn raw_paths_stay_below_api() {
        for path in ["/api", "/api/users/me", "/api/a.b/~c"] {
            assert!(is_plain_api_path(path), "{path}");
        }
        for path in [
            "",
            "/",
            "api",
            "/apix",
            "/api/",
            "/api//x",
            "/api/..",
            "/api/./x",
            "/api/%2e",
            "/api/a;b",
            "/API",
            "/api/a?b",
            "/api/ü",
            "//host/api",
            "https://h/api",
            "/api/a\\b",
            "/api/a\n",
        ] {
            assert!(!is_plain_api_path(path), "{path}");
        }
    }
}
