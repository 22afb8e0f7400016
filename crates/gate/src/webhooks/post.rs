//! Sending one message. The client asks no proxy and follows no redirect, and it resolves names itself: the addresses
//! that are judged are those that are connected to, so no second look-up can put another one in their place.

use super::address::Reach;
use super::target::{Target, refusal};
use http::{HeaderMap, StatusCode, header};
use model::text::{clean, shorten};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error as StdError;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How much is read of what a receiver says with a refusal.
const SAID: usize = 4096;

/// How much of it is kept.
const KEPT: usize = 200;

/// What a receiver answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// How long it wants to be left alone.
    pub(crate) retry_after: Option<Duration>,
    /// What it said with a refusal, shortened.
    pub(crate) said: String,
}

impl Answer {
    /// Whether the message was taken.
    pub(crate) fn is_delivered(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the receiver wants no more messages.
    pub(crate) fn is_gone(&self) -> bool {
        self.status == StatusCode::GONE.as_u16()
    }

    /// What went wrong, in words; none if nothing did.
    pub(crate) fn error(&self) -> Option<String> {
        let what = match self.status {
            200..300 => return None,
            300..400 => "a redirect, which is not followed".to_owned(),
            410 => "it wants no more messages".to_owned(),
            _ => self.said.clone(),
        };
        let status = self.status;
        Some(if what.is_empty() {
            format!("the receiver answered {status}")
        } else {
            format!("the receiver answered {status}: {what}")
        })
    }
}

/// The clients, one for each reach, made when they are first needed.
pub(crate) struct Post {
    deadline: Duration,
    clients: [OnceLock<Result<reqwest::Client, String>>; 3],
}

impl Post {
    /// One exchange may take so long.
    pub(super) fn new(deadline: Duration) -> Self {
        Self { deadline, clients: Default::default() }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// In words, without the URL: an address that it may not go to, no connection, no answer in time.
    pub(crate) async fn send(
        &self,
        target: &Target,
        headers: HeaderMap,
        body: String,
    ) -> Result<Answer, String> {
        if target.literal().is_some_and(|address| !target.reach.permits(address)) {
            return Err(refusal(target.reach).to_owned());
        }
        let request = self.client(target.reach)?.post(target.url.clone()).headers(headers).body(body);
        match tokio::time::timeout(self.deadline, exchange(request)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(reason(&error)),
            Err(_) => Err(format!("no answer came within {} s", self.deadline.as_secs_f32())),
        }
    }

    fn client(&self, reach: Reach) -> Result<reqwest::Client, String> {
        let cell = match reach {
            Reach::Public => &self.clients[0],
            Reach::Private => &self.clients[1],
            Reach::Loopback => &self.clients[2],
        };
        cell.get_or_init(|| build(reach)).clone()
    }
}

fn build(reach: Reach) -> Result<reqwest::Client, String> {
    reqwest::Client::builder()
        .user_agent(concat!("ncgate/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .https_only(reach != Reach::Loopback)
        .connect_timeout(CONNECT)
        .pool_max_idle_per_host(0)
        .dns_resolver(Judge(reach))
        .build()
        .map_err(|error| format!("no message can be sent: {}", innermost(&error)))
}

async fn exchange(request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
    let mut response = request.send().await?;
    let status = response.status();
    let mut said = Vec::new();
    // Whatever is said after a success does not matter, and a body that never ends must not either.
    while !status.is_success() && said.len() < SAID {
        match response.chunk().await {
            Ok(Some(chunk)) => said.extend_from_slice(&chunk[..chunk.len().min(SAID - said.len())]),
            Ok(None) | Err(_) => break,
        }
    }
    Ok(Answer {
        status: status.as_u16(),
        retry_after: retry_after(response.headers()),
        said: shorten(clean(&String::from_utf8_lossy(&said), false).trim(), KEPT),
    })
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// Resolves names, and hands on only the addresses that may be connected to.
struct Judge(Reach);

impl Resolve for Judge {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let permitted: Vec<SocketAddr> =
                found.into_iter().filter(|address| reach.permits(address.ip())).collect();
            if permitted.is_empty() {
                return Err(refusal(reach).into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// Why no answer came. The library's own words name the URL, the innermost cause does not.
fn reason(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() { "the time was up" } else { &innermost(error) };
    if error.is_connect() {
        format!("no connection: {what}")
    } else {
        format!("the exchange broke off: {what}")
    }
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.last().map(|cause| shorten(&clean(&cause.to_string(), false), KEPT)).unwrap_or_default()
}
