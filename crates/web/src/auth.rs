//! Who asks: the bearer of a key, of a person's session or of the state directory's owner token, and from where. The
//! gate alone decides what a token is worth; here it is only found in the request.

use crate::openapi::{Sheet, Taken};
use crate::pages::{cookies, csrf};
use crate::problem::Failure;
use crate::rate;
use crate::state::Web;
use axum::extract::{ConnectInfo, FromRequestParts};
use gate::{Allowance, Gate, Requester};
use http::request::Parts;
use http::{HeaderMap, header};
use model::{Kind, Problem, Source};
use secrecy::{ExposeSecret, SecretString};
use std::convert::Infallible;
use std::net::SocketAddr;

/// Set by `ncgate mcp` when it uses a running owner: the bearer of the owner token asks as the built-in agent.
const LOCAL_AGENT: &str = "ncgate-local-agent";
/// The connection that agent asks on, by name.
const LOCAL_CONNECTION: &str = "ncgate-connection";
/// Sent by the pages' script beside the cookie.
const CSRF: &str = "ncgate-csrf";
/// How the project's own command-line client calls itself.
const CLI: &str = "ncgate-cli/";
/// The prefix of owner tokens.
const OWNER: &str = "nco_";
/// Characters of a client's name that are kept.
const CLIENT_LENGTH: usize = 120;

/// From where a request came, and through what.
pub(crate) struct Via(pub(crate) Source);

impl Via {
    pub(crate) fn of(parts: &Parts) -> Self {
        let client = parts.headers.get(header::USER_AGENT).map(|value| {
            model::text::shorten(
                &model::text::clean(&String::from_utf8_lossy(value.as_bytes()), false),
                CLIENT_LENGTH,
            )
        });
        let is_cli = client.as_deref().is_some_and(|client| client.starts_with(CLI));
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Self(Source {
            face: if is_cli { "cli" } else { "rest" }.to_owned(),
            address: peer.map(|ConnectInfo(peer)| peer.ip().to_canonical()),
            client,
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Via {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

impl Taken for Via {
    fn describe(_: &mut Sheet<'_>) {}
}

/// What a request brings to say who asks. It outlives the request where an answer does (the event stream), so that
/// a revoked key or an ended session is noticed there too.
#[derive(Clone)]
pub(crate) struct Proof {
    token: SecretString,
    /// Set where the built-in agent is asked for; inside, its connection's name.
    local_agent: Option<Option<String>>,
    source: Source,
}

impl Proof {
    /// Who it stands for, as things are now.
    pub(crate) async fn requester(&self, gate: &Gate) -> Result<Requester, Problem> {
        let source = self.source.clone();
        match &self.local_agent {
            Some(connection) => gate.local_agent(self.token(), connection.as_deref(), source).await,
            None => gate.identify(self.token(), source).await,
        }
    }

    /// Whom it still stands for, while an answer goes on; it is no request of its own.
    pub(crate) async fn recognised(&self, gate: &Gate) -> Result<Requester, Problem> {
        match &self.local_agent {
            Some(_) => self.requester(gate).await,
            None => gate.recognise(self.token(), self.source.clone()).await,
        }
    }

    /// The token itself, to end its session.
    pub(crate) fn token(&self) -> &str {
        self.token.expose_secret()
    }

    /// From where it came.
    pub(crate) fn source(&self) -> Source {
        self.source.clone()
    }

    /// Whether it is the owner token of the state directory, used as itself.
    pub(crate) fn is_owner(&self) -> bool {
        self.local_agent.is_none() && self.token().starts_with(OWNER)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Proof {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        if let Some(token) = page_session(&parts.headers)? {
            let source = Source { face: "dashboard".to_owned(), ..Via::of(parts).0 };
            return Ok(Self { token, local_agent: None, source });
        }
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let local_agent =
            text(LOCAL_AGENT).filter(|on| *on == "1").map(|_| text(LOCAL_CONNECTION).map(str::to_owned));
        Ok(Self { token: bearer(&parts.headers)?, local_agent, source: Via::of(parts).0 })
    }
}

impl Taken for Proof {
    fn describe(sheet: &mut Sheet<'_>) {
        sheet.refuses(&[Kind::Unauthenticated, Kind::TooManyRequests]);
    }
}

/// The session of a page's script. A browser sends its cookie with whatever another site has it ask for, so the cookie
/// counts only beside a header that no other site can send: the token of the page's forms.
fn page_session(headers: &HeaderMap) -> Result<Option<SecretString>, Failure> {
    let Some(given) = headers.get(CSRF).filter(|_| !headers.contains_key(header::AUTHORIZATION)) else {
        return Ok(None);
    };
    let Some(session) = cookies::session(headers) else { return Ok(None) };
    if given.to_str().is_ok_and(|given| csrf::is_genuine(&session, given)) {
        return Ok(Some(session));
    }
    Err(Failure::new(Kind::Forbidden, "the `Ncgate-Csrf` header is not one of this session")
        .hint("load the page again"))
}

/// The token of the one `Authorization` header.
fn bearer(headers: &HeaderMap) -> Result<SecretString, Failure> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (given.next(), given.next()) else {
        return Err(Failure::new(Kind::Unauthenticated, "the request does not say who asks")
            .hint("send one header `Authorization: Bearer` with a key or a session token"));
    };
    let token = value.to_str().ok().and_then(|value| value.split_once(' ')).and_then(|(scheme, token)| {
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| SecretString::from(token))
    });
    token.ok_or_else(|| {
        Failure::new(Kind::Unauthenticated, "the `Authorization` header holds no bearer token")
            .hint("send it as `Authorization: Bearer` with a key or a session token")
    })
}

/// Who asks, known to the gate.
pub(crate) struct Who(pub(crate) Requester);

impl FromRequestParts<Web> for Who {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let proof = Proof::from_request_parts(parts, web).await?;
        match proof.requester(&web.gate).await {
            Ok(requester) => {
                rate::note(&parts.extensions, web.gate.allowance(&requester));
                Ok(Self(requester))
            }
            Err(refusal) => {
                rate::note(&parts.extensions, Allowance::of_refusal(&refusal));
                Err(refusal.into())
            }
        }
    }
}

impl Taken for Who {
    fn describe(sheet: &mut Sheet<'_>) {
        Proof::describe(sheet);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(headers: &[(&str, &str)]) -> Parts {
        let request =
            headers.iter().fold(http::Request::builder(), |r, (name, value)| r.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn exactly_one_bearer_token_is_taken() {
        let token = |headers: &[(&str, &str)]| bearer(&parts(headers).headers).ok();
        assert_eq!(token(&[("authorization", "bearer ncg_a_b")]).unwrap().expose_secret(), "ncg_a_b");
        assert!(token(&[]).is_none());
        assert!(token(&[("authorization", "Basic YTpi")]).is_none());
        assert!(token(&[("authorization", "Bearer ")]).is_none());
        assert!(token(&[("authorization", "Bearer a"), ("authorization", "Bearer b")]).is_none());
    }

    #[test]
    fn the_client_is_cleaned_and_the_own_command_line_known() {
        let source = Via::of(&parts(&[("user-agent", "ncgate-cli/0.1")])).0;
        assert_eq!((source.face.as_str(), source.client.as_deref()), ("cli", Some("ncgate-cli/0.1")));
        let long = format!("flow/2 {}", "x".repeat(500));
        let source = Via::of(&parts(&[("user-agent", &long)])).0;
        assert_eq!(source.face, "rest");
        assert_eq!(source.client.unwrap().chars().count(), CLIENT_LENGTH + 1);
    }
}
