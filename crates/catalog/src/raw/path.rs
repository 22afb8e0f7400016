//! Raw paths, and why one is refused. A path is `^/api(/[A-Za-z0-9._~-]+)*$` without `.` and `..` segments, and nothing else:
//! whatever could name another host, another route or another query is refused before anything is sent.

use model::text::{clean, shorten};
use model::{Kind, Problem};

/// Checks a path. Whether it passes is the client's rule ([`ncentral::is_plain_api_path`]); here stands what to say.
///
/// # Errors
/// Says what is wrong with it; nothing is repaired.
pub fn parse(path: &str) -> Result<(), Problem> {
    if ncentral::is_plain_api_path(path) { Ok(()) } else { Err(refuse(path, what_is_wrong(path))) }
}

fn what_is_wrong(path: &str) -> &'static str {
    if !path.starts_with("/api") {
        return "a raw path begins with /api, without a host";
    }
    if let Some(wrong) = path.chars().find(|c| !is_plain(*c) && *c != '/') {
        return why(wrong);
    }
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return "`.` and `..` are no segments of a path here";
    }
    if path.ends_with('/') || path.contains("//") {
        return "it has an empty segment: no double slash, and none at the end";
    }
    "a raw path begins with /api, and the next segment with a slash"
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '-')
}

fn why(wrong: char) -> &'static str {
    match wrong {
        '?' => "the query goes into `query`, not into the path",
        '#' => "a fragment means nothing to a server",
        ';' => "path parameters after a `;` are not part of the contract",
        '%' => "percent-encoding is not needed: ids are plain letters and digits",
        '\\' => "a backslash is no separator",
        ':' | '@' => "it looks like an address with a host; give the path alone",
        c if c.is_control() => "it has a control character",
        c if !c.is_ascii() => "it has a character outside ASCII",
        _ => "only letters, digits and . _ ~ - stand between the slashes",
    }
}

fn refuse(path: &str, why: &str) -> Problem {
    let shown = shorten(&clean(path, false), 80);
    Problem::new(
        Kind::InvalidArguments,
        format!("`{shown}` is not a path that is called: {why}; nothing was sent"),
    )
    .hint("give a path of the contract, such as /api/devices/123; n_central-find-operation finds it")
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn plain_paths_pass() {
        for path in [
            "/api",
            "/api/devices",
            "/api/devices/123/assets",
            "/api/org-units/1/custom-properties/a.b_c~d-e",
        ] {
            assert!(parse(path).is_ok(), "{path}");
        }
    }

    #[test]
    fn every_trick_is_refused() {
        for path in [
            "",
            "/",
            "api/devices",
            "/API/devices",
            "/apix",
            "/api/",
            "/api//devices",
            "//api/devices",
            "/api/devices/",
            "/api/./devices",
            "/api/../admin",
            "/api/devices/..",
            "/api/devices?pageSize=1",
            "/api/devices#x",
            "/api/devices;a=b",
            "/api/%64evices",
            "/api/devices%2f1",
            "/api\\devices",
            "/api/dev\u{0}ices",
            "/api/dev\nices",
            "/api/dévices",
            "/api/devices\u{200b}",
            "https://evil.example/api/devices",
            "/api/https://evil.example",
            "http:/api/devices",
            "/api@evil.example/",
            "/api/devices ",
            " /api/devices",
            "/api/devices/1+1",
            "/api/{deviceId}",
        ] {
            assert!(parse(path).is_err(), "{path:?} passed");
        }
    }

    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_passes_is_what_the_rule_says(path in "(/api)?[/a-z0-9._~%;?#\\\\-]{0,24}|\\PC{0,12}") {
            let by_rule = path == "/api" || path.strip_prefix("/api/").is_some_and(|rest| {
                rest.split('/').all(|segment| {
                    !matches!(segment, "" | "." | "..")
                        && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b))
                })
            });
            prop_assert_eq!(parse(&path).is_ok(), by_rule);
        }
    }
}
