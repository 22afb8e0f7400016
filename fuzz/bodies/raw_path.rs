//! Raw paths: what passes is what the rule says, and reaches the server as exactly that path of exactly that host.

use url::Url;

pub(crate) fn check(bytes: &[u8]) {
    let Ok(path) = std::str::from_utf8(bytes) else { return };
    let by_rule = path == "/api"
        || path.strip_prefix("/api/").is_some_and(|rest| {
            rest.split('/').all(|segment| {
                !matches!(segment, "" | "." | "..")
                    && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b))
            })
        });
    let passes = catalog::raw::parse_path(path).is_ok();
    assert_eq!(passes, by_rule, "{path:?}");
    if passes {
        let url =
            Url::parse(&format!("https://ncentral.example{path}")).expect("a plain path makes an address");
        assert_eq!((url.host_str(), url.path()), (Some("ncentral.example"), path));
        assert_eq!((url.query(), url.fragment(), url.port()), (None, None, None));
    }
}
