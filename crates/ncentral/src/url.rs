//! The address of an N-central server, checked before anything is sent to it.
//!
//! A credential travels to whatever is written here, so every part that could send it elsewhere is refused with a
//! message of its own.

use std::fmt;

use url::{Host, Url};

/// The origin of an N-central server: `https://host` or `https://host:port`.
///
/// `http` is possible for loopback hosts only, so that an emulator can stand in for the server.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ServerUrl {
    origin: String,
    loopback: bool,
}

/// Something was put right that is worth telling the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The address ended in a slash, which was dropped.
    TrailingSlashDropped,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("The slash at the end of the address was dropped.")
    }
}

/// Why an address was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Nothing was given.
    #[error("give the address of the N-central server, such as https://ncentral.example.com")]
    Empty,
    /// It isn't an address, or the scheme is missing.
    #[error("this is not a web address; write it as https://ncentral.example.com")]
    Malformed,
    /// Another scheme than https.
    #[error("only https addresses are accepted")]
    Scheme,
    /// `http` to a host that isn't this machine.
    #[error("http is accepted for this machine only (localhost, 127.0.0.1, [::1]); use https")]
    PlainHttp,
    /// A user name or password in the address.
    #[error("leave the user name and password out of the address; the JWT is asked for separately")]
    UserInfo,
    /// A path after the host.
    #[error("give the address without a path: N-central's API is always at /api")]
    Path,
    /// A query.
    #[error("give the address without a query (the part from the question mark on)")]
    Query,
    /// A fragment.
    #[error("give the address without a fragment (the part from the # on)")]
    Fragment,
}

impl ServerUrl {
    /// Checks an address as a person typed it.
    ///
    /// # Errors
    ///
    /// One [`UrlError`] for each kind of thing that doesn't belong into it.
    pub fn parse(text: &str) -> Result<(Self, Option<Notice>), UrlError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        // The URL standard silently drops line breaks and turns backslashes; nobody means either.
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err(UrlError::Malformed);
        }
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("https" | "http") => {}
            Some(_) => return Err(UrlError::Scheme),
            None if text.starts_with("javascript:") || text.starts_with("mailto:") => {
                return Err(UrlError::Scheme);
            }
            None => return Err(UrlError::Malformed),
        }
        let url = Url::parse(text).map_err(|_| UrlError::Malformed)?;
        let after_scheme = text.split_once("://").map_or("", |(_, rest)| rest);
        let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(UrlError::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(UrlError::Fragment);
        }
        if url.query().is_some() {
            return Err(UrlError::Query);
        }
        // Compared as typed, because the parser has already folded `/a/..` away.
        let path = &after_scheme[authority.len()..];
        if !matches!(path, "" | "/") {
            return Err(UrlError::Path);
        }
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(UrlError::Malformed),
        };
        if url.scheme() == "http" && !loopback {
            return Err(UrlError::PlainHttp);
        }
        let notice = (path == "/").then_some(Notice::TrailingSlashDropped);
        Ok((Self { origin: url.origin().ascii_serialization(), loopback }, notice))
    }

    /// The origin, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// Whether the server runs on this machine.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether the connection is encrypted. False for loopback only.
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerUrl({})", self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_origins_and_drops_one_trailing_slash() {
        for (typed, origin, notice) in [
            ("https://ncentral.example.com", "https://ncentral.example.com", None),
            (" https://NCentral.example.com ", "https://ncentral.example.com", None),
            ("https://nc.example/", "https://nc.example", Some(Notice::TrailingSlashDropped)),
            ("https://nc.example:8443", "https://nc.example:8443", None),
            ("https://nc.example:443", "https://nc.example", None),
            ("http://127.0.0.1:9180", "http://127.0.0.1:9180", None),
            ("http://localhost:1/", "http://localhost:1", Some(Notice::TrailingSlashDropped)),
            ("http://[::1]:80", "http://[::1]", None),
        ] {
            let (url, got) = ServerUrl::parse(typed).expect(typed);
            assert_eq!((url.as_str(), got), (origin, notice), "{typed}");
        }
    }

    #[test]
    fn each_refusal_says_what_is_wrong() {
        for (typed, error) in [
            ("", UrlError::Empty),
            ("ncentral.example.com", UrlError::Malformed),
            ("https://", UrlError::Malformed),
            ("https:\\\\nc.example", UrlError::Malformed),
            ("https://nc.\nexample", UrlError::Malformed),
            ("ftp://nc.example", UrlError::Scheme),
            ("javascript:alert(1)", UrlError::Scheme),
            ("http://nc.example", UrlError::PlainHttp),
            ("http://127.0.0.1.example", UrlError::PlainHttp),
            ("http://localhost.example", UrlError::PlainHttp),
            ("https://user:pw@nc.example", UrlError::UserInfo),
            ("https://@nc.example", UrlError::UserInfo),
            ("https://nc.example/login", UrlError::Path),
            ("https://nc.example//", UrlError::Path),
            ("https://nc.example/a/..", UrlError::Path),
            ("https://nc.example?x=1", UrlError::Query),
            ("https://nc.example/?", UrlError::Query),
            ("https://nc.example#top", UrlError::Fragment),
        ] {
            assert_eq!(ServerUrl::parse(typed).map(|(url, _)| url), Err(error), "{typed}");
        }
    }
}
