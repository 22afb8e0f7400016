//! The server on a real port: start and stop, TLS, limits of calls in flight, and the slot that is free in time.

use std::time::{Duration, Instant};

use emulator::{Config, Emulator, Running};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

pub(crate) struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) running: Running,
    token: String,
}

pub(crate) fn http() -> reqwest::ClientBuilder {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(Duration::from_secs(20))
}

impl Client {
    pub(crate) async fn start(config: Config) -> Self {
        let (running, http) = (Emulator::start_local(config).await.unwrap(), http().build().unwrap());
        let mut client = Self { http, running, token: String::new() };
        let url = format!("{}/api/auth/authenticate", client.running.url);
        let answer = client
            .http
            .post(url)
            .bearer_auth(&client.running.jwt)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        client.token = answer["tokens"]["access"]["token"].as_str().unwrap().to_owned();
        client
    }

    pub(crate) fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(format!("{}{path}", self.running.url)).bearer_auth(&self.token)
    }

    pub(crate) fn put(&self, path: &str, body: String) -> reqwest::RequestBuilder {
        let request = self.http.put(format!("{}{path}", self.running.url)).bearer_auth(&self.token);
        request.header("Content-Type", "application/json").body(body)
    }

    /// Status codes of so many calls that are made at once.
    async fn at_once(&self, path: &str, calls: usize) -> Vec<u16> {
        let mut all = JoinSet::new();
        for _ in 0..calls {
            let request = self.get(path);
            all.spawn(async { request.send().await.unwrap().status().as_u16() });
        }
        all.join_all().await
    }
}

#[tokio::test]
async fn calls_over_the_limit_get_429_at_once_and_none_queues() {
    let client = Client::start(Config { latency: Duration::from_millis(200), ..Config::default() }).await;
    let started = Instant::now();
    let answers = client.at_once("/api/devices", 8).await;
    assert!(started.elapsed() < Duration::from_millis(390), "{:?}", started.elapsed());
    assert_eq!(answers.iter().filter(|s| **s == 429).count(), 3);
    let counts = client.running.emulator.requests().operations["listDevices"].clone();
    assert_eq!((counts.count, counts.peak_in_flight, counts.by_status["429"]), (8, 5, 3));

    client.running.emulator.set_limits([("listDevices".to_owned(), 8)]);
    assert!(client.at_once("/api/devices", 8).await.iter().all(|s| *s == 200));
}

#[tokio::test]
async fn five_callers_that_follow_on_their_own_answers_never_see_429() {
    let client = Client::start(Config { latency: Duration::from_millis(2), ..Config::default() }).await;
    let mut all = JoinSet::new();
    for _ in 0..5 {
        let requests: Vec<_> = (0..40).map(|_| client.get("/api/devices?pageSize=5")).collect();
        all.spawn(async move {
            for request in requests {
                let response = request.send().await.unwrap();
                assert_eq!(response.status(), 200);
                response.bytes().await.unwrap();
            }
        });
    }
    all.join_all().await;
}

#[tokio::test]
async fn the_server_stops_with_connections_open() {
    let client = Client::start(Config::default()).await;
    assert_eq!(client.get("/api/customers").send().await.unwrap().status(), 200);
    let (url, started) = (client.running.url.clone(), Instant::now());
    client.running.stop().await;
    assert!(started.elapsed() < Duration::from_secs(2));
    assert!(client.http.get(format!("{url}/api/health")).send().await.is_err());
}

#[tokio::test]
async fn tls_serves_the_given_certificate() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (stop, stopped) = oneshot::channel::<()>();
    let mut server = JoinSet::new();
    let pem = cert.clone();
    server.spawn(async move {
        let emulator = Emulator::new(Config::default());
        let done = async {
            let _ = stopped.await;
        };
        emulator.serve_tls(listener, pem.as_bytes(), key.as_bytes(), done).await
    });
    let url = format!("https://localhost:{port}/api/health");
    let root = reqwest::Certificate::from_pem(cert.as_bytes()).unwrap();
    let trusting = http().tls_certs_only([root]).build().unwrap();
    assert_eq!(trusting.get(&url).send().await.unwrap().status(), 200);
    assert!(http().build().unwrap().get(&url).send().await.is_err());
    stop.send(()).unwrap();
    server.join_next().await.unwrap().unwrap().unwrap();
}
