//! Every way into the gateway, taken from where it is declared: the routes of REST from the committed document, those of
//! the pages from their source. A route that is added is attacked without anybody having to remember it.

use crate::browser::House;
use crate::wire::{self, Answer};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A route: its method and its path, with variable segments in braces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Route {
    pub(super) method: String,
    pub(super) path: String,
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(super) fn read(path: &str) -> String {
    let path = repository().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder of the repository whose name ends so.
pub(super) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let found = entries.flat_map(|path| match path.is_dir() {
        true => files(&path, ending),
        false => Vec::from_iter(path.to_string_lossy().ends_with(ending).then_some(path)),
    });
    let mut found: Vec<PathBuf> = found.collect();
    found.sort();
    found
}

/// The routes of REST.
pub(super) fn of_rest() -> Vec<Route> {
    let document: Value = serde_json::from_str(&read("docs/openapi.json")).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let routes = paths.flat_map(|(path, item)| {
        let verbs = item
            .as_object()
            .unwrap()
            .keys()
            .filter(|name| ["get", "post", "put", "patch", "delete"].contains(&name.as_str()));
        verbs.map(|verb| Route { method: verb.to_ascii_uppercase(), path: path.clone() })
    });
    let routes: Vec<Route> = routes.collect();
    assert!(routes.len() > 80, "{} routes", routes.len());
    routes
}

/// The routes of the pages, one for each method that they take.
pub(super) fn of_pages() -> Vec<Route> {
    let mut routes = Vec::new();
    for file in files(Path::new("crates/web/src/pages"), ".rs") {
        let source = std::fs::read_to_string(file).unwrap();
        for declared in source.split(".route(").skip(1) {
            let Some(path) = declared.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next())
            else {
                continue;
            };
            // As far as the handlers go: to the end of the statement, or of the expression that a function ends with.
            let handlers = declared.split("\n}").next().unwrap_or_default();
            for (method, call) in [("GET", "get("), ("POST", "post(")] {
                if handlers.contains(call) {
                    routes.push(Route { method: method.to_owned(), path: path.to_owned() });
                }
            }
        }
    }
    let posts = routes.iter().filter(|route| route.method == "POST").count();
    assert!(posts > 25 && routes.len() - posts > 30, "{posts} forms of {} routes", routes.len());
    routes
}

impl Route {
    /// The path with these values in its variable segments; `none` for those that are not given.
    pub(super) fn at(&self, values: &[(&str, &str)]) -> String {
        let segments = self.path.split('/').map(|segment| {
            let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
                return segment;
            };
            values.iter().find(|(given, _)| *given == name).map_or("none", |(_, value)| value)
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// Whether its answer has no end.
    pub(super) fn is_endless(&self) -> bool {
        matches!(self.path.as_str(), "/api/v1/events" | "/events/pages")
    }
}

/// Where the gateway of this house listens.
pub(super) fn address(house: &House) -> String {
    house.url().trim_start_matches("http://").to_owned()
}

/// A session's cookie, as a browser sends it.
pub(super) fn cookie(session: &str) -> String {
    format!("ncgate_session={session}")
}

/// The token in the forms of this session's pages.
pub(super) fn form_token(house: &House, session: &str) -> String {
    let cookie = cookie(session);
    let page = wire::ask(&address(house), "GET", "/account", &[("cookie", &cookie)], "");
    assert_eq!(page.status, 200, "{page:?}");
    let (_, rest) = page.body.split_once("name=\"csrf\" value=\"").expect("a page has forms");
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// Sends a form as the browser of this session does.
pub(super) fn send_form(house: &House, session: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let token = form_token(house, session);
    let fields = [&[("csrf", token.as_str())], fields].concat();
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let (cookie, kind) = (cookie(session), ("content-type", "application/x-www-form-urlencoded"));
    wire::ask(&address(house), "POST", path, &[("cookie", &cookie), kind], &body)
}
