//! Through the routes of a gateway in memory: cursors that nobody gave out, and addresses that messages must not go to.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use http_body_util::BodyExt;
use model::Source;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::OnceLock;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use url::{Host, Url};

struct Gateway {
    runtime: Runtime,
    router: Router,
    bearer: String,
}

fn gateway() -> &'static Gateway {
    static GATEWAY: OnceLock<Gateway> = OnceLock::new();
    GATEWAY.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let (router, bearer) = runtime.block_on(async {
            let gate = gate::Gate::open(gate::Home::Memory, gate::Options::default()).await.expect("a gate");
            let token = gate.offer_setup().await.expect("the store").expect("there is nobody yet");
            let password = "a password of some length".to_owned();
            let session =
                gate.set_up(&token, "ada", password.into(), Source::default()).await.expect("a session");
            (web::router(gate, &web::Options::default()), format!("Bearer {}", session.token))
        });
        Gateway { runtime, router, bearer }
    })
}

impl Gateway {
    fn ask(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("authorization", &self.bearer)
            .header("content-type", "application/json");
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let request = request.body(body).expect("a request");
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.expect("a router answers");
            let status = response.status().as_u16();
            let bytes = response.into_body().collect().await.expect("a whole body").to_bytes();
            (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
        })
    }
}

/// A cursor is the `next` of a page, or a mistake that says so; it never is a defect.
pub(crate) fn cursor(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let cursor = utf8_percent_encode(text, NON_ALPHANUMERIC);
    for list in ["calls", "approvals", "audit", "connections", "webhooks"] {
        let (status, answer) =
            gateway().ask(Method::GET, &format!("/api/v1/{list}?limit=2&cursor={cursor}"), &Value::Null);
        assert!(matches!(status, 200 | 422), "{list} {text:?}: {status} {answer}");
    }
}

/// The first byte says whether private addresses are allowed; the rest is the address.
pub(crate) fn webhook_url(bytes: &[u8]) {
    let [choice, bytes @ ..] = bytes else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let allow_private = choice & 1 == 1;
    let body = json!({"name": "hook", "url": text, "allow_private": allow_private});
    let (status, answer) = gateway().ask(Method::POST, "/api/v1/webhooks", &body);
    if status != 201 {
        assert_eq!((status, &answer["kind"]), (422, &json!("invalid-arguments")), "{text:?}: {answer}");
        return;
    }
    let id = answer["id"].as_str().expect("an id");
    let (status, _) = gateway().ask(Method::DELETE, &format!("/api/v1/webhooks/{id}"), &Value::Null);
    assert_eq!(status, 204, "it is removed again");
    let url = Url::parse(text.trim()).expect("what is taken is a URL");
    assert!(url.username().is_empty() && url.password().is_none(), "{url}");
    let address = match url.host().expect("it names a host") {
        Host::Domain(_) => None,
        Host::Ipv4(v4) => Some(IpAddr::V4(v4)),
        Host::Ipv6(v6) => Some(v6.to_canonical()),
    };
    if let Some(address) = address {
        assert!(!is_never(address), "{url}");
        assert!(allow_private || !is_private(address), "{url}");
    }
    assert!(url.scheme() == "https" || (url.scheme() == "http" && allow_private), "{url}");
    let named = |name: &str| url.host_str().is_some_and(|host| host.trim_end_matches('.').ends_with(name));
    let is_here = address.is_some_and(|address| address.is_loopback()) || named("localhost");
    assert!(url.scheme() == "https" || is_here, "{url}");
}

/// By the standard library's own words, which are others than the product's.
fn is_never(address: IpAddr) -> bool {
    let is_link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_broadcast() || v4.is_documentation(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    is_link_local || address.is_multicast() || address.is_unspecified()
}

fn is_private(address: IpAddr) -> bool {
    let is_local = |v6: Ipv6Addr| v6.is_unique_local();
    address.is_loopback()
        || match address {
            IpAddr::V4(v4) => v4.is_private(),
            IpAddr::V6(v6) => is_local(v6),
        }
}
