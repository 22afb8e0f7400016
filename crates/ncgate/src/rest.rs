//! A small client of `/api/v1`: it sends one request, and turns what comes back into an answer or a problem. It
//! knows no route and keeps no state but the connection.

use crate::exit::usage;
use model::{Changed, Kind, Problem};
use reqwest::{Method, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

/// A gateway that does not even accept the connection by then is not there.
const CONNECT: Duration = Duration::from_secs(5);

/// One request, as a value, so that it can be sent again to another owner.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
    repeatable: bool,
}

impl Request {
    fn new(method: Method, segments: &[&str]) -> Self {
        let mut path = String::from("/api/v1");
        for segment in segments {
            path.push('/');
            path.push_str(&encode(segment));
        }
        let repeatable = method == Method::GET;
        Self { method, path, query: Vec::new(), headers: Vec::new(), body: None, repeatable }
    }

    /// Looks something up. The path is given by its segments, which are encoded here.
    pub(crate) fn get(segments: &[&str]) -> Self {
        Self::new(Method::GET, segments)
    }

    /// Makes something, or has something done.
    pub(crate) fn post(segments: &[&str], body: Value) -> Self {
        Self { body: Some(body), ..Self::new(Method::POST, segments) }
    }

    /// Changes something.
    pub(crate) fn put(segments: &[&str], body: Value) -> Self {
        Self { body: Some(body), ..Self::new(Method::PUT, segments) }
    }

    /// Removes something.
    pub(crate) fn delete(segments: &[&str]) -> Self {
        Self::new(Method::DELETE, segments)
    }

    /// Says that sending it twice does no more than sending it once.
    #[must_use]
    pub(crate) fn repeatable(self) -> Self {
        Self { repeatable: true, ..self }
    }

    /// Adds a query parameter, where there is a value.
    #[must_use]
    pub(crate) fn query(mut self, name: &str, value: Option<impl ToString>) -> Self {
        self.query.extend(value.map(|value| (name.to_owned(), value.to_string())));
        self
    }

    /// Adds a header.
    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

/// Leaves what stands for itself in a path segment, and writes the rest as bytes in hex.
fn encode(segment: &str) -> String {
    let mut encoded = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// HTTP status: 200, 201, 202 or 204.
    pub(crate) status: u16,
    /// The body; null where there is none.
    pub(crate) body: Value,
}

impl Reply {
    /// Whether the call waits for something.
    pub(crate) fn is_waiting(&self) -> bool {
        self.status == 202
    }
}

/// Why nothing came back, or nothing good.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nobody listens there, so not a byte was sent; or what was sent can be sent again.
    NotThere(Problem),
    /// The gateway answered with a problem, or the exchange broke.
    Problem(Problem),
}

impl Failure {
    /// The problem, whichever it is.
    pub(crate) fn into_problem(self) -> Problem {
        match self {
            Failure::NotThere(problem) | Failure::Problem(problem) => problem,
        }
    }
}

/// A connection to one gateway.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    http: reqwest::Client,
    base: String,
}

impl Rest {
    /// Takes the gateway's base address. Nothing is sent yet.
    pub(crate) fn new(base: &str) -> Result<Self, Problem> {
        let url = reqwest::Url::parse(base).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(url) = url.filter(|url| url.query().is_none() && url.fragment().is_none()) else {
            return Err(usage(format!("`{base}` is not the address of a gateway"))
                .hint("it looks like http://127.0.0.1:8080 or https://ncgate.example.com"));
        };
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .user_agent(concat!("ncgate-cli/", env!("CARGO_PKG_VERSION")));
        // Reading the system's certificates takes longer than everything else; plain HTTP needs none.
        let builder = if url.scheme() == "http" { builder.tls_certs_only([]).no_proxy() } else { builder };
        let http = builder.build().map_err(|error| no_client(&error))?;
        Ok(Self { http, base: url.as_str().trim_end_matches('/').to_owned() })
    }

    /// Takes the address of a gateway that somebody named. What proves a person or a program goes there, so it has
    /// to be encrypted on its way off this machine.
    ///
    /// # Errors
    /// As [`Rest::new`]; plain HTTP to another machine.
    pub(crate) fn remote(base: &str) -> Result<Self, Problem> {
        let rest = Rest::new(base)?;
        let url = reqwest::Url::parse(base).ok();
        if url.is_some_and(|url| url.scheme() == "http" && !is_loopback(&url)) {
            return Err(usage(format!(
                "`{base}` would carry passwords and keys in clear text over the network"
            ))
            .hint("give the gateway's https address, or reach it at 127.0.0.1 through a tunnel (ssh -L)"));
        }
        Ok(rest)
    }

    /// Whether anybody answers there.
    pub(crate) async fn answers(&self) -> Result<(), Failure> {
        let health = Request { path: "/healthz".to_owned(), ..Request::get(&[]) };
        self.send(&health, None).await.map(|_| ())
    }

    /// Sends a request and takes its answer apart.
    pub(crate) async fn send(
        &self,
        request: &Request,
        bearer: Option<&SecretString>,
    ) -> Result<Reply, Failure> {
        let mut builder = self
            .http
            .request(request.method.clone(), format!("{}{}", self.base, request.path))
            .query(&request.query);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(bearer) = bearer {
            builder = builder.bearer_auth(bearer.expose_secret());
        }
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        let response = builder.send().await.map_err(|error| self.broken(request, &error))?;
        let status = response.status();
        let json = response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.contains("json"));
        let bytes = response.bytes().await.map_err(|error| self.broken(request, &error))?;
        let body = match serde_json::from_slice::<Value>(&bytes) {
            Ok(body) if json => body,
            _ if status.is_success() && bytes.is_empty() => Value::Null,
            _ => return Err(Failure::Problem(self.stranger(status.as_u16()))),
        };
        if status.is_success() {
            return Ok(Reply { status: status.as_u16(), body });
        }
        Err(Failure::Problem(problem_of(body).unwrap_or_else(|| self.stranger(status.as_u16()))))
    }

    fn broken(&self, request: &Request, error: &reqwest::Error) -> Failure {
        let why = innermost(error);
        if error.is_connect() {
            let problem =
                Problem::new(Kind::Unreachable, format!("no gateway can be reached at {}: {why}", self.base))
                    .hint("start one with `ncgate serve`, or correct --url (NCGATE_URL)")
                    .retryable(true);
            return Failure::NotThere(problem);
        }
        let problem =
            Problem::new(Kind::Unreachable, format!("the connection to {} broke: {why}", self.base));
        if request.repeatable {
            return Failure::NotThere(problem.retryable(true).hint("try again"));
        }
        Failure::Problem(
            problem.changed(Changed::Unknown).hint("look at `ncgate audit list` for whether it was done"),
        )
    }

    fn stranger(&self, status: u16) -> Problem {
        Problem::new(
            Kind::BadAnswer,
            format!("what answered at {} ({status}) is no ncgate gateway", self.base),
        )
        .hint("give the address that `ncgate serve` prints, without a path")
    }
}

/// Whether an address never leaves this machine.
fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.to_canonical().is_loopback())
}

/// The problem in a body, without the members that RFC 9457 adds to say the same once more.
fn problem_of(body: Value) -> Option<Problem> {
    let mut problem: Problem = serde_json::from_value(body).ok()?;
    for member in ["type", "title", "status", "detail"] {
        problem.details.remove(member);
    }
    Some(problem)
}

/// The message at the bottom of a chain of errors: the one that says what happened.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// Why nothing can be sent at all. A bare machine trusts nobody, and that is for its administrator to change.
fn no_client(error: &reqwest::Error) -> Problem {
    let mut causes = std::iter::successors(Some(error as &dyn Error), |&error| error.source());
    match causes.any(|cause| cause.to_string().contains("No CA certificates")) {
        true => Problem::new(
            Kind::Tls,
            "this machine has no certificates of public authorities, so that no https address can be trusted; nothing was sent",
        )
        .hint("install them (on Debian: the package `ca-certificates`)"),
        false => crate::exit::defect("no HTTP client can be made", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_can_not_leave_its_place_in_the_path() {
        assert_eq!(
            Request::get(&["connections", "a/../b?c#d é"]).path,
            "/api/v1/connections/a%2F..%2Fb%3Fc%23d%20%C3%A9"
        );
    }

    #[test]
    fn only_an_http_address_without_query_is_a_gateway() {
        assert_eq!(Rest::new("http://127.0.0.1:1/").unwrap().base, "http://127.0.0.1:1");
        for wrong in ["", "127.0.0.1:8080", "ftp://a", "http://a/?b=c", "http://a/#d"] {
            assert!(Rest::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nothing_goes_to_another_machine_in_clear_text() {
        for right in
            ["http://127.0.0.1:1", "http://127.8.0.1", "http://[::1]:1", "http://localhost:1/", "https://a"]
        {
            assert!(Rest::remote(right).is_ok(), "{right}");
        }
        for wrong in
            ["http://10.0.0.5:8080", "http://a", "http://localhost.a", "http://[fe80::1]", "http://0.0.0.0"]
        {
            assert_eq!(Rest::remote(wrong).unwrap_err().kind, Kind::BadRequest, "{wrong}");
        }
    }
}
