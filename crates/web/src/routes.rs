//! The table of routes: method, path, who may, what it does, what runs. The router, the OpenAPI document and the
//! authorization test all walk it, so none of them can know a route that the others don't.

use crate::rest;
use crate::state::Web;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::{Method, StatusCode};
use model::Role;

/// Who may use a route. The gate enforces it; the table says it, and a test compares the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone, without a bearer.
    Anyone,
    /// A key or a person.
    Caller,
    /// A person of at least this role.
    Person(Role),
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
    /// The query parameters it knows.
    pub query: &'static [&'static str],
    /// The status of its success.
    pub success: StatusCode,
    handler: MethodRouter<Web>,
}

macro_rules! verbs {
    ($($verb:ident = $method:ident, $success:ident;)*) => {
        impl Route {
            $(pub(crate) fn $verb<H: Handler<T, Web>, T: 'static>(
                path: &'static str,
                access: Access,
                summary: &'static str,
                handler: H,
            ) -> Self {
                let filter = MethodFilter::try_from(Method::$method).expect("a method that axum knows");
                let (method, success) = (Method::$method, StatusCode::$success);
                Self { method, path, access, summary, query: &[], success, handler: on(filter, handler) }
            })*
        }
    };
}

verbs! {
    get = GET, OK;
    post = POST, OK;
    put = PUT, OK;
    delete = DELETE, NO_CONTENT;
}

impl Route {
    pub(crate) fn query(mut self, names: &'static [&'static str]) -> Self {
        self.query = names;
        self
    }

    pub(crate) fn success(mut self, status: StatusCode) -> Self {
        self.success = status;
        self
    }

    pub(crate) fn handler(&self) -> MethodRouter<Web> {
        self.handler.clone()
    }
}

/// Every route of the REST face.
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
        rest::audit::routes(),
        rest::events::routes(),
        rest::health::routes(),
        crate::openapi::routes(),
    ]
    .concat()
}
