//! What a handler takes from a request: path, query and JSON body, each refused as a problem where it can't be
//! understood. axum's own extractors do the work; only what they say when they refuse is replaced.

use crate::openapi::{Given, Sheet, Taken};
use crate::problem::Failure;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use model::Kind;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Where it stands what a route takes.
const SEE_THE_DOCUMENT: &str = "`GET /api/openapi.json` says what each route takes";

/// How long a caller may take to send a body.
const READ_WITHIN: Duration = Duration::from_secs(30);

/// The variable segments of the path.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(refusal) => Err(Failure::new(Kind::BadRequest, refusal.body_text()).hint(SEE_THE_DOCUMENT)),
        }
    }
}

impl<T> Taken for Path<T> {
    fn describe(sheet: &mut Sheet<'_>) {
        sheet.refuses(&[Kind::BadRequest, Kind::NotFound]);
    }
}

/// The query; an unknown parameter is an error wherever `T` denies unknown members.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(refusal) => {
                Err(Failure::new(Kind::InvalidArguments, refusal.body_text()).hint(SEE_THE_DOCUMENT))
            }
        }
    }
}

impl<T: JsonSchema> Taken for Query<T> {
    fn describe(sheet: &mut Sheet<'_>) {
        let parameters = sheet.schemas.query::<T>();
        sheet.parameters.extend(parameters);
        sheet.refuses(&[Kind::InvalidArguments]);
    }
}

/// A JSON body, in a request or in an answer.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        match Body::from_request(request, state).await?.parse() {
            Some(parsed) => parsed.map(Self),
            None => {
                Err(Failure::new(Kind::BadRequest, "a JSON body is needed and none came")
                    .hint(SEE_THE_DOCUMENT))
            }
        }
    }
}

impl<T: JsonSchema> Taken for Json<T> {
    fn describe(sheet: &mut Sheet<'_>) {
        let schema = sheet.schemas.taken::<T>();
        sheet.takes(schema, true);
    }
}

impl<T: JsonSchema> Given for Json<T> {
    fn describe(sheet: &mut Sheet<'_>) {
        let schema = sheet.schemas.given::<T>();
        sheet.answers(StatusCode::OK, schema);
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// What was made, as JSON; with its place, where it has one of its own.
pub(crate) struct Created<T> {
    pub(crate) made: T,
    pub(crate) place: Option<String>,
}

impl<T> From<T> for Created<T> {
    fn from(made: T) -> Self {
        Self { made, place: None }
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let place = self.place.map(|place| [(header::LOCATION, place)]);
        (StatusCode::CREATED, place.map(AppendHeaders), Json(self.made)).into_response()
    }
}

impl<T: JsonSchema> Given for Created<T> {
    fn describe(sheet: &mut Sheet<'_>) {
        let schema = sheet.schemas.given::<T>();
        sheet.answers(StatusCode::CREATED, schema);
        sheet.answers_header(
            StatusCode::CREATED,
            "Location",
            "What was made, where it has a place of its own",
        );
    }
}

/// It is done, and there is nothing to say of it.
pub(crate) struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl Given for NoContent {
    fn describe(sheet: &mut Sheet<'_>) {
        sheet.answers_nothing(StatusCode::NO_CONTENT);
    }
}

/// A JSON body where none stands for `T`'s default.
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let parsed = Body::from_request(request, state).await?.parse();
        parsed.unwrap_or_else(|| Ok(T::default())).map(Self)
    }
}

impl<T: JsonSchema> Taken for OptionalJson<T> {
    fn describe(sheet: &mut Sheet<'_>) {
        let schema = sheet.schemas.taken::<T>();
        sheet.takes(schema, false);
    }
}

/// A body read to its end, within the limits of size and time.
struct Body {
    bytes: Bytes,
    is_json: bool,
}

impl Body {
    async fn from_request<S: Send + Sync>(request: Request, state: &S) -> Result<Self, Failure> {
        let is_json = is_json(request.headers());
        match tokio::time::timeout(READ_WITHIN, Bytes::from_request(request, state)).await {
            Ok(Ok(bytes)) => Ok(Self { bytes, is_json }),
            Ok(Err(refusal)) if refusal.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Failure::new(Kind::TooLarge, "the body is larger than 1 MiB").hint("send less at once"))
            }
            Ok(Err(_)) => Err(Failure::new(Kind::BadRequest, "the body broke off")
                .hint("nothing of it was used; send the request again")),
            Err(_) => Err(Failure::new(Kind::BadRequest, "the body did not come in time")
                .hint("nothing of it was used; send all of it within 30 seconds")
                .status(StatusCode::REQUEST_TIMEOUT)),
        }
    }

    /// The value in it; nothing where there is no body at all.
    fn parse<T: DeserializeOwned>(&self) -> Option<Result<T, Failure>> {
        if self.bytes.is_empty() {
            return None;
        }
        if !self.is_json {
            return Some(Err(Failure::new(Kind::BadRequest, "the body has to be JSON")
                .status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
                .hint("send it with the header `Content-Type: application/json`")));
        }
        Some(serde_json::from_slice(&self.bytes).map_err(|error| {
            // The reader's words can quote the value that was given, and that may be a password.
            let (kind, what) = match error.classify() {
                serde_json::error::Category::Data => {
                    (Kind::InvalidArguments, without_values(&error.to_string()))
                }
                _ => (Kind::BadRequest, "not JSON".to_owned()),
            };
            let (line, column) = (error.line(), error.column());
            Failure::new(kind, format!("the body can't be used: {what} (line {line}, column {column})"))
                .hint(SEE_THE_DOCUMENT)
        }))
    }
}

/// What serde says of a value of the wrong type, without the value that it quotes.
fn without_values(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(text, _)| text);
    match (message.strip_prefix("invalid type: ").or(message.strip_prefix("invalid value: ")), message) {
        (Some(rest), _) => match rest.rsplit_once(", expected ") {
            Some((_, expected)) => format!("a value is not what is expected here: {expected}"),
            None => "a value is not what is expected here".to_owned(),
        },
        (None, message) => model::text::shorten(&model::text::clean(message, false), 300),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(kind)) = headers.get(header::CONTENT_TYPE).map(|value| value.to_str()) else { return false };
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_value_is_not_repeated() {
        #[derive(Debug, serde::Deserialize)]
        struct SignIn {
            #[expect(dead_code, reason = "only its type matters")]
            password: bool,
        }
        let error = serde_json::from_str::<SignIn>(r#"{"password":"hunter2 at line 1"}"#).unwrap_err();
        let said = without_values(&error.to_string());
        assert_eq!(said, "a value is not what is expected here: a boolean");
    }

    #[test]
    fn json_goes_by_several_media_types() {
        let is = |kind: &'static str| {
            is_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, http::HeaderValue::from_static(kind))]))
        };
        assert!(is("application/json; charset=utf-8") && is("application/merge-patch+json"));
        assert!(!is("text/plain") && !is("application/x-www-form-urlencoded"));
    }
}
