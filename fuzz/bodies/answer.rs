//! Answers of N-central: whatever bytes come, they are data of the right shape or an error, and an error shows neither a
//! credential nor a mark that nobody sees. The first two bytes choose operation, status and content type.

use axum::body::Bytes;
use axum::http::{Request, Response};
use http_body_util::Full;
use ncentral::{
    ActiveIssue, Client, CustomProperty, Customer, Device, DeviceTask, Error, JobStatus, Operation, Params,
    Place, ServerInfo, ServerUrl, Task, TaskStatus, operations,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::convert::Infallible;
use std::time::Duration;

const JWT: &str = "eyJhbGciOiJub25lIn0.jwt-of-the-user";
const TOKENS: &str = r#"{"tokens":{"access":{"token":"access-token-1","type":"Bearer","expirySeconds":3600},"refresh":{"token":"refresh-token-1","type":"Body","expirySeconds":90000}}}"#;

/// What the client calls by itself, and has answered as it should be.
const SIGN_IN: [&str; 2] = ["/api/auth/authenticate", "/api/auth/refresh"];

const STATUSES: [u16; 12] = [200, 200, 200, 200, 201, 204, 302, 400, 401, 404, 500, 502];
const KINDS: [Option<&str>; 6] = [
    Some("application/json"),
    Some("application/json;charset=UTF-8"),
    None,
    Some("text/html"),
    Some("*/*"),
    Some("application/problem+json"),
];

pub(crate) fn check(bytes: &[u8]) {
    let [choice, kind, body @ ..] = bytes else { return };
    let operation = &operations::ALL[usize::from(*choice) % operations::ALL.len()];
    if SIGN_IN.contains(&operation.path) {
        return;
    }
    let status = STATUSES[usize::from(*kind) % STATUSES.len()];
    let kind = KINDS[usize::from(*kind) / STATUSES.len() % KINDS.len()];
    let body = Bytes::copy_from_slice(body);
    // Time stands still, so that no retry is waited for.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let answer = runtime.expect("a runtime").block_on(call(operation, status, kind, body));
    match answer {
        Ok(data) => {
            assert!((200..300).contains(&status), "{status} came as data");
            serde_json::from_str::<Value>(&data.to_string()).expect("data is read again");
            readers(&data);
        }
        Err(error) => {
            let said = error.to_string();
            assert_eq!(model::text::clean(&said, false), said, "it has marks that nobody sees");
            for secret in [JWT, "access-token-1", "refresh-token-1"] {
                assert!(!said.contains(secret), "{said}");
            }
        }
    }
}

async fn call(
    operation: &'static Operation,
    status: u16,
    kind: Option<&'static str>,
    body: Bytes,
) -> Result<Value, Error> {
    let service = tower::service_fn(move |request: Request<Full<Bytes>>| {
        let is_sign_in = SIGN_IN.contains(&request.uri().path());
        let (status, kind, body) = match is_sign_in {
            true => (200, Some("application/json"), Bytes::from_static(TOKENS.as_bytes())),
            false => (status, kind, body.clone()),
        };
        let mut response = Response::builder().status(status);
        if let Some(kind) = kind {
            response = response.header("content-type", kind);
        }
        let response = response.body(Full::new(body)).expect("an answer");
        async move { Ok::<_, Infallible>(response) }
    });
    let server = ServerUrl::parse("https://ncentral.example").expect("an address").0;
    let client =
        Client::builder(server, JWT.to_owned()).deadline(Duration::from_secs(5)).service(service).build()?;
    let places = operation.parameters.iter().filter(|parameter| parameter.place == Place::Path);
    let params = places.fold(Params::new(), |params, parameter| params.set(parameter.name, "1"));
    let sent = operation.body.then(|| serde_json::json!({}));
    Ok(client.call(operation, params, sent).await?.into_data())
}

/// The tolerant readers of typed calls take it or leave it.
fn readers(data: &Value) {
    fn read<T: DeserializeOwned>(value: &Value) {
        drop(serde_json::from_value::<T>(value.clone()));
    }
    let inner = data.get("data").unwrap_or(data);
    let first = inner.get(0).unwrap_or(inner);
    for value in [data, inner, first] {
        read::<ActiveIssue>(value);
        read::<CustomProperty>(value);
        read::<Customer>(value);
        read::<Device>(value);
        read::<DeviceTask>(value);
        read::<JobStatus>(value);
        read::<ServerInfo>(value);
        read::<Task>(value);
        read::<TaskStatus>(value);
    }
}
