//! Which operation of the contract a request means: segment by segment, case-sensitively, literal segments before
//! parameters (`/api/devices/notes` is no device).

use crate::generated::routes::{ROUTES, Route};

pub(crate) enum Found<'p> {
    /// The operation's place in the table, and its path parameters by name.
    Operation(usize, Vec<(&'static str, &'p str)>),
    /// The path exists, but not with this method; the methods that it has.
    OtherMethod(Vec<&'static str>),
    Nothing,
}

pub(crate) fn find<'p>(method: &str, path: &'p str) -> Found<'p> {
    let mut best: Option<(usize, Vec<(&'static str, &'p str)>)> = None;
    let mut methods = Vec::new();
    for (at, route) in ROUTES.iter().enumerate() {
        let Some(parameters) = captures(route, path) else { continue };
        if route.method != method {
            if !methods.contains(&route.method) {
                methods.push(route.method);
            }
        } else if best.as_ref().is_none_or(|(_, b)| parameters.len() < b.len()) {
            best = Some((at, parameters));
        }
    }
    match best {
        Some((at, parameters)) => Found::Operation(at, parameters),
        None if methods.is_empty() => Found::Nothing,
        None => Found::OtherMethod(methods),
    }
}

fn captures<'p>(route: &Route, path: &'p str) -> Option<Vec<(&'static str, &'p str)>> {
    let (mut template, mut segments) = (route.path.split('/'), path.split('/'));
    let mut parameters = Vec::new();
    loop {
        match (template.next(), segments.next()) {
            (None, None) => return Some(parameters),
            (Some(t), Some(s)) => match t.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
                Some(name) if !s.is_empty() => parameters.push((name, s)),
                None if t == s => {}
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// The operation's place in the table.
pub(crate) fn index_of(operation: &str) -> Option<usize> {
    ROUTES.iter().position(|r| r.id == operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_segments_win_over_parameters() {
        let Found::Operation(at, parameters) = find("POST", "/api/devices/maintenance-windows") else {
            panic!("not found")
        };
        assert_eq!((ROUTES[at].id, parameters.len()), ("createMaintenanceWindows", 0));
    }

    #[test]
    fn a_trailing_slash_is_another_path_and_a_wrong_method_is_told_apart() {
        assert!(matches!(find("GET", "/api/devices/"), Found::Nothing));
        assert!(matches!(find("PUT", "/api/devices"), Found::OtherMethod(_)));
    }

    #[test]
    fn a_method_that_two_templates_have_is_told_once() {
        let Found::OtherMethod(methods) = find("PATCH", "/api/devices/maintenance-windows") else {
            panic!("found")
        };
        assert_eq!(methods.iter().filter(|m| **m == "DELETE").count(), 1, "{methods:?}");
    }
}
