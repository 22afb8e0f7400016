//! Raw calls: any operation of the contract by its path, under the strictest policy that has a say in it.
//!
//! A raw call has no effect of its own: it takes that of its operation, from the reviewed table. What a typed tool
//! may not do can't be done by walking around it, and what the contract does not know can't be written at all.

mod answer;
mod path;
mod request;
mod subject;

pub use path::parse as parse_path;

use crate::tools::TOOLS;
use model::{Effect, Kind, Problem};
use ncentral::{Method, Operation, operations};
use serde_json::Value;

pub(crate) use answer::result;
pub(crate) use request::{Query, plan, query_of};
pub(crate) use subject::targets;

/// What has a say in one raw call.
#[derive(Clone, Debug)]
pub struct Governed {
    /// The operation; none for a look-up of a path that the contract does not know.
    pub operation: Option<&'static Operation>,
    /// What the call does, whatever its verb.
    pub effect: Effect,
    /// The typed tools that cover the operation, whose policies count too.
    pub covered_by: Vec<&'static str>,
}

/// What has a say in a call of this method with these arguments.
///
/// # Errors
/// A path that is none, that may never be called raw, or that the contract does not know and the call would write to.
pub(crate) fn govern(method: Method, arguments: &Value) -> Result<Governed, Problem> {
    let Some(path) = arguments.get("path").and_then(Value::as_str) else {
        return Err(Problem::new(Kind::InvalidArguments, "`path` is missing").hint(
            "give the path of an operation, such as /api/devices/123; n_central-find-operation finds it",
        ));
    };
    parse_path(path)?;
    let Some(operation) = operations::match_path(method, path) else {
        return unknown(method, path);
    };
    if !operation.raw {
        return Err(never_raw());
    }
    Ok(Governed { operation: Some(operation), effect: effect_of(operation), covered_by: covering(operation) })
}

/// A path that the contract does not know: looked up at most, and counted as printing a credential.
fn unknown(method: Method, path: &str) -> Result<Governed, Problem> {
    if path == "/api/auth" || path.starts_with("/api/auth/") {
        return Err(never_raw());
    }
    if method == Method::Get && path != "/api" {
        return Ok(Governed { operation: None, effect: Effect::SensitiveRead, covered_by: Vec::new() });
    }
    let message =
        format!("{} {path} is not an operation of N-central's contract; nothing was sent", method.as_str());
    let other = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete]
        .into_iter()
        .find(|other| operations::match_path(*other, path).is_some());
    Err(Problem::new(Kind::InvalidArguments, message).hint(match other {
        Some(other) => format!("that path takes {}", other.as_str()),
        None => "n_central-find-operation finds the path; upper and lower case matter".to_owned(),
    }))
}

fn never_raw() -> Problem {
    Problem::new(
        Kind::Forbidden,
        "sign-in and its tokens are the gateway's own affair and are never called raw",
    )
    .hint("the gateway signs in and renews by itself; `ncgate doctor` says how it stands")
}

fn effect_of(operation: &Operation) -> Effect {
    match operation.effect {
        ncentral::Effect::Read => Effect::Read,
        ncentral::Effect::SensitiveRead => Effect::SensitiveRead,
        ncentral::Effect::Change => Effect::Change,
        ncentral::Effect::Run => Effect::Run,
    }
}

/// The typed tools that cover an operation: those that stand for it; where none does, those of the same effect
/// that use it.
fn covering(operation: &Operation) -> Vec<&'static str> {
    let typed = || TOOLS.iter().map(|tool| &tool.record).filter(|record| !record.name.contains("-api-"));
    let standing: Vec<_> =
        typed().filter(|r| r.operations.first() == Some(&operation.id)).map(|r| r.name).collect();
    if !standing.is_empty() {
        return standing;
    }
    let effect = effect_of(operation);
    typed().filter(|r| r.effect == effect && r.operations.contains(&operation.id)).map(|r| r.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn governed(method: Method, path: &str) -> Result<Governed, Kind> {
        govern(method, &json!({ "path": path })).map_err(|problem| problem.kind)
    }

    #[test]
    fn the_effect_is_the_operations_and_not_the_verbs() {
        let effect = |method, path| governed(method, path).unwrap().effect;
        assert_eq!(effect(Method::Get, "/api/devices"), Effect::Read);
        assert_eq!(effect(Method::Get, "/api/devices/1/activation-key"), Effect::SensitiveRead);
        assert_eq!(effect(Method::Get, "/api/customers/1/registration-token"), Effect::SensitiveRead);
        assert_eq!(effect(Method::Post, "/api/scheduled-tasks/direct"), Effect::Run);
        assert_eq!(effect(Method::Post, "/api/report/patch-comparison"), Effect::Read);
        assert_eq!(effect(Method::Delete, "/api/devices/1"), Effect::Change);
        assert_eq!(effect(Method::Get, "/api/something/new"), Effect::SensitiveRead);
    }

    #[test]
    fn typed_tools_keep_their_say() {
        let covered = |method, path| governed(method, path).unwrap().covered_by;
        assert_eq!(covered(Method::Post, "/api/scheduled-tasks/direct"), ["n_central-run-direct-task"]);
        assert_eq!(
            covered(Method::Get, "/api/sites/1/registration-token"),
            ["n_central-get-registration-token"]
        );
        assert!(covered(Method::Delete, "/api/devices/1").is_empty());
    }

    #[test]
    fn sign_in_is_never_raw_and_unknown_paths_are_never_written() {
        for path in ["/api/auth/authenticate", "/api/auth/refresh", "/api/auth/logout", "/api/auth/sso"] {
            assert_eq!(governed(Method::Post, path).unwrap_err(), Kind::Forbidden, "{path}");
        }
        assert_eq!(governed(Method::Get, "/api/auth/anything").unwrap_err(), Kind::Forbidden);
        assert!(governed(Method::Get, "/api/auth").is_ok());
        assert!(governed(Method::Get, "/api/auth/validate").is_ok());
        for method in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
            assert_eq!(governed(method, "/api/something/new").unwrap_err(), Kind::InvalidArguments);
        }
        assert_eq!(
            governed(Method::Get, "/api/Devices").unwrap().operation.map(|o| o.id),
            None,
            "case matters"
        );
    }
}
