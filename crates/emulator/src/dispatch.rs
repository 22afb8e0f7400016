//! The way of a request: counted, admitted or told that there are too many, delayed, perhaps spoilt by a fault,
//! authorised, checked, answered, journalled. Nothing waits while the world is locked.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use serde_json::Value;

use crate::answer::Answer;
use crate::call::Call;
use crate::config::Config;
use crate::control;
use crate::failure::Failure;
use crate::faults::{Fault, FaultKind, Faults, When};
use crate::generated::routes::ROUTES;
use crate::hash::Dice;
use crate::limits::{Limits, Slot};
use crate::ops::{self, Handler};
use crate::requests::Requests;
use crate::route::{self, Found};
use crate::shift::Shift;
use crate::spoil;
use crate::strict::Contract;
use crate::world::World;

/// The largest request body that is read.
const BODY_LIMIT: usize = 16 << 20;

/// Marks an answer that must not be sent: the connection is reset in its place.
#[derive(Clone)]
pub(crate) struct ResetConnection;

/// Everything behind one emulator.
pub(crate) struct Core {
    world: Mutex<World>,
    faults: Mutex<Faults>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) requests: Requests,
    handlers: Vec<Handler>,
    latency: Duration,
    strict: Option<Contract>,
}

impl Core {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            faults: Mutex::new(Faults::new(Dice::new(config.seed))),
            limits: Arc::new(Limits::new(config.limits.clone())),
            requests: Requests::default(),
            handlers: ops::table(),
            latency: config.latency,
            strict: config.strict.then(Contract::default),
            world: Mutex::new(World::new(config)),
        }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Authorises, checks, applies and journals one call.
    fn perform(&self, at: usize, call: &Call<'_>) -> Answer {
        let mut world = self.world();
        let now_ms = world.clock.now_ms();
        // The three that trade one token for another look at their credential themselves.
        let trades = matches!(call.route.id, "authenticate" | "authenticateSso" | "refreshToken");
        let authorised =
            if call.route.secured && !trades { world.access.check(call.headers, now_ms) } else { Ok(()) };
        let answer = authorised
            .and_then(|()| self.strict.as_ref().map_or(Ok(()), |contract| contract.check_request(call)))
            .and_then(|()| self.handlers[at](&mut world, call))
            .unwrap_or_else(|failure| failure.into_answer(&world.correlation_id()));
        if answer.changed {
            let body = serde_json::from_slice(&call.body).unwrap_or(Value::Null);
            let time = crate::clock::iso_utc(now_ms);
            world.journal.append(time, call.route.id, call.route.method, call.path, body);
        }
        drop(world);
        match self.strict.as_ref().map(|contract| contract.check_answer(call.route, &answer)) {
            Some(Err(breach)) => breach.into_answer("contract"),
            _ => answer,
        }
    }

    fn refuse(&self, failure: Failure) -> Response<Body> {
        let id = self.world().correlation_id();
        respond(failure.into_answer(&id))
    }
}

/// Answers one HTTP request.
pub(crate) async fn handle(core: Arc<Core>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await.map(http_body_util::Collected::to_bytes)
    else {
        return core.refuse(Failure::bad_request("The request body could not be read"));
    };
    let path = parts.uri.path();
    if path.starts_with("/_emulator/") {
        return control::handle(&core, &parts, &body);
    }
    match route::find(parts.method.as_str(), path) {
        Found::Operation(at, parameters) => operation(&core, at, parameters, &parts, body).await,
        Found::OtherMethod(methods) => {
            let mut response = core.refuse(Failure::method_not_allowed(parts.method.as_str()));
            if let Ok(allow) = HeaderValue::from_str(&methods.join(", ")) {
                response.headers_mut().insert(header::ALLOW, allow);
            }
            response
        }
        Found::Nothing => core.refuse(Failure::not_found(&format!("No resource at {path}"))),
    }
}

async fn operation(
    core: &Core,
    at: usize,
    parameters: Vec<(&'static str, &str)>,
    parts: &Parts,
    body: Bytes,
) -> Response<Body> {
    let route = &ROUTES[at];
    core.requests.arrived(route.id);
    let Some(slot) = core.limits.enter(at) else {
        core.requests.ended(route.id, "429");
        return respond(Answer::of(429, serde_json::json!({"status": 429, "message": "Too many requests."})));
    };
    core.requests.admitted(route.id, slot.in_flight);
    if !core.latency.is_zero() {
        tokio::time::sleep(core.latency).await;
    }
    let query = parts.uri.query().unwrap_or_default();
    let mut call = Call {
        route,
        path: parts.uri.path(),
        parameters,
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: &parts.headers,
        body,
        shift: Shift::default(),
    };
    let fault = core.faults().strike(route, call.path);
    call.shift = core.faults().shift(route, call.path, call.query("pageNumber"));
    let response = match fault {
        None => {
            let answer = core.perform(at, &call);
            // Free before a byte of the answer leaves, so that the client's next call finds the place empty.
            drop(slot);
            respond(answer)
        }
        Some(fault) => struck(core, at, &call, &fault, slot).await,
    };
    let reset = response.extensions().get::<ResetConnection>().is_some();
    let status = response.status();
    core.requests.ended(route.id, if reset { "reset" } else { status.as_str() });
    response
}

/// The answer to a call that a fault strikes, after its effect where the fault says so.
async fn struck(core: &Core, at: usize, call: &Call<'_>, fault: &Fault, slot: Slot) -> Response<Body> {
    // What is slowed down, cut or bent has to be there first. A read has no effect that could come too early.
    let bends = matches!(
        fault.fault,
        FaultKind::Slow | FaultKind::Truncate | FaultKind::Stall | FaultKind::WrongType
    );
    let performs = fault.when == When::After || (bends && call.route.method == "GET");
    let answer = performs.then(|| core.perform(at, call));
    if fault.fault == FaultKind::Hang {
        core.requests.ended(call.route.id, "hang");
        // The slot stays taken until the client gives up and this future is dropped with its connection.
        let _slot = slot;
        let never: Infallible = std::future::pending().await;
        match never {}
    }
    let mut response = spoil::response(fault, answer, call.path, slot);
    for (name, value) in &fault.headers {
        match (header::HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => {
                response.headers_mut().insert(name, value);
            }
            _ => tracing::warn!(%name, "a fault names a header that HTTP does not allow"),
        }
    }
    response
}

pub(crate) fn respond(answer: Answer) -> Response<Body> {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    if let Some(body) = answer.body {
        *response.body_mut() = Body::from(body.to_string());
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}

/// In place of an answer. A caller without a socket sees a body that breaks at once.
pub(crate) fn reset() -> Response<Body> {
    let broken =
        futures::stream::once(async { Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset)) });
    let mut response = Response::new(Body::from_stream(broken));
    response.extensions_mut().insert(ResetConnection);
    response
}
