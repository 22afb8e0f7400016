//! The table of routes: method, path, who may, what it does, what runs. The router, the OpenAPI document and the
//! authorization test all walk it, so none of them can know a route that the others don't.

use crate::openapi::{Documented, Sheet};
use crate::rest;
use crate::state::Web;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::{Method, StatusCode};
use model::{Kind, Role};

/// Who may use a route. The gate enforces it; the table says it, and a test compares the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone, without a bearer.
    Anyone,
    /// A key or a person.
    Caller,
    /// A person of at least this role.
    Person(Role),
    /// A program on this machine that asks for itself, without a bearer; a person, from wherever.
    Watcher,
}

/// One route.
#[derive(Clone)]
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its path, with variable segments in braces.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    /// What it does, in one line.
    pub summary: &'static str,
    /// The refusals of its own, beside those of its access and of what it takes: each kind with the status that it
    /// has here.
    pub(crate) refusals: Vec<(StatusCode, &'static [Kind])>,
    describe: fn(&mut Sheet<'_>),
    handler: MethodRouter<Web>,
}

macro_rules! verbs {
    ($($verb:ident = $method:ident;)*) => {
        impl Route {
            $(pub(crate) fn $verb<H: Handler<T, Web> + Documented<T>, T: 'static>(
                path: &'static str,
                access: Access,
                summary: &'static str,
                handler: H,
            ) -> Self {
                let filter = MethodFilter::try_from(Method::$method).expect("a method that axum knows");
                let (method, handler) = (Method::$method, on(filter, handler));
                Self { method, path, access, summary, refusals: Vec::new(), describe: H::describe, handler }
            })*
        }
    };
}

verbs! {
    get = GET;
    post = POST;
    put = PUT;
    delete = DELETE;
}

impl Route {
    /// Also refuses with these kinds, each with its own status.
    pub(crate) fn refuses(mut self, kinds: &'static [Kind]) -> Self {
        self.refusals.extend(kinds.iter().map(|kind| {
            let status =
                StatusCode::from_u16(kind.http_status()).expect("every kind has a valid HTTP status");
            (status, std::slice::from_ref(kind))
        }));
        self
    }

    /// Also refuses with these kinds, with another status than theirs.
    pub(crate) fn refuses_as(mut self, status: StatusCode, kinds: &'static [Kind]) -> Self {
        self.refusals.push((status, kinds));
        self
    }

    /// Writes down what it takes, gives and refuses.
    pub(crate) fn describe(&self, sheet: &mut Sheet<'_>) {
        (self.describe)(sheet);
        for (status, kinds) in &self.refusals {
            sheet.refuses_as(status.as_u16(), kinds);
        }
    }

    pub(crate) fn handler(&self) -> MethodRouter<Web> {
        self.handler.clone()
    }
}

/// Every route there is: those of the REST face, and the probes beside it.
pub fn every_route() -> Vec<Route> {
    [routes(), rest::health::probes()].concat()
}

/// Every route of the REST face, behind the guard.
pub fn routes() -> Vec<Route> {
    [
        rest::sessions::routes(),
        rest::tools::routes(),
        rest::calls::routes(),
        rest::approvals::routes(),
        rest::connections::routes(),
        rest::policies::routes(),
        rest::scripts::routes(),
        rest::keys::routes(),
        rest::people::routes(),
        rest::stop::routes(),
        rest::master_key::routes(),
        rest::webhooks::routes(),
        rest::audit::routes(),
        rest::events::routes(),
        rest::health::routes(),
        rest::metrics::routes(),
        crate::openapi::routes(),
    ]
    .concat()
}
