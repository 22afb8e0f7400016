//! A gateway in memory in front of an emulated N-central, with one connection, an administrator and an approver; and
//! the one function that asks it something.

use axum::Router;
use axum::body::Body;
use emulator::{Config, Emulator, Running};
use gate::{Gate, Home, NewPerson};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use model::{Clock, Role, Source, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tower::ServiceExt;

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const LIST_DEVICES: &str = "/api/v1/tools/n_central-list-devices";

/// Sunday, 22 November 2026, 08:00 UTC, in milliseconds since 1970.
pub(crate) const NOW: i64 = 1_795_334_400_000;

/// A clock that stands until it is moved.
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        model::time::from_millis(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) struct World {
    pub(crate) router: Router,
    pub(crate) gate: Gate,
    pub(crate) options: web::Options,
    /// The administrator's session.
    pub(crate) admin: String,
    /// The approver's session.
    pub(crate) approver: String,
    pub(crate) emulator: Running,
    clock: Arc<Hands>,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The body, once the status is the expected one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// Checks that it is a problem of this status and kind, which says what to do.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, kind: &str) {
        assert_eq!((self.status.as_u16(), &self.body["kind"]), (status, &json!(kind)), "{}", self.body);
        assert!(self.body["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "what to do? {}", self.body);
    }
}

impl World {
    /// A gateway without people or connections.
    pub(crate) async fn empty() -> World {
        World::at(Home::Memory).await
    }

    /// The same over this state.
    pub(crate) async fn at(home: Home) -> World {
        let config = Config { devices: 40, start: Some(NOW), ..Config::default() };
        let emulator = Emulator::start_local(config).await.unwrap();
        let clock = Arc::new(Hands(AtomicI64::new(NOW)));
        let settings = gate::Options { clock: clock.clone(), ..gate::Options::default() };
        let gate = Gate::open(home, settings).await.unwrap();
        let options = web::Options::default();
        let router = web::router(gate.clone(), &options);
        World { router, gate, options, admin: String::new(), approver: String::new(), emulator, clock }
    }

    /// A gateway with an administrator, an approver, and one connection called `main`.
    pub(crate) async fn new() -> World {
        World::furnished(World::empty().await).await
    }

    /// The same people and connection in this one.
    pub(crate) async fn furnished(mut world: World) -> World {
        let ada = person("ada", Role::Admin);
        world.gate.first_administrator(ada, Source::default()).await.unwrap();
        world.admin = world.sign_in("ada").await;
        world.person("ben", "approver").await;
        world.approver = world.sign_in("ben").await;
        let (url, jwt) = (&world.emulator.url, &world.emulator.jwt);
        let connection = json!({"name": "main", "url": url, "jwt": jwt});
        world.admin_post("/api/v1/connections", connection).await.expect(201);
        world
    }

    /// Lets time pass for the gate.
    pub(crate) fn pass(&self, time: std::time::Duration) {
        self.clock.0.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }

    pub(crate) async fn person(&self, name: &str, role: &str) {
        let person = json!({"name": name, "role": role, "password": PASSWORD});
        self.admin_post("/api/v1/people", person).await.expect(201);
    }

    pub(crate) async fn sign_in(&self, name: &str) -> String {
        let proof = json!({"name": name, "password": PASSWORD});
        let session =
            self.ask(post("/api/v1/sessions", "").body(json_body(&proof)).unwrap()).await.expect(201);
        session["token"].as_str().unwrap().to_owned()
    }

    /// A new agent key, owned by the administrator.
    pub(crate) async fn key(&self, name: &str) -> String {
        let key = json!({"name": name, "kind": "agent"});
        let made = self.admin_post("/api/v1/keys", key).await.expect(201);
        made["secret"].as_str().unwrap().to_owned()
    }

    /// Sets one tool's policy.
    pub(crate) async fn policy(&self, tool: &str, mode: &str) {
        let change = json!({"policies": {tool: mode}});
        self.put("/api/v1/connections/main/policies", &self.admin, change).await.expect(200);
    }

    pub(crate) async fn admin_post(&self, path: &str, body: Value) -> Reply {
        self.post(path, &self.admin, body).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Reply {
        self.ask(request(Method::GET, path, token).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str, token: &str) -> Reply {
        self.ask(request(Method::DELETE, path, token).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Reply {
        self.ask(post(path, token).body(json_body(&body)).unwrap()).await
    }

    pub(crate) async fn put(&self, path: &str, token: &str, body: Value) -> Reply {
        let request = request(Method::PUT, path, token).header(header::CONTENT_TYPE, "application/json");
        self.ask(request.body(json_body(&body)).unwrap()).await
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Reply { status: parts.status, headers: parts.headers, body }
    }
}

pub(crate) fn person(name: &str, role: Role) -> NewPerson {
    NewPerson { name: name.to_owned(), role, password: SecretString::from(PASSWORD) }
}

/// A request to the gateway's loopback name; without an `Authorization` header where the token is empty.
pub(crate) fn request(method: Method, path: &str, token: &str) -> http::request::Builder {
    let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:8080");
    if token.is_empty() { request } else { request.header(header::AUTHORIZATION, format!("Bearer {token}")) }
}

/// A POST of JSON.
pub(crate) fn post(path: &str, token: &str) -> http::request::Builder {
    request(Method::POST, path, token).header(header::CONTENT_TYPE, "application/json")
}

pub(crate) fn json_body(value: &Value) -> Body {
    Body::from(value.to_string())
}
