//! The guard at the door: a browser that was lured to another site must not reach the gateway through its user's
//! network. A name in `Host` that isn't ours (DNS rebinding) and an `Origin` that isn't ours (a request forged by
//! another page) are refused before anything else looks at the request.

use crate::problem::Failure;
use axum::response::{IntoResponse, Response};
use futures::future::{Either, Ready, ready};
use http::uri::Authority;
use http::{HeaderMap, Request, header};
use model::{Kind, Problem};
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::{Layer, Service};
use url::Url;

/// Under which names the gateway may be addressed, and from which pages.
#[derive(Clone, Debug)]
pub struct Trust {
    names: Vec<String>,
    origins: Vec<url::Origin>,
    any_address: bool,
}

impl Trust {
    /// The names of the loopback interface, at any port: a tunnel may end at another one.
    pub fn loopback() -> Self {
        let names = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec();
        Self { names, origins: Vec::new(), any_address: false }
    }

    /// Also the address under which people reach the gateway, for instance through a proxy.
    ///
    /// # Errors
    /// A text that is no absolute `http` or `https` address.
    pub fn and_url(mut self, url: &str) -> Result<Self, Problem> {
        let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some((parsed, name)) = parsed.as_ref().and_then(|url| Some((url, url.host_str()?))) else {
            return Err(Problem::new(
                Kind::InvalidUrl,
                "the gateway's public address is no http or https address",
            ));
        };
        self.names.push(name.to_ascii_lowercase());
        self.origins.push(parsed.origin());
        Ok(self)
    }

    /// Also any IP address in place of a name, for a gateway that listens beyond loopback: a rebound name is still a
    /// name, so an address can't be one.
    #[must_use]
    pub fn and_any_address(mut self) -> Self {
        self.any_address = true;
        self
    }

    fn check<B>(&self, request: &Request<B>) -> Result<(), Failure> {
        let named = host(request.headers())?;
        // HTTP/2 and the absolute form carry the name in the target; then it counts, as well as `Host`.
        let target = request.uri().authority().cloned();
        let Some(host) = target.clone().or(named.clone()) else {
            return Err(Failure::new(Kind::BadRequest, "the `Host` header is missing")
                .hint("send the name and the port under which you reach the gateway"));
        };
        if !target.iter().chain(&named).all(|name| self.knows(name)) {
            return Err(Failure::new(
                Kind::Forbidden,
                "the gateway is not known under the name in the `Host` header",
            )
            .hint("use the address it printed at its start, or set its public address"));
        }
        let mut origins = request.headers().get_all(header::ORIGIN).iter();
        if !origins.all(|origin| origin.to_str().is_ok_and(|origin| self.is_ours(origin, &host))) {
            return Err(Failure::new(Kind::Forbidden, "requests from pages of another origin are refused")
                .hint("ask from a program, or from the gateway's own pages; it allows no other page (CORS is off)"));
        }
        Ok(())
    }

    fn knows(&self, authority: &Authority) -> bool {
        let name = authority.host().to_ascii_lowercase();
        let is_address = || name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
        // User information has no place in a request.
        !authority.as_str().contains('@') && (self.names.contains(&name) || self.any_address && is_address())
    }

    /// Whether a page comes from the very address that the request is sent to, or from the public one.
    fn is_ours(&self, origin: &str, host: &Authority) -> bool {
        let Ok(url) = Url::parse(origin) else { return false };
        let same_name = url.host_str().is_some_and(|name| name.eq_ignore_ascii_case(host.host()));
        let standard = if url.scheme() == "https" { 443 } else { 80 };
        let same_port = url.port_or_known_default() == Some(host.port_u16().unwrap_or(standard));
        let is_web = matches!(url.scheme(), "http" | "https");
        (is_web && same_name && same_port) || self.origins.contains(&url.origin())
    }
}

/// The one `Host` header, where there is one.
fn host(headers: &HeaderMap) -> Result<Option<Authority>, Failure> {
    let mut given = headers.get_all(header::HOST).iter();
    let one = match (given.next(), given.next()) {
        (None, _) => return Ok(None),
        (Some(one), None) => one.to_str().ok().and_then(|text| text.parse().ok()),
        (Some(_), Some(_)) => None,
    };
    one.map(Some).ok_or_else(|| {
        Failure::new(Kind::BadRequest, "the `Host` header can't be understood")
            .hint("send it once, with the name and the port under which you reach the gateway")
    })
}

/// The guard as a layer; see [`guard`](crate::guard).
#[derive(Clone, Debug)]
pub struct Guard(Arc<Trust>);

impl Guard {
    pub(crate) fn new(trust: Trust) -> Self {
        Self(Arc::new(trust))
    }
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { trust: Arc::clone(&self.0), inner }
    }
}

/// A service behind the guard.
#[derive(Clone, Debug)]
pub struct Guarded<S> {
    trust: Arc<Trust>,
    inner: S,
}

impl<S, B> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>>,
    S::Response: IntoResponse,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<Ready<Result<Response, S::Error>>, Answered<S::Future>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.trust.check(&request) {
            Ok(()) => Either::Right(futures::TryFutureExt::map_ok(
                self.inner.call(request),
                IntoResponse::into_response,
            )),
            Err(refusal) => Either::Left(ready(Ok(refusal.into_response()))),
        }
    }
}

type Answered<F> = futures::future::MapOk<F, fn(<F as futures::TryFuture>::Ok) -> Response>;

#[cfg(test)]
mod tests {
    use super::*;

    fn status(trust: &Trust, headers: &[(&str, &str)]) -> u16 {
        let request =
            headers.iter().fold(Request::builder().uri("/"), |r, (name, value)| r.header(*name, *value));
        match trust.check(&request.body(()).unwrap()) {
            Ok(()) => 200,
            Err(refusal) => refusal.into_response().status().as_u16(),
        }
    }

    #[test]
    fn only_our_names_are_answered() {
        let trust = Trust::loopback().and_url("https://Gate.example.com/").unwrap();
        for host in ["localhost:8080", "127.0.0.1", "[::1]:9000", "LOCALHOST", "gate.example.com"] {
            assert_eq!(status(&trust, &[("host", host)]), 200, "{host}");
        }
        for host in ["evil.example.com", "127.0.0.1.evil.example.com", "10.0.0.5:8080", "x@localhost"] {
            assert_eq!(status(&trust, &[("host", host)]), 403, "{host}");
        }
        assert_eq!(status(&trust, &[]), 400);
        assert_eq!(status(&trust, &[("host", "localhost"), ("host", "localhost")]), 400);
        assert_eq!(status(&trust.and_any_address(), &[("host", "10.0.0.5:8080")]), 200);
        assert!(Trust::loopback().and_url("gate.example.com").is_err());
    }

    #[test]
    fn only_our_pages_may_ask() {
        let trust = Trust::loopback().and_url("https://gate.example.com").unwrap();
        let from = |host, origin| status(&trust, &[("host", host), ("origin", origin)]);
        assert_eq!(from("localhost:8080", "http://localhost:8080"), 200);
        assert_eq!(from("127.0.0.1:8080", "https://gate.example.com"), 200);
        assert_eq!(from("gate.example.com", "https://gate.example.com"), 200);
        // Another program on this machine is another origin.
        assert_eq!(from("localhost:8080", "http://localhost:3000"), 403);
        assert_eq!(from("localhost:8080", "https://evil.example.com"), 403);
        assert_eq!(from("localhost:8080", "null"), 403);
    }

    #[test]
    fn the_target_counts_as_well_as_the_header() {
        let request =
            Request::builder().uri("http://evil.example.com/").header("host", "localhost").body(()).unwrap();
        assert!(Trust::loopback().check(&request).is_err());
    }
}
