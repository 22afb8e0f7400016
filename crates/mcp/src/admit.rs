//! Who an HTTP request comes from, settled before the protocol sees it: the bearer token, the address, the query.

use crate::doorway::{Doorway, Entrance, LocalAgent, View, Visitor};
use axum::Json;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{StatusCode, Uri};
use model::{Kind, NameSet, Problem, Source};
use serde::Deserialize;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use tracing::Span;

/// Where the protected resource describes itself (RFC 9728).
pub(crate) const METADATA_PATH: &str = "/.well-known/oauth-protected-resource/mcp";

/// A local command that comes with the owner's token says with these that it wants to be the local agent.
const LOCAL_AGENT: HeaderName = HeaderName::from_static("ncgate-local-agent");
const LOCAL_CONNECTION: HeaderName = HeaderName::from_static("ncgate-connection");

/// A caller that was let in; travels with the request to the handler.
#[derive(Clone)]
pub(crate) struct Admitted {
    pub(crate) doorway: Arc<dyn Doorway>,
    pub(crate) view: View,
    /// What the log tells of the request, which the SDK answers in a task of its own.
    pub(crate) span: Span,
}

/// Lets requests in.
pub(crate) struct Guard {
    pub(crate) entrance: Arc<dyn Entrance>,
    /// The address that people and clients reach the gateway under; else what the request itself says.
    pub(crate) public_url: Option<String>,
}

impl Guard {
    /// Where this gateway is, as the client sees it.
    fn base(&self, headers: &HeaderMap) -> String {
        let named = || {
            let host = headers.get(header::HOST)?.to_str().ok()?;
            // Goes back into a quoted header value, so nothing but an authority may pass.
            http::uri::Authority::try_from(host).ok().map(|host| format!("http://{host}"))
        };
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => named().unwrap_or_default(),
        }
    }

    fn refuse(&self, headers: &HeaderMap, problem: &Problem, had_token: bool) -> Response {
        let status =
            StatusCode::from_u16(problem.kind.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(problem)).into_response();
        let answered = response.headers_mut();
        answered.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = problem.details.get("retry_after").and_then(serde_json::Value::as_u64) {
            answered.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            let wrong = if had_token { "error=\"invalid_token\", " } else { "" };
            let challenge =
                format!("Bearer {wrong}resource_metadata=\"{}{METADATA_PATH}\"", self.base(headers));
            answered.extend(HeaderValue::try_from(challenge).map(|value| (header::WWW_AUTHENTICATE, value)));
        }
        response
    }
}

/// Admits the request or answers in its place.
pub(crate) async fn admit(State(guard): State<Arc<Guard>>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let Some(token) = bearer(headers) else {
        let problem = Problem::new(Kind::Unauthenticated, "this address needs a bearer token")
            .hint("send the key as `Authorization: Bearer ncg_…`; `ncgate key create` makes one");
        return guard.refuse(headers, &problem, false);
    };
    let view = match view(request.uri()) {
        Ok(view) => view,
        Err(problem) => return guard.refuse(headers, &problem, true),
    };
    let visitor = Visitor {
        token: token.into(),
        local_agent: text(headers, &LOCAL_AGENT)
            .is_some_and(|value| value == "1")
            .then(|| LocalAgent { connection: text(headers, &LOCAL_CONNECTION).map(str::to_owned) }),
        source: source(&request),
    };
    match guard.entrance.admit(visitor).await {
        Ok(doorway) => {
            request.extensions_mut().insert(Admitted { doorway, view, span: Span::current() });
            readable(next.run(request).await)
        }
        Err(problem) => guard.refuse(request.headers(), &problem, true),
    }
}

/// What the resource says of itself. It names no authorization server: keys are handed out by people.
pub(crate) async fn metadata(State(guard): State<Arc<Guard>>, headers: HeaderMap) -> Response {
    Json(json!({
        "resource": format!("{}/mcp", guard.base(&headers)),
        "resource_name": "ncgate",
        "bearer_methods_supported": ["header"],
    }))
    .into_response()
}

/// A body that is no JSON-RPC message: the SDK blames the media type, the protocol has an error of its own.
fn readable(response: Response) -> Response {
    match response.status() {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            let error = json!({
                "jsonrpc": "2.0",
                "id": null,
                "error": {"code": -32700, "message": "the body is no JSON-RPC message in application/json"},
            });
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        }
        _ => response,
    }
}

/// The token of the one `Authorization` header. Of two, whoever stands before the gateway could have meant the other.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (given.next(), given.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn source(request: &Request) -> Source {
    Source {
        face: "mcp".to_owned(),
        address: request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip()),
        client: text(request.headers(), &header::USER_AGENT)
            .map(|agent| model::text::shorten(&model::text::clean(agent, false), 100)),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The query members that are known; others are left alone, as clients add their own.
#[derive(Deserialize)]
struct Asked {
    names: Option<NameSet>,
    connection: Option<String>,
    output_schemas: Option<String>,
}

fn view(uri: &Uri) -> Result<View, Problem> {
    let Query(Asked { names, connection, output_schemas }) = Query::try_from_uri(uri).map_err(|error| {
        Problem::new(Kind::BadRequest, format!("the query can't be used: {error}"))
            .hint("`names` is canonical or alias; `connection` is the name of a connection")
    })?;
    let output_schemas = output_schemas.is_some_and(|asked| matches!(asked.as_str(), "1" | "true"));
    Ok(View { names, connection, output_schemas })
}
